"""Who gets in to the desk, with what, and for how long; and what a page may not be made to do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from yarl import URL

from bot.core.events import Chat, Commanded, Sender
from bot.features import units
from bot.features.demo import village
from bot.features.desk.tables import DeskKey, DeskSession
from bot.features.people import people
from bot.framework.process import CLOCK
from bot.office.desk.door import COOKIE, TRIES_OF_ONE
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Account, Role

from .seats import Office, office

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """One bot for all: each test has its own seats."""
    async with office(tmp_path_factory.mktemp("desk")) as found:
        yield found


async def test_an_official_signs_in_with_the_link_that_came_in_private_and_leaves(desk: Office) -> None:
    async with desk.seat() as seat:
        assert "Gõ /banlam" in await seat.get("") or "chọn người" in seat.words
        assert seat.address == "/ban/vao"
        key = await desk.bot.services.desk.offer(await desk.person("officer"))
        await seat.get(f"/vao?ma={key.link}")
        assert "Bấm nút dưới đây" in seat.words
        await seat.get(f"/vao?ma={key.link}")  # a messenger's preview has looked at it: it is not used up
        await desk.enters(seat, ma=key.link)
        assert seat.address == "/ban"
        assert "Hôm nay ở xã Yên Mô" in seat.words
        assert "Cô Lan" in seat.words
        await seat.press("Ra")
        assert seat.address == "/ban/vao"
        await seat.get("")
        assert seat.address == "/ban/vao"


async def test_a_link_opens_once_digits_open_once_and_neither_after_five_minutes(desk: Office) -> None:
    sessions, person = desk.bot.services.desk, await desk.person("officer")
    key = await sessions.offer(person)
    async with desk.seat() as seat, desk.seat() as other:
        await desk.enters(seat, so=f"{key.digits[:3]} {key.digits[3:]}")
        assert seat.address == "/ban"
        await desk.enters(other, ma=key.link)
        assert other.status == 403
        assert "đã hết hạn" in other.words
        late = await sessions.offer(person)
        await DeskKey.all().update(ends_at=(await DeskKey.all().order_by("-id").first()).ends_at - timedelta(minutes=6))  # type: ignore[union-attr]
        await desk.enters(other, so=late.digits)
        assert other.status == 403


async def test_digits_are_not_guessed(desk: Office) -> None:
    async with desk.seat() as seat:
        for _ in range(TRIES_OF_ONE):
            await desk.enters(seat, so="000000")
        key = await desk.bot.services.desk.offer(await desk.person("officer"))
        await desk.enters(seat, so=key.digits)
        assert seat.status == 429
        assert "đợi năm phút" in seat.words


async def test_no_page_elsewhere_signs_somebody_in_as_another(desk: Office) -> None:
    key = await desk.bot.services.desk.offer(await desk.person("officer"))
    async with desk.seat() as seat:
        response = await seat.client.post("/ban/vao", data={"ma": key.link}, headers={"Origin": "https://evil.example"})
        assert response.status == 403
        assert await DeskKey.filter(used_at__isnull=True).exists(), "the link was not used up"
        assert await seat.get("")
        assert seat.address == "/ban/vao"


async def test_a_cookie_that_a_stranger_set_is_nobody_s_and_signing_in_gives_a_new_one(desk: Office) -> None:
    async with desk.seat() as seat:
        seat.client.cookie_jar.update_cookies({COOKIE: "x" * 43}, URL(desk.origin))
        await seat.get("")
        assert seat.address == "/ban/vao"
        key = await desk.bot.services.desk.offer(await desk.person("officer"))
        await desk.enters(seat, ma=key.link)
        values = {one.key: one.value for one in seat.client.cookie_jar}
        assert values[COOKIE] != "x" * 43
        assert values[COOKIE] not in seat.page
        assert await DeskSession.filter(key=values[COOKIE]).count() == 0  # the database has only its hash


async def test_two_officials_at_one_computer_do_not_act_as_each_other(desk: Office) -> None:
    """The form was opened by Lan, and is sent when Nam has signed in on the same browser."""
    async with desk.sat("officer") as seat:
        await seat.get("/tro-ly")
        of_lan = re.findall(r'name="the" value="([^"]+)"', seat.page)[0]
        key = await desk.bot.services.desk.offer(await desk.person("chair"))
        await desk.enters(seat, ma=key.link)
        before = await _events(desk)
        await seat.send("/noi", {"loi": "lời của cô Lan", "ve": "/ban/tro-ly"}, token=of_lan)
        assert seat.status == 403
        assert "lời của cô Lan" in seat.page, "what was typed is not lost"
        assert await _events(desk) == before


async def _events(desk: Office) -> int:
    return await InboxEvent.filter(platform="workdesk").count()


async def test_a_form_without_a_token_or_from_elsewhere_does_nothing(desk: Office) -> None:
    before = await _events(desk)
    async with desk.sat() as seat:
        await seat.get("/tro-ly")
        for token in ("x", "A" * 88, "é"):
            await seat.send("/noi", {"loi": "menu", "ve": "/ban"}, token=token)
            assert seat.status == 403
        assert await _events(desk) == before


async def test_sending_a_form_again_acts_once_and_leads_to_the_same_answer(desk: Office) -> None:
    before = await _events(desk)
    async with desk.sat() as seat:
        await seat.get("/tro-ly")
        token = re.findall(r'name="the" value="([^"]+)"', seat.page)[0]
        sent = {"loi": "menu", "ve": "/ban/tro-ly"}
        await seat.send("/noi", sent, form="a" * 32, token=token)
        first = seat.address
        assert "Bác cần việc gì?" in seat.words
        await seat.send("/noi", sent, form="a" * 32, token=token)
        assert seat.address == first
        assert await _events(desk) == before + 1


async def test_no_form_leads_out_of_the_house(desk: Office) -> None:
    async with desk.sat() as seat:
        for back in ("https://evil.example", "//evil.example", "/banevil", "/ban\\evil", "javascript:1", "/chat"):
            await seat.get("/tro-ly")
            await seat.send("/noi", {"loi": "menu", "ve": back})
            assert seat.address.startswith("/ban?tra="), back


async def test_whose_role_ended_is_shown_nothing_more(desk: Office) -> None:
    async with desk.sat("officer") as seat:
        await seat.get("")
        assert seat.status == 200
        person = await desk.person("officer")
        await Role.filter(person_id=person).update(ended_at=_now())
        await seat.get("")
        assert seat.address == "/ban/vao"
        await Role.filter(person_id=person).update(ended_at=None)


async def test_a_session_ends_with_the_evening_and_by_a_button_in_the_chat(desk: Office) -> None:
    person = await desk.person("officer")
    await desk.bot.services.desk.end(person)
    async with desk.sat("officer") as seat:
        assert len(await desk.bot.services.desk.open_of(person)) == 1
        assert await desk.bot.services.desk.end(person) == 1
        await seat.get("")
        assert seat.address == "/ban/vao"
    async with desk.sat("officer") as seat:
        session = await DeskSession.all().order_by("-id").first()
        assert session is not None
        await DeskSession.filter(id=session.id).update(seen_at=session.seen_at - timedelta(hours=3))
        await seat.get("")
        assert seat.address == "/ban/vao"


async def test_whoever_has_no_work_at_a_table_does_not_come_in(desk: Office) -> None:
    leader = (await people.holders("leader", await _unit(village.VILLAGE), _now()))[0].person_id
    key = await desk.bot.services.desk.offer(leader)
    async with desk.seat() as seat:
        await desk.enters(seat, ma=key.link)
        assert seat.address == "/ban/vao"


async def _unit(code: str) -> int:
    place = await units.get(code)
    assert place is not None
    return place.id


def _now() -> datetime:
    return CLOCK.now()


async def test_nobody_is_written_to_at_the_desk(desk: Office) -> None:
    """Red where the desk counts as a messenger: notices would wait on a page that nobody looks at."""
    person = await desk.person("officer")
    async with desk.sat("officer") as seat:
        await seat.get("/tro-ly")
        await seat.send("/noi", {"loi": "menu", "ve": "/ban/tro-ly"})
    assert await Account.filter(platform="workdesk", person_id=person).count() == 1
    assert "workdesk" not in {one.platform for one in await people.reachable(person)}


async def test_asking_for_the_way_in_stands_in_the_audit_log(desk: Office) -> None:
    """The person's own messenger asks for it, on the page of their phone in the demo."""
    before = await AuditRow.filter(act="desk_offered").count()
    now, officer = _now(), await desk.person("officer")
    phone = (await people.reachable(officer))[0]
    account = await Account.filter(platform=phone.platform, chat_id=phone.chat_id).first()
    assert account is not None
    chat, sender = Chat(phone.platform, phone.chat_id, "private"), Sender(account.native_id, "Cô Lan")
    await desk.bot.engine.receive([Commanded("ask", chat, sender, now, "banlam", "")])
    await desk.bot.engine.idle()
    assert await AuditRow.filter(act="desk_offered").count() == before + 1
    async with desk.sat("officer") as seat:
        await seat.get("/toi")
        assert "máy này" in seat.words
