"""For each truth of the core a way to break its mechanism, as tests.world.breakers has for the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from bot.core import sessions
from bot.core.carrier import Carried
from bot.core.chat_queue import ChatQueue
from bot.core.delivery import Delivery
from bot.core.engine import Engine, EngineLimits
from bot.core.events import Event, PhotoSent, UnreadableEvent, event_from_json
from bot.core.flood import Flood
from bot.core.pacing import Pacer
from bot.core.platform import Clock
from bot.core.sessions import RecordedEvent, Session
from bot.framework import queues
from bot.storage.store import ConversationStore
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


async def _takes_its_time(queue: ChatQueue, clock: Clock) -> tuple[RecordedEvent, tuple[int, ...]]:
    await clock.sleep(2.0)
    return await _take(queue, clock)


async def _waits_unseen(engine: Engine, session: Session, event: Event) -> bool:
    await _hold_back(engine, session, event)
    return False


async def _none(*_: object) -> list[object]:
    return []


async def _dies(engine: Engine) -> None:
    engine._marking = None
    raise RuntimeError("nobody waits for it")


LIST_PARTS = 7
_take = ChatQueue.take
_hold_back = Engine._hold_back
_stop = Engine.stop


async def _stays_open(engine: Engine, grace: float = 10.0) -> None:
    await _stop(engine, grace)
    engine._ended = False


def _core(
    truth: str, breaks: str, seed: int, *patches: tuple[object, str, object], faults: tuple[Fault, ...] = ()
) -> Breaker:
    """Return one that shows in the town of the core, in the worlds from this seed on."""
    return Breaker(truth, breaks, patches, faults, seed, "core")


async def _forgets_later(store: ConversationStore, now: datetime) -> None:
    return


def _pauses_twice(pacer: Pacer, seconds: float, chat_id: str = "") -> None:
    _pause(pacer, seconds + 5.0, chat_id)


def _needs_replies(stored: Sequence[object]) -> object:
    """Read lists of choices as if each said which reply showed it."""
    if len(stored) < LIST_PARTS:
        raise ValueError("not a stored list")
    return _list_from_json(stored)  # type: ignore[arg-type]


def _needs_albums(stored: dict[str, object]) -> Event:
    if stored.get("kind") == PhotoSent.kind and "album" not in stored:
        raise UnreadableEvent("not a stored event")
    return event_from_json(stored)


_pause = Pacer.pause
_list_from_json = sessions._list_from_json


def _limits(limits: partial[EngineLimits]) -> tuple[object, str, object]:
    return little, "EngineLimits", limits


def _months(kind: str, ends: float) -> tuple[Fault, ...]:
    return tuple(Fault(kind, 2.0, on=on, steps=3, much=ends) for on in ("rich", "plain"))


def _upgraded(*others: Fault) -> tuple[Fault, ...]:
    return *others, Fault("upgrade", 12.0, much=0.5)


def _often(kind: str, much: float = 1.0, lasts: float = 6.0) -> tuple[Fault, ...]:
    return tuple(Fault(kind, 6.0 + 9.0 * nth, lasts, on, much=much) for nth in range(9) for on in ("rich", "plain"))


def _ends(kind: str) -> tuple[Fault, ...]:
    return tuple(Fault(kind, 12.0 + 15.0 * nth, 0.5, steps=10 + 7 * nth, after="bring") for nth in range(3))


async def _leaves_nothing(names: queues.Queues, numbers: object) -> bool:
    return False


_STANDING = Fault("standing queue", 8.0, much=60.0)
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
        (("bot.storage.store", "UNREADABLE", "handled"),),
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
    "turns": _core("prompt", "an event waits two seconds for its turn", 0, (ChatQueue, "take", _takes_its_time)),
    "pages": _core("ends leave nothing", "queues begin after an end, too", 1, (Engine, "stop", _stays_open)),
    "acknowledged": _core("bounded", "what led to a chat is never acknowledged", 16, (Carried, "release", _forgets)),
    "moments": _core("answers are right", "an answer is of before its wait", 23, (Engine, "_hold_back", _waits_unseen)),
    "relied": _core(
        "answers are right: 'Giữ",
        "nobody looks whether what an event relied on stands",
        180,
        ("bot.storage.store", "_still_holds", lambda: ("", [])),
    ),
    "unheard": _core("no task dies unheard", "what marks ends with an error", 0, (Engine, "_mark", _dies)),
    "vain": _core(
        "pauses are kept",
        "a database that is away is asked without a rest",
        3,
        ("bot.core.engine", "RETRY_AFTER", 0.0),
        faults=(Fault("broken disk", 5.0, 8.0),),
    ),
    "forgotten": Breaker("remembered", "marks of a chat outlive it", ((Delivery, "forget", _forgets),), seed=2),
    "months": _core(
        "the month",
        "who waits for a month waits a little longer",
        0,
        (Pacer, "pause", _pauses_twice),
        faults=_months("month", 60.0),
    ),
    "hours": _core(
        "pauses are kept",
        "who is told to wait an hour does not",
        0,
        (Pacer, "pause", _forgets),
        faults=_months("month by hours", 60.0),
    ),
    "months of before": _core(
        "pauses are kept",
        "the next life knows of no hour",
        0,
        (ConversationStore, "pauses", _none),
        faults=(*_months("month by hours", 60.0), Fault("kill", 9.0, 0.5, steps=5, after="bring")),
    ),
    "older lists": _core(
        "remembered",
        "what an older version kept of choices cannot be read",
        0,
        (sessions, "_list_from_json", _needs_replies),
        faults=_upgraded(),
    ),
    "older photos": _core(
        "handled once: ",
        "a photo of an older version cannot be read",
        4,
        ("bot.storage.store", "event_from_json", _needs_albums),
        faults=_upgraded(),
    ),
    "older pauses": _core(
        "answered",
        "a pause until midnight is kept that an older version made",
        0,
        (ConversationStore, "shorten_pauses", _forgets_later),
        faults=_upgraded(*(Fault("silence", 4.0, 8.0, on, much=2.0) for on in ("rich", "plain"))),
    ),
    "asked": _core(
        "floods", "of everybody it is asked whether they work here", 0, (Flood, "is_full", lambda flood, key: True)
    ),
    "standing queue": _core(
        "new queue", "no queue is left", 60, (queues.Queues, "leave", _leaves_nothing), faults=(_STANDING,)
    ),
    "leader": _core(
        "new queue",
        "one without a leader counts as one whose consumer is gone",
        60,
        (queues, "UNTAKEN_MOST", queues.SILENT_MOST),
        faults=(_STANDING,),
    ),
}
