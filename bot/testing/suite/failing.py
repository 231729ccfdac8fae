"""Failures: each of the vendor's is a decision after one call, and what might have arrived is not called unsent."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.messages import Message
from bot.core.platform import (
    ChatGone,
    ChatReplaced,
    PlatformError,
    Probed,
    RateLimited,
    Rejected,
    Unreachable,
)
from bot.core.sessions import StoreUnavailable
from bot.core.text import Text
from bot.settings import SettingsError
from bot.testing.checking import Scene, check, failure, nobody_answers, settles, with_file
from bot.testing.doubles import MemoryLog, MemoryValues, StillClock
from bot.testing.rig import CONTROLS, FAULTS, MOVES, Rig

from .showing import HELLO

DECISIONS: Mapping[str, tuple[type[PlatformError], bool | None]] = {
    "the content is refused": (Rejected, None),
    "the chat is gone": (ChatGone, None),
    "the chat has a new id": (ChatReplaced, None),
    "too many messages": (RateLimited, None),
    "the token is refused": (Unreachable, False),
    "the vendor is broken": (Unreachable, True),
    "a page in HTML": (Unreachable, True),
    "half an answer": (Unreachable, True),
    "an answer that says neither yes nor no": (Unreachable, True),
    "dropped before acceptance": (Unreachable, True),
    "dropped after acceptance": (Unreachable, True),
    "a refusal that says the token back": (PlatformError, None),
}


@check("fault")
async def every_failure_of_the_vendor_is_a_decision_after_one_call(scene: Scene) -> None:
    rig = scene.rig
    decision, maybe_sent = DECISIONS[scene.fault]
    rig.faults[scene.fault]()
    before = rig.calls()
    error = await failure(scene.sends(HELLO, key="k1"))
    assert isinstance(error, decision), error
    if isinstance(error, Unreachable) and maybe_sent is not None:
        assert error.maybe_sent is maybe_sent
    if isinstance(error, RateLimited):
        assert error.retry_after == rig.retry_after
        assert error.retry_after is not None or error.scope == "token"
    if isinstance(error, ChatReplaced):
        assert error.new_chat_id == rig.new_chat_id
    assert rig.calls() == before + 1
    assert [secret for secret in rig.secrets if secret in f"{error!r} {error}"] == []
    if scene.fault == "the token is refused" and "a token that comes back" in scene.case.lacks:
        return
    await scene.sends(HELLO, key="k2")
    assert (await scene.texts())[-1] == HELLO


@check("adapter")
async def the_rig_breaks_and_does_all_that_there_is(scene: Scene) -> None:
    """The rest is excused in words: a control that is missing would be a check that passes."""
    case, rig = scene.case, scene.rig
    wanted = set(FAULTS) if case.faults else set()
    assert set(case.faults) - {MOVES} == wanted - set(case.lacks)
    assert set(rig.faults) == set(case.faults)
    assert (MOVES in case.faults) or not rig.new_chat_id
    missing = [name for name in CONTROLS if case.can(name) and getattr(type(rig), name) is getattr(Rig, name)]
    unneeded = {"presses": _has_buttons(scene), "votes": _has_polls(scene), "shuts_window": _has_window(scene)}
    assert [name for name in missing if unneeded.get(name, True)] == []
    assert all(len(reason) > 10 for reason in case.lacks.values())


def _has_buttons(scene: Scene) -> bool:
    return any(caps.buttons for caps in scene.rig.platform.capabilities.values())


def _has_polls(scene: Scene) -> bool:
    return any(caps.quiz_poll for caps in scene.rig.platform.capabilities.values())


def _has_window(scene: Scene) -> bool:
    return any(caps.push == "window" for caps in scene.rig.platform.capabilities.values())


@check("adapter", needs=("goes_away",))
async def where_nobody_answers_nothing_was_sent(scene: Scene) -> None:
    await nobody_answers(scene.rig)
    error = await failure(scene.sends(HELLO))
    assert isinstance(error, Unreachable)
    assert not error.maybe_sent


@check("adapter", needs=("goes_away",))
async def a_question_that_sends_nothing_tells_whether_somebody_is_there(scene: Scene) -> None:
    platform, before = scene.rig.platform, scene.rig.calls()
    if not isinstance(platform, Probed):
        assert platform.budget.idempotent or "a question that sends nothing" in scene.case.lacks
        return
    await platform.probe()
    assert (scene.rig.calls(), await scene.texts()) == (before, [])
    await nobody_answers(scene.rig)
    assert isinstance(await failure(platform.probe()), Unreachable)


@check("adapter", needs=("loses_next_upload",))
async def an_upload_without_an_answer_has_sent_nothing(scene: Scene) -> None:
    scene.rig.loses_next_upload()
    error = await failure(
        scene.sends(with_file(Message(Text.verbatim("Nhìn")), await scene.stored("photo", b"\x89PNG")))
    )
    assert isinstance(error, Unreachable)
    assert not error.maybe_sent
    assert await scene.texts() == []


@check("adapter", needs=("revokes_token",))
async def a_revoked_token_ends_the_listening_with_a_word_for_the_operator(scene: Scene) -> None:
    scene.rig.revokes_token()
    listener = scene.rig.inbox.listener
    assert listener is not None
    assert await settles(listener.done), "it goes on asking"
    assert isinstance(listener.exception(), SettingsError)
    assert str(listener.exception())


@check("adapter", needs=("disturbs",))
async def who_is_refused_the_news_waits_before_asking_again(scene: Scene) -> None:
    rig = scene.rig
    assert isinstance(rig.kit.clock, StillClock)
    slept = rig.kit.clock.slept
    before = len(slept)
    rig.disturbs(4)
    await rig.says("Xin chào", "private")
    await rig.inbox.holds(1)

    def long() -> list[float]:
        return [pause for pause in slept[before:] if pause >= 1]

    assert await settles(lambda: len(long()) >= 4), slept[before:]
    assert max(long()) > min(long()), "each pause is as short as the first"


@check("adapter", needs=("ends_access",))
async def access_that_runs_out_is_renewed_beside_the_message(scene: Scene) -> None:
    await scene.sends("trước")
    scene.rig.ends_access()
    await scene.sends("sau")
    assert await scene.texts() == ["trước", "sau"]


@check("adapter", needs=("shuts_window",))
async def a_message_waits_for_the_person_where_only_answers_are_allowed(scene: Scene) -> None:
    rig = scene.rig
    await rig.shuts_window()
    before = rig.calls()
    for _ in range(2):
        error = await failure(scene.sends(HELLO))
        assert isinstance(error, Unreachable)
        assert not error.maybe_sent
    assert rig.calls() == before + 1, "it asked again although it had been told"
    await rig.says("Xin chào", "private")
    await rig.inbox.holds(1)
    await scene.sends(HELLO)
    assert await scene.texts() == [HELLO]


@check("adapter")
async def a_database_that_is_away_makes_no_message_vanish(scene: Scene) -> None:
    """Before the call the message waits; after it the call has succeeded, whatever cannot be stored."""
    rig, values, log = scene.rig, scene.rig.kit.values, scene.rig.kit.log
    assert isinstance(values, MemoryValues)
    assert isinstance(log, MemoryLog)
    caps, calls = scene.caps, rig.calls()
    message = Message(Text.verbatim("Nhìn"))
    if caps.photos != "none" and caps.caption_limit:
        message = with_file(message, await scene.stored("photo", b"\x89PNG"))
    values.away = lambda: rig.calls() > calls
    await scene.sends(message)
    assert (await scene.texts())[-1] == "Nhìn"
    values.away = log.away = lambda: True
    try:
        await scene.sends(HELLO)
    except (StoreUnavailable, Unreachable):
        values.away = log.away = lambda: False
        assert HELLO not in await scene.texts()
        await scene.sends(HELLO)
    assert (await scene.texts())[-1] == HELLO
