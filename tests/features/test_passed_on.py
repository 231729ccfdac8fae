"""What we passed on of somebody goes where it was passed on to; all else there stays, and nothing is told twice."""

from __future__ import annotations

import json

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.messages import Button, Message, message_from_json
from bot.core.sessions import Key, OpenList, Session, session_from_json, session_to_json
from bot.core.text import Text
from bot.features.privacy import passed_on
from bot.features.privacy.passed_on import GONE
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import RICH

from .outbox_rig import Rig, Scripted, private
from .village import NOW

LAN = private("lan")


@pytest.fixture
def rig(db: BaseDBAsyncClient) -> Rig:
    return Rig(db, Scripted(RICH))


async def told(rig: Rig, said: Text, *buttons: Button, key: str = "kk1") -> None:
    await rig.outbox.add(LAN, Message(said, buttons), key=key, now=rig.clock.now())


async def stands(key: str = "kk1/1") -> Message:
    return message_from_json(json.loads((await OutboxRow.get(key=key)).message))


async def forgotten(*words: str, present: Key | None = None) -> None:
    async with in_transaction("default"):
        await passed_on.forget(words, present)


@pytest.mark.parametrize(
    ("said", "words", "left"),
    [
        ("Nguyễn Thị Hoa nhận việc.", "Nguyễn Thị Hoa", f"{GONE} nhận việc."),
        ("Hoa và Hoan, Thanh Hoà, chị Hoa", "Hoa", f"{GONE} và Hoan, Thanh Hoà, chị {GONE}"),
        ("Tin mới:\nHoa đã xong", "Hoa", f"Tin mới:\n{GONE} đã xong"),
        ("“mất sóng\nở \\ “cuối” thôn”", "mất sóng\nở \\ “cuối” thôn", f"“{GONE}”"),
        ("Khó khăn: " + "a b " * 20 + "(còn nữa)", "a b " * 60, f"Khó khăn: {GONE}(còn nữa)"),
        ("Gọi 0912345678 nhé", "0912345678", f"Gọi {GONE} nhé"),
        ("An ở đây", "An", "An ở đây"),
    ],
)
async def test_words_go_out_of_what_others_were_told(rig: Rig, said: str, words: str, left: str) -> None:
    await told(rig, Text.verbatim(said))
    await forgotten(words, "", " ")
    assert (await stands()).text.plain == left


async def test_the_labels_of_buttons_lose_them_too_and_the_row_still_keeps_others_from_being_told_again(
    rig: Rig,
) -> None:
    await told(rig, Text.verbatim("Giao cho ai?"), Button("Hoa (0)", "x"), Button("Ba (1)", "y"))
    await rig.run_out()
    await forgotten("Hoa")
    row = await OutboxRow.get(key="kk1/1")
    assert "Hoa" not in row.message + row.choices
    assert [button.label for button in (await stands()).buttons] == [f"{GONE} (0)", "Ba (1)"]
    assert not await rig.outbox.add(LAN, Message(Text.verbatim("…")), key="kk1", now=rig.clock.now())


async def test_an_announcement_is_the_communes_own(rig: Rig) -> None:
    await told(rig, Text.verbatim("Chị Hoa trực."))
    await OutboxRow.all().update(announcement=7)
    await forgotten("Hoa")
    assert (await stands()).text.plain == "Chị Hoa trực."


async def open_list(chat: str) -> None:
    session = Session(Key("fake", chat), "private")
    session.lists = [OpenList((Button("Hoa (0)", "x"),), 1, True, "choice", "", "")]
    await SessionRow.create(
        platform="fake", chat_id=chat, version=3, done_seq=0, out_seq=0, sent_seq=0, state=session_to_json(session),
        updated_at=NOW,
    )  # fmt: skip


async def test_open_choices_of_others_lose_them_and_who_is_at_work_there_begins_anew(rig: Rig) -> None:
    for chat in ("lan", "hoa"):
        await open_list(chat)
    await forgotten("Hoa", present=Key("fake", "hoa"))
    row = await SessionRow.get(chat_id="lan")
    session = session_from_json(Key("fake", "lan"), row.version, 0, 0, 0, row.state)
    assert [button.label for button in session.lists[0].buttons] == [f"{GONE} (0)"]
    assert row.version == 4
    present = await SessionRow.get(chat_id="hoa")
    assert (present.version, "Hoa" in present.state) == (3, True), "its own session is written by who erases"


async def test_nothing_is_read_when_nothing_was_said(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passed_on, "_in_outbox", None)
    await forgotten("", "ab", "  ")
