"""The same events for every side. Standard library only: peers run this in their own environments."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

CONVERSATIONS = 200
FIRST_CHAT = 1001
DATE = 1_795_000_000
BOT = {"id": 123456, "is_bot": True, "first_name": "Bot", "username": "do_bot"}
TOKEN = "123456:AAbenchBENCHbench-bench_bench"  # noqa: S105 - of a server that is ours

REPLY = "Việc {name}: bác làm từng bước một, xong bước nào bấm nút bước đó. Bác đã hỏi {times} lần."
BUTTONS = ("Làm tiếp", "Về menu")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Turn:
    """One event of one conversation: a command `name`, or (`pressed`) a button that carries `name`."""

    chat: int
    number: int
    name: str
    pressed: bool


def command_name(route: int) -> str:
    return f"v{route}"


def action_code(route: int) -> str:
    return f"r{route}"


def turns(count: int, routes: int, start: int = 0) -> list[Turn]:
    """`count` turns over 200 conversations; each conversation says and presses by turns, over half the routes each."""
    made = []
    for number in range(start, start + count):
        lap = number // CONVERSATIONS
        route = (number * 7) % (routes // 2)
        pressed = lap % 2 == 1
        name = action_code(route) if pressed else command_name(route)
        made.append(Turn(FIRST_CHAT + number % CONVERSATIONS, number, name, pressed))
    return made


def update(turn: Turn, message_id: int = 7) -> bytes:
    """A turn as Telegram's webhook brings it (core.telegram.org/bots/api)."""
    if turn.pressed:
        return press_update(turn.number, turn.chat, turn.name, message_id)
    return text_update(turn.number, turn.chat, f"/{turn.name}")


def text_update(number: int, chat: int, text: str) -> bytes:
    entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text[0] == "/" else []
    message = {
        "message_id": number % 100_000 + 1, "from": _person(chat), "chat": _chat(chat), "date": DATE, "text": text,
        "entities": entities,
    }  # fmt: skip
    return json.dumps({"update_id": number + 1, "message": message}).encode()


def press_update(number: int, chat: int, data: str, message_id: int) -> bytes:
    under = {
        "message_id": message_id, "from": BOT, "chat": _chat(chat), "date": DATE,
        "text": REPLY.format(name="v1", times=1),
    }  # fmt: skip
    query = {
        "id": str(900_000 + number), "from": _person(chat), "message": under, "chat_instance": "-1", "data": data,
    }  # fmt: skip
    return json.dumps({"update_id": number + 1, "callback_query": query}).encode()


def sent_answer(chat: int, message_id: int) -> str:
    """What Telegram says to a message that it took."""
    result = {"message_id": message_id, "from": BOT, "chat": _chat(chat), "date": DATE, "text": "…"}
    return json.dumps({"ok": True, "result": result})


def _person(chat: int) -> dict[str, object]:
    return {"id": chat, "is_bot": False, "first_name": "Hoa", "last_name": "Trần Thị", "language_code": "vi"}


def _chat(chat: int) -> dict[str, object]:
    return {"id": chat, "first_name": "Hoa", "last_name": "Trần Thị", "type": "private"}


async def in_lanes(lanes: int, work: Sequence[T], say: Callable[[T], Awaitable[None]]) -> None:
    """Do all of the work, `lanes` at a time, in such a way that one conversation stays in one lane."""
    if CONVERSATIONS % lanes:
        raise ValueError(f"{CONVERSATIONS} conversations do not divide into {lanes} lanes")

    async def lane(number: int) -> None:
        for item in work[number::lanes]:
            await say(item)

    await asyncio.gather(*(lane(number) for number in range(lanes)))
