"""What a process of its own says of aiogram's models: each function tells one thing, for test_telegram_vendor.py."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from threading import Barrier, Thread
from typing import Literal, TypeVar

from pydantic import BaseModel

from bot.core.events import Chat
from bot.core.messages import Attachment, Button, Message
from bot.core.text import Span, Text

T = TypeVar("T")
TOKEN = "123456:AAtestTESTtest-test_test"
ADDRESS = r" at 0x\w+"
BEFORE = [*sys.meta_path]

from bot.assembly.menu import menu  # noqa: E402
from bot.platforms.telegram.vendor import AiohttpSession, Bot, methods, types  # noqa: E402 - what is looked at
from bot.platforms.telegram.write import File, editing, menus, sending  # noqa: E402

_POST = {
    "message_id": 1,
    "date": 1,
    "chat": {"id": 1, "type": "private"},
    "text": "a",
    "entities": [{"type": "bold", "offset": 0, "length": 1}],
}
_TEXT = Text((Span("Chào "), Span("bác", "bold"), Span(" ở đây", link="https://xa.vn")))
_MESSAGES = (
    Message(_TEXT),
    Message(_TEXT, (Button("Tiếp", "x"), Button("Thôi", "y")), rows=(2,)),
    Message(_TEXT, expects="text"),
)


def each(*told: Callable[[], Iterator[str]]) -> None:
    """Print what each tells in a copy of this process as it is now, with a zero after it."""
    for tell in told:
        sys.stdout.flush()
        if not (child := os.fork()):
            print(*tell(), "\0", sep="\n", flush=True)  # noqa: T201 - for who started this
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit(f"{tell.__name__} did not end well")


def models() -> list[type[BaseModel]]:
    """Types and methods, without the three bases that hold no types."""
    bare = {methods.TelegramMethod, methods.Request, methods.Response}
    named = [getattr(module, name) for module in (types, methods) for name in module.__all__]
    return [one for one in named if isinstance(one, type) and issubclass(one, BaseModel) and one not in bare]


def complete() -> Iterator[str]:
    built = sum(one.__pydantic_complete__ for one in models())
    yield f"{'none' if built == 0 else 'some'} of {'many' if len(models()) > 500 else 'few'}"


def left() -> Iterator[str]:
    """What the import changed outside aiogram."""
    yield f"{sys.meta_path == BEFORE} {BaseModel.model_rebuild.__module__}"


def fields() -> Iterator[str]:
    for one in models():
        one.model_rebuild()
        yield f"{one.__name__} {one.__pydantic_complete__} {re.sub(ADDRESS, '', repr(one.model_fields))}"


def forms() -> Iterator[str]:
    """Each call of the adapter, as it would be sent."""
    yield _sent(methods.GetMe())
    yield _sent(methods.DeleteWebhook())
    yield _sent(methods.SetWebhook(url="https://xa.vn", secret_token="s", allowed_updates=["message"]))
    yield _sent(methods.EditMessageReplyMarkup(chat_id="7", message_id=3))
    yield from map(_sent, menus(menu()))
    files: tuple[File, ...] = ("known", types.BufferedInputFile(b"data", "b.bin"))
    kinds: tuple[Literal["photo", "audio", "file"], ...] = ("photo", "audio", "file")
    for item in [Attachment(kind, "b.bin", "Ảnh") for kind in kinds]:
        for file in files:
            for chat in (Chat("telegram", "-5", "group"), Chat("telegram", "7", "private")):
                for message in _MESSAGES:
                    yield _sent(sending(chat, message, item, file))
                    yield _sent(editing(chat, message, 3, item, file))


def all_in_turn() -> Iterator[str]:
    """Forms, answers, fields, in the order in which each is the first use of its models; an empty line between."""
    yield from (*forms(), "", *answers(), "", *fields())


def _sent(call: methods.TelegramMethod[T]) -> str:
    session = AiohttpSession()
    told = []
    for one, _, value in session.build_form_data(Bot(TOKEN, session), call)._fields:
        told.append((dict(one), value if isinstance(value, str) else "bytes"))
    named = re.sub(r"'name': '[-\w]{14}'", "'name': 'file'", repr(told))
    return call.__api_method__ + " " + re.sub(r"attach://[-\w]+", "attach://", named)


def answers() -> Iterator[str]:
    update = {"update_id": 3, "message": {**_POST, "reply_to_message": _POST}}
    owner = {"status": "creator", "user": {"id": 1, "is_bot": False, "first_name": "Hoa"}, "is_anonymous": False}
    yield repr(methods.Response[list[types.Update]].model_validate({"ok": True, "result": [update]}))
    yield repr(methods.Response[types.ChatMemberOwner].model_validate({"ok": True, "result": owner}))


def at_once() -> Iterator[str]:
    """Eight threads that are the first to use one method."""
    start, made = Barrier(8), []

    def use() -> None:
        start.wait()
        entity = types.MessageEntity(type="bold", offset=0, length=1)
        call = methods.SendPhoto(chat_id=1, photo="x", caption_entities=[entity])
        made.append(repr(call))

    threads = [Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield f"{len(made)} {len(set(made))}"
