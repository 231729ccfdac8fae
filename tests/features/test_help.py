"""Requests for help: whose turn it is, who is first of two, what the clock closes, and what is left of it all."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.assembly.services import make_privacy, make_services
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.help import figures, hours, personal_data, requests, roster
from bot.features.help.hours import HelpHours
from bot.features.help.requests import Asking, Request
from bot.features.help.scheduled_work import HelpSchedule
from bot.features.invites import Invites
from bot.features.jobs import temporary_files
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy import consent, retention
from bot.handlers.kit.base import Content, Services
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.commune import PassingFile
from bot.storage.tables.help import HelpAsk, HelpDuty, HelpMessage, HelpRequest
from bot.testing import RICH
from tests.conversations import KEY, content

from .village import NOW, Places, places, somebody

SAU = Account("fake", "id-sau")
HOURS = HelpHours(15, time(7), time(21), VIETNAM)


@pytest.fixture(scope="module")
def shipped() -> Content:
    return content()


@pytest.fixture
async def at(db: BaseDBAsyncClient) -> Places:
    return await places()


@pytest.fixture
def services(db: BaseDBAsyncClient, at: Places, shipped: Content) -> Services:
    return make_services(
        KEY, db, shipped, {"fake": RICH}, link_to=lambda name: None, locale="vi", now=lambda: NOW, wake=lambda *_: None
    )


async def asked(services: Services, at: Places, *, text: str = "bí quá", now: datetime = NOW) -> Request:
    await consent.agree(SAU, "chat-sau", "Sáu", now)
    who = await people.who(SAU, now)
    async with in_transaction("default"):
        one, _ = await services.help.open(Asking(who.account_id, at.village, "vneid", "mo-app", text=text), now)
    return await fresh(one)


async def fresh(one: Request) -> Request:
    found = await requests.get(one.id)
    assert found is not None
    return found


def vn(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)


def test_people_are_asked_while_they_are_awake() -> None:
    assert HOURS.opens(vn(25, 7)) is None
    assert HOURS.opens(vn(25, 20, 59)) is None
    assert HOURS.opens(vn(25, 21)) == vn(26, 7)
    assert HOURS.opens(vn(25, 6, 59)) == vn(25, 7)
    assert HOURS.by_morning(vn(26, 7)) == vn(26, 9)
    assert HelpHours(1, time(0), time(0), VIETNAM).opens(vn(25, 3)) is None


def test_the_office_promises_what_a_working_day_can_keep() -> None:
    assert HOURS.by_office(vn(25, 15, 30)) == vn(25, 17)
    assert HOURS.by_office(vn(25, 15, 31)) == vn(26, 9)
    assert HOURS.by_office(vn(27, 16)) == vn(30, 9), "a Friday afternoon: Monday"
    said = [hours.promise(at, vn(27, 16), VIETNAM, "vi")[1] for at in (vn(27, 17), vn(28, 9), vn(30, 9))]
    assert said[0] == {"time": "17h00"}
    assert said[2]["weekday"] == "thứ Hai"


async def test_of_two_helpers_at_once_one_has_it(services: Services, at: Places) -> None:
    first, second = await somebody("ba", "member", at.village), await somebody("tu", "member", at.village)
    one = await asked(services, at)
    assert first.person_id is not None
    assert second.person_id is not None
    assert await requests.take(one, first.person_id, NOW, NOW)
    assert not await requests.take(one, second.person_id, NOW, NOW)
    assert (await fresh(one)).helper_id == first.person_id


async def test_a_step_of_the_clock_is_taken_once(services: Services, at: Places) -> None:
    for name in ("ba", "tu", "nam"):
        await somebody(name, "member", at.village)
    one = await asked(services, at)
    assert await requests.claim(one)
    assert not await requests.claim(one)


async def test_two_clocks_ask_one_person(services: Services, at: Places) -> None:
    for name in ("ba", "tu", "nam"):
        await somebody(name, "member", at.village)
    await asked(services, at)
    later = NOW + timedelta(minutes=15)
    clock = HelpSchedule(services.help)
    assert await clock.tick(later - timedelta(seconds=1)) == 1.0
    await clock.tick(later)
    await clock.tick(later)
    assert await HelpAsk.all().count() == 2


async def test_whoever_cannot_be_written_to_is_not_asked(services: Services, at: Places) -> None:
    ba = await somebody("ba", "member", at.village)
    tu = await somebody("tu", "member", at.village)
    await people.mute(ba.account, muted=True)
    assert list(await roster.in_turn(at.village, (), NOW, VIETNAM)) == [tu.person_id]


async def test_duty_of_somebody_whose_role_ended_does_not_empty_the_roster(services: Services, at: Places) -> None:
    ba = await somebody("ba", "member", at.village)
    tu = await somebody("tu", "member", at.village)
    assert ba.person_id is not None
    await roster.put(at.village, NOW.astimezone(VIETNAM).weekday(), ba.person_id, on=True)
    assert list(await roster.in_turn(at.village, (), NOW, VIETNAM)) == [ba.person_id]
    await people.end(ba.grants[0].id, ba.person_id, NOW)
    assert list(await roster.in_turn(at.village, (), NOW, VIETNAM)) == [tu.person_id]


async def test_after_seven_days_it_is_closed_and_the_resident_told(services: Services, at: Places) -> None:
    one = await asked(services, at)
    await HelpSchedule(services.help).tick(NOW + timedelta(days=7))
    assert (await fresh(one)).open
    await HelpSchedule(services.help).tick(NOW + timedelta(days=7, seconds=1))
    assert not (await fresh(one)).open
    assert await OutboxRow.filter(chat_id="chat-sau", message__contains="7 ngày").count() == 1


async def test_after_thirty_days_the_counts_are_left(services: Services, at: Places) -> None:
    ba = await somebody("ba", "member", at.village)
    one = await asked(services, at)
    await requests.write(one.id, "", None, NOW, photo="a.jpg")
    await temporary_files.keep("a.jpg", NOW + timedelta(days=30))
    await requests.set_contact(one, "0912345678")
    assert ba.person_id is not None
    assert await requests.take(one, ba.person_id, NOW, NOW)
    assert await requests.answered(await fresh(one), NOW + timedelta(minutes=9))
    assert await requests.close(await fresh(one), NOW)
    await retention.sweep(personal_data.rules(), NOW + timedelta(days=29))
    assert await HelpMessage.all().count() == 2
    await retention.sweep(personal_data.rules(), NOW + timedelta(days=31))
    assert await HelpMessage.all().count() == await HelpAsk.all().count() == 0
    row = await HelpRequest.get().values("asker_id", "contact", "helper_id", "guide", "unit_id")
    assert row == {"asker_id": None, "contact": "", "helper_id": None, "guide": "vneid", "unit_id": at.village}
    speed = (await figures.speeds([at.village], NOW, VIETNAM))[at.village]
    assert (speed.asked, speed.answered, speed.wait) == (1, 1, timedelta(minutes=9))


async def test_erasing_the_resident_takes_their_words_from_everywhere(services: Services, at: Places) -> None:
    ba = await somebody("ba", "member", at.village)
    one = await asked(services, at, text="chữ rất riêng")
    await requests.write(one.id, "", None, NOW, photo="a.jpg")
    await temporary_files.keep("a.jpg", NOW + timedelta(days=30))
    await requests.set_contact(one, "0912345678")
    assert ba.person_id is not None
    assert await requests.take(one, ba.person_id, NOW, NOW)
    async with in_transaction("default"):
        await services.help.tell_helper(
            await fresh(one), services.help.words.more(await fresh(one), "chữ rất riêng"), "more1", NOW
        )
    kept = make_privacy(KEY, Audit(KEY), Invites(KEY, Audit(KEY)))
    subject = await kept.subject(SAU, "chat-sau")
    shown = str(await kept.shown(subject))
    assert "chữ rất riêng" in shown
    assert "0912345678" in shown
    async with in_transaction("default"):
        await kept.erase(subject, NOW)
    left = str([await table.all().values() for table in (HelpRequest, HelpMessage, OutboxRow)])
    assert "riêng" not in left
    assert "0912345678" not in left
    assert (await fresh(one)).state == "closed"
    assert await PassingFile.filter(name="a.jpg", until__lte=NOW).count() == 1


async def test_erasing_a_helper_frees_what_they_had_taken(services: Services, at: Places) -> None:
    ba, tu = await somebody("ba", "member", at.village), await somebody("tu", "member", at.village)
    one = await asked(services, at)
    assert ba.person_id is not None
    assert await requests.take(one, ba.person_id, NOW + timedelta(hours=9), NOW)
    await roster.put(at.village, 0, ba.person_id, on=True)
    kept = make_privacy(KEY, Audit(KEY), Invites(KEY, Audit(KEY)))
    async with in_transaction("default"):
        await kept.erase(await kept.subject(ba.account, "chat-ba"), NOW)
    assert await HelpDuty.all().count() == 0
    await HelpSchedule(services.help).tick(NOW + timedelta(minutes=1))
    assert (await fresh(one)).state == "waiting"
    assert await requests.is_asked(one.id, tu.person_id or 0)


async def test_what_is_promised_is_looked_at_first(services: Services, at: Places) -> None:
    await asked(services, at)
    late = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    promised = await asked(services, at, now=late)
    assert promised.promised_at is not None
    assert (await requests.open_in([at.village]))[0].id == promised.id


async def test_half_an_hour_before_a_promise_the_commune_has_it(services: Services, at: Places) -> None:
    for name in ("ba", "tu", "nam", "sau-2", "bay", "tam", "chin", "muoi"):
        await somebody(name, "member", at.village)
    lan = await somebody("lan", "officer", at.commune)
    one = await asked(services, at, now=vn(24, 23))
    assert one.promised_at == vn(25, 9)
    clock = HelpSchedule(services.help)
    for time_ in (vn(25, 7), vn(25, 7, 15), vn(25, 8, 30)):
        assert not await requests.is_asked(one.id, lan.person_id or 0)
        await clock.tick(time_)
    assert await requests.is_asked(one.id, lan.person_id or 0)
    assert (await fresh(one)).promised_at == vn(25, 9)
