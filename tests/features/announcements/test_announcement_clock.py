"""Plans, missed plans, clocks set back, expiry, cancelling, corrections: the rows tell the truth throughout."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.lean.values import replace
from bot.features.announcements import store
from bot.features.announcements.actions import SendLate
from bot.features.announcements.model import FOLLOWS, RECALL, STATES, Announcement, AnnouncementRefused
from bot.features.announcements.moving import ForbiddenAnnouncementMove, check
from bot.features.announcements.public import announced_to, notice, published
from bot.features.announcements.stop import Stopped
from bot.features.groups import channels
from bot.features.outbox import bodies
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement as Row
from tests.features.outbox_rig import Rig

from .office import AUDIO, Office, office

HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(db: BaseDBAsyncClient) -> Office:
    return await office(db)


async def sent(one: Announcement, *channels: int) -> None:
    """The messenger has taken it, in these groups or in all."""
    packages = [to.package for to in await store.targets(one.id) if not channels or to.channel_id in channels]
    await OutboxRow.filter(package__in=packages).update(state="sent", reason="", message_id="m1")


async def cancel(desk: Office, one: Announcement) -> Stopped | AnnouncementRefused:
    async with in_transaction("default"):
        return await desk.features.stop.cancel(one, one.version, desk.nam, desk.now)


async def correct(
    desk: Office, one: Announcement, text: str, *, recall: bool = False
) -> Announcement | AnnouncementRefused:
    async with in_transaction("default"):
        write = desk.features.stop.recall if recall else desk.features.stop.correct
        return await write(one, desk.lan, text, desk.now, source="x")


async def test_a_plan_waits_for_its_time_and_begins_with_one_group(desk: Office) -> None:
    done = await desk.approved(await desk.planned(await desk.draft(), 3 * HOUR))
    assert (done.state, await desk.rows(done)) == ("approved", {"held(scheduled)": 2})
    assert await desk.ticks(HOUR) == 2 * 3600
    assert await desk.rows(done) == {"held(scheduled)": 2}
    await desk.ticks(2 * HOUR)
    assert (await desk.fresh(done)).state == "sending"
    assert await desk.rows(done) == {"pending": 1, "held(canary)": 1}


@pytest.mark.fault(12, "a clock that is set back")
async def test_a_clock_that_was_set_back_sends_nothing_twice(desk: Office) -> None:
    done = await desk.approved(await desk.planned(await desk.draft(), HOUR))
    await desk.ticks(HOUR)
    await sent(done)
    await desk.ticks(-2 * HOUR)
    await desk.ticks(3 * HOUR)
    assert await desk.rows(done) == {"sent": 2}
    assert await OutboxRow.filter(announcement=done.id).count() == 2


@pytest.mark.fault(12, "three hours of standstill")
async def test_after_a_long_silence_the_author_is_asked(desk: Office) -> None:
    done = await desk.approved(await desk.planned(await desk.draft(), HOUR))
    await desk.ticks(5 * HOUR)
    late = await desk.fresh(done)
    assert (late.state, await desk.rows(late)) == ("late", {"held(decision)": 2})
    assert "máy không chạy được" in (await desk.notices())[-1]
    await desk.ticks()
    assert len(await desk.notices()) == 1
    action = SendLate(late.id, late.version)
    async with in_transaction("default"):
        assert await desk.features.schedule.send_late(late, action.version, desk.now) is None
    async with in_transaction("default"):
        assert await desk.features.schedule.send_late(late, action.version, desk.now) is not None
    assert (await desk.fresh(late)).state == "sending"
    assert await desk.rows(late) == {"pending": 1, "held(canary)": 1}


async def test_a_short_delay_is_no_reason_to_ask(desk: Office) -> None:
    done = await desk.approved(await desk.planned(await desk.draft(), HOUR))
    await desk.ticks(HOUR + timedelta(minutes=50))
    assert (await desk.fresh(done)).state == "sending"


async def test_what_has_lost_its_worth_is_not_sent(desk: Office) -> None:
    one = await desk.planned(await desk.draft(), HOUR)
    async with in_transaction("default"):
        assert await desk.features.drafts.set_expiry(one, desk.lan, desk.now + 2 * HOUR, desk.now) is None
    done = await desk.approved(await desk.fresh(one))
    await desk.ticks(3 * HOUR)
    assert (await desk.fresh(done)).state == "expired"
    assert await desk.rows(done) == {"cancelled(expired)": 2}


async def test_who_approves_too_late_cannot_send_what_is_over(desk: Office) -> None:
    asked = await desk.ask(await desk.planned(await desk.draft(), HOUR))
    desk.now += 3 * HOUR
    refused = await desk.approve(asked)
    assert isinstance(refused, AnnouncementRefused)
    assert "đã qua lâu rồi" in refused.why
    assert await OutboxRow.filter(announcement=asked.id).count() == 0


async def test_the_end_is_counted_from_the_rows(desk: Office) -> None:
    done = await desk.approved(await desk.draft())
    await sent(done, desk.ids["lac-hien"])
    await desk.ticks()
    assert (await desk.fresh(done)).state == "sending"
    await sent(done)
    await desk.ticks()
    ended = await desk.fresh(done)
    assert (ended.state, ended.ended_at) == ("done", desk.now)
    assert "đã gửi xong" in (await desk.notices())[-1]


async def test_cancelling_says_what_had_left(desk: Office) -> None:
    done = await desk.approved(await desk.draft())
    await sent(done, desk.ids["lac-hien"])
    assert await cancel(desk, done) == Stopped(stopped=1, sent=1, open=0)
    assert await desk.rows(done) == {"sent": 1, "cancelled(cancelled by a person)": 1}
    again = await cancel(desk, await desk.fresh(done))
    assert isinstance(again, AnnouncementRefused)
    assert (await desk.acts(done))[-1] == "cancelled"


async def test_what_is_on_its_way_is_not_cancelled(desk: Office) -> None:
    done = await desk.approved(await desk.draft())
    await OutboxRow.filter(chat_id="lac-hien").update(state="sending", reason="")
    assert await cancel(desk, done) == Stopped(stopped=1, sent=0, open=1)
    assert await desk.rows(done) == {"sending": 1, "cancelled(cancelled by a person)": 1}


async def test_a_cancelled_plan_never_leaves(desk: Office) -> None:
    done = await desk.approved(await desk.planned(await desk.draft(), HOUR))
    await cancel(desk, done)
    await desk.ticks(HOUR)
    assert await desk.rows(done) == {"cancelled(cancelled by a person)": 2}


async def test_a_correction_goes_to_exactly_those_who_have_the_first(desk: Office) -> None:
    first = await desk.approved(await desk.draft())
    assert isinstance(await correct(desk, first, "Mai, không phải hôm nay."), AnnouncementRefused), (
        "it is still on its way"
    )
    await sent(first, desk.ids["lac-hien"])
    await cancel(desk, first)
    made = await correct(desk, await desk.fresh(first), "Mai, không phải hôm nay.")
    assert isinstance(made, Announcement)
    done = await desk.approved(made)
    assert [to.chat.id for to in await store.targets(done.id)] == ["lac-hien"]
    row = await OutboxRow.get(announcement=done.id)
    (message,) = await bodies.messages_of([row])
    assert "Đính chính thông báo TB-0001" in message.text.plain
    assert row.replacing == ""
    assert (await desk.acts(first))[-1] == "corrected"


async def test_a_recall_is_a_new_message_that_answers_the_old_one(desk: Office) -> None:
    """It took the place of the old words, and an edit does not ring."""
    first = await desk.approved(await desk.draft())
    await sent(first)
    await desk.ticks()
    made = await correct(desk, await desk.fresh(first), "Xã thu hồi thông báo TB-0001.", recall=True)
    assert isinstance(made, Announcement)
    assert made.template == RECALL
    done = await desk.approved(made)
    rows = await OutboxRow.filter(announcement=done.id)
    assert {row.replacing for row in rows} == {""}
    assert {message.reply_to for message in await bodies.messages_of(rows)} == {"m1"}
    assert done.rows == 2


async def test_who_has_the_first_and_is_lost_since_then_is_named(desk: Office) -> None:
    first = await desk.approved(await desk.draft())
    await sent(first)
    await desk.ticks()
    made = await correct(desk, await desk.fresh(first), "Mai, không phải hôm nay.")
    assert isinstance(made, Announcement)
    async with in_transaction("default"):
        await channels.left("fake", "dong-cao", channels.LEFT, desk.now)
    found = await desk.features.approval.resolve(made, desk.now)
    assert [channel.native_id for channel in found.channels] == ["lac-hien"]
    assert [place.id for place in found.unreached] == [desk.at.other_village]


async def test_nothing_is_corrected_that_nobody_has(desk: Office) -> None:
    done = await desk.approved(await desk.draft())
    await cancel(desk, done)
    refused = await correct(desk, await desk.fresh(done), "Mai.")
    assert isinstance(refused, AnnouncementRefused)
    assert "chưa đến nhóm nào" in refused.why


async def test_everybody_may_read_what_was_for_everybody(desk: Office) -> None:
    one = await desk.draft()
    async with in_transaction("default"):
        await desk.features.drafts.attach(one, desk.lan, AUDIO, desk.now)
    done = await desk.approved(await desk.fresh(one))
    assert await published(desk.at.commune, desk.now, 5) == []
    await sent(done)
    await desk.ticks()
    (seen,) = await published(desk.at.commune, desk.now, 5)
    assert (seen.number, seen.title, seen.text.plain, seen.attachments) == (1, done.title, done.text, (AUDIO,))
    fix = await correct(desk, await desk.fresh(done), "Mai, không phải hôm nay.")
    assert isinstance(fix, Announcement)
    await sent(await desk.approved(fix))
    newest, older = await published(desk.at.commune, desk.now, 5)
    assert (newest.number, newest.corrects, older.corrected_by) == (2, 1, 2)
    assert [one.number for one in await announced_to(desk.at.village, desk.now, 5)] == [2, 1]
    assert await published(desk.at.other_commune, desk.now, 5) == []
    assert [one.number for one in await published(desk.at.commune, desk.now, 5, before=2)] == [1]


async def test_what_was_for_some_villages_is_no_public_page(desk: Office) -> None:
    one = await desk.draft()
    async with in_transaction("default"):
        chosen = one.audience.toggled("all").toggled(f"unit:{desk.at.village}")
        assert await desk.features.drafts.set_audience(one, desk.lan, chosen, desk.now) is None
    done = await desk.approved(await desk.fresh(one))
    await sent(done)
    await desk.ticks()
    assert await published(desk.at.commune, desk.now, 5) == []
    assert await notice(desk.at.commune, done.number, desk.now) is None
    assert [one.number for one in await announced_to(desk.at.village, desk.now, 5)] == [1]
    assert await announced_to(desk.at.other_village, desk.now, 5) == []


async def test_numbers_count_in_each_commune(desk: Office) -> None:
    first, second = await asyncio.gather(desk.draft(), desk.draft())
    assert {first.label, second.label} == {"TB-0001", "TB-0002"}
    desk.at = replace(desk.at, commune=desk.at.other_commune)
    elsewhere = await desk.draft()
    assert elsewhere.label == "TB-0001"
    assert await store.by_number(desk.at.commune, 1) == elsewhere
    assert await store.by_number(desk.at.commune, 2) is None


def test_only_what_the_table_allows() -> None:
    for before, after in ((a, b) for a in STATES for b in STATES):
        if after in FOLLOWS[before]:
            check([before], after)
        else:
            with pytest.raises(ForbiddenAnnouncementMove):
                check([before], after)


async def test_a_plan_in_the_night_is_heard_in_the_morning(desk: Office, db: BaseDBAsyncClient) -> None:
    desk.now = datetime(2026, 11, 24, 12, tzinfo=UTC)  # 19:00 in Vietnam
    done = await desk.approved(await desk.planned(await desk.draft(), 3 * HOUR))
    await desk.ticks(3 * HOUR)
    assert (await desk.fresh(done)).state == "sending"
    rig = Rig(db)
    rig.clock.time = desk.now
    await rig.sender.run()
    assert not rig.platform.accepted
    until = {row.not_before for row in await OutboxRow.filter(announcement=done.id)}
    assert max(until) == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert (await Row.get(id=done.id)).rows == 2
