"""The bot in a terminal: lines in, text out."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.core.events import Chat, Commanded, TextSent
from bot.core.fit import FitWords, fit
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import Rejected
from bot.core.text import Text
from bot.platforms.console.adapter import Console, create
from bot.settings import SettingsError
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryMedia, catalogues, make_kit

CHAT = Chat("console", "console", "private")


class Pipe:
    """The keyboard end of a terminal."""

    def __init__(self) -> None:
        self.source, self._keyboard = os.pipe()

    def types(self, data: str | bytes) -> None:
        os.write(self._keyboard, data.encode() if isinstance(data, str) else data)

    def ends(self) -> None:
        os.close(self._keyboard)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    os.close(pipe.source)


async def test_each_line_is_a_message_and_the_end_of_the_pipe_ends_listening(pipe: Pipe) -> None:
    inbox = Inbox()
    console = Console(make_kit(), pipe.source, io.StringIO())
    async with listening(console, inbox) as task:
        pipe.types("Xin chào\n\n  2  \n")
        await inbox.holds(2)
        pipe.types("/huongdan  vneid\ntiếp".encode()[:-2])
        await inbox.holds(3)
        pipe.types("tiếp".encode()[-2:])
        pipe.ends()
        await task
    hello, number, command, last = inbox.events
    assert [event.text for event in (hello, number, last) if isinstance(event, TextSent)] == ["Xin chào", "2", "tiếp"]
    assert isinstance(command, Commanded)
    assert (command.name, command.args) == ("huongdan", "vneid")
    assert len({event.id for event in inbox.events}) == 4
    assert {(event.chat.platform, event.chat.kind) for event in inbox.events} == {("console", "private")}


async def test_a_plain_file_can_stand_in_for_a_person(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("menu\nthoát\n", encoding="utf-8")
    inbox = Inbox()
    with (tmp_path / "lines").open("rb") as file:
        await Console(make_kit(), file.fileno(), io.StringIO()).listen(inbox.note)
    assert [event.text for event in inbox.events if isinstance(event, TextSent)] == ["menu", "thoát"]


async def test_bytes_that_are_no_text_do_no_harm(pipe: Pipe) -> None:
    inbox = Inbox()
    pipe.types(b"\xff\xfe\x1b[2Jxin ch\xc3\xa0o\r\n")
    pipe.ends()
    await Console(make_kit(), pipe.source, io.StringIO()).listen(inbox.note)
    [said] = inbox.events
    assert isinstance(said, TextSent)
    assert said.text == "\ufffd\ufffd[2Jxin chào"


async def test_a_line_that_cannot_be_noted_is_an_error_that_is_seen(pipe: Pipe) -> None:
    pipe.types("vneid +12\n")
    with pytest.raises(OSError, match="the disk is full"):
        await Console(make_kit(), pipe.source, io.StringIO()).listen(Inbox(refusals=1).note)
    pipe.ends()


async def test_choices_are_printed_with_numbers_and_a_picture_in_words(pipe: Pipe) -> None:
    screen = io.StringIO()
    console = Console(make_kit(), pipe.source, screen)
    message = Message(
        Text.of("**Bác cần gì?** [Trang của xã](https://xa.example)"),
        buttons=(Button("Cài VNeID", "a"), Button("Thoát", "b")),
        attachment=Attachment("photo", "anh1", "màn hình chính"),
    )
    fitted = fit(
        message,
        console.capabilities["private"],
        link_to=MemoryMedia().url,
        words=FitWords(partial(catalogues().translate, "vi")),
    )
    for part in fitted.parts:
        await console.send(CHAT, part)
    pipe.ends()
    assert screen.getvalue() == (
        "Bác cần gì? Trang của xã (https://xa.example)\n\n[Hình: màn hình chính]\n\n1. Cài VNeID\n2. Thoát\n\n"
    )


async def test_what_was_not_fitted_is_refused_not_half_shown(pipe: Pipe) -> None:
    screen = io.StringIO()
    console = Console(make_kit(), pipe.source, screen)
    for message in (
        Message(Text.verbatim("Chọn"), buttons=(Button("Tiếp", "a"),)),
        Message(Text.verbatim("Nghe"), attachment=Attachment("audio", "loa1", "bài loa")),
        Message(Text.of("[xã](https://xa.example)")),
    ):
        with pytest.raises(Rejected):
            await console.send(CHAT, message)
    pipe.ends()
    assert screen.getvalue() == ""


def test_there_are_no_settings() -> None:
    with pytest.raises(SettingsError, match="BOT_CONSOLE_COLOUR: there is no such setting"):
        create(make_kit({"colour": "yes"}))
