"""For each truth of the core a way to break its mechanism, as tests.world.breakers has for the others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot.core.chat_queue import ChatQueue
from bot.core.delivery import Delivery
from bot.core.engine import Engine, EngineLimits
from bot.core.pacing import Pacer
from bot.core.sessions import RecordedEvent
from tests.world import little
from tests.world.breakers import Breaker
from tests.world.plan import Fault


def _newest_first(queue: ChatQueue, recorded: RecordedEvent) -> None:
    queue.waiting.appendleft(recorded)
    queue.newest = recorded.seq


async def _waits_for_nothing(engine: Engine) -> None:
    return


def _forgets(*_: object) -> None:
    return


def _limits(limits: partial[EngineLimits]) -> tuple[object, str, object]:
    return little, "EngineLimits", limits


def _often(kind: str, much: float = 1.0, lasts: float = 6.0) -> tuple[Fault, ...]:
    return tuple(Fault(kind, 6.0 + 9.0 * nth, lasts, on, much=much) for nth in range(9) for on in ("rich", "plain"))


def _ends(kind: str) -> tuple[Fault, ...]:
    return tuple(Fault(kind, 12.0 + 15.0 * nth, 0.5, steps=10 + 7 * nth, after="bring") for nth in range(3))


BREAKERS: Mapping[str, Breaker] = {
    "queue": Breaker(
        "in order", "what came last is handled first", ((ChatQueue, "add", _newest_first),), (), calm=True
    ),
    "marks": Breaker(
        "marks are soon",
        "marks are written after three seconds",
        (_limits(partial(EngineLimits, mark_after=3.0)),),
        calm=True,
    ),
    "pauses": Breaker(
        "pauses are kept",
        "who is told to wait does not",
        ((Pacer, "pause", _forgets),),
        _often("limits"),
    ),
    "ends": Breaker(
        "ends leave nothing", "an end waits for nothing", ((Engine, "idle", _waits_for_nothing),), _ends("end")
    ),
    "files": Breaker(
        "files",
        "a file is asked for five times",
        (("bot.core.delivery", "FILE_TRIES", 5),),
        _often("files away", 1.0, 60.0),
    ),
    "twice": Breaker(
        "told of", "nobody is told what may come twice", ((Delivery, "_may_come_twice", _forgets),), _often("mute")
    ),
    "deadly": Breaker(
        "handled once: ",
        "an event may kill nine processes",
        (_limits(partial(EngineLimits, attempts=9)),),
        (Fault("slow", 1.0, 1.0, "rich"),),
        seed=3,
    ),
    "unreadable": Breaker(
        "handled once: ",
        "what cannot be read is taken for handled",
        (("bot.storage.store", "_UNREADABLE", "handled"),),
        _ends("spoilt event"),
    ),
    "anew": Breaker(
        "remembered",
        "a session that begins anew takes another language",
        (("bot.storage.store", "chosen_in", lambda state: ("en", True)),),
        tuple(Fault("spoilt session", 70.0 + 40.0 * nth, 0.5, steps=10 + nth, after="bring") for nth in range(4)),
        seed=11,
    ),
    "minute": Breaker(
        "floods", "a minute has thirty events", (_limits(partial(EngineLimits, per_minute=30)),), (), calm=True
    ),
}
