"""What must be true of the commune: what was approved went out once, figures count once, the log is whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.features.audit import Audit, Verified
from tests.conversations import KEY

from .commune_people import NOT_UNDERSTOOD, Storyteller

if TYPE_CHECKING:
    from .world import World


def violations(world: World) -> list[str]:
    return [*_announcements(world), *_figures(world), *_audit(world), *_ways(world)]


def _announcements(world: World) -> Iterator[str]:
    """Each announcement is approved once, by the chair, and each group has one row of it."""
    approved = world.disk.ask(
        "select object, count(*) from audit_rows where act = 'announcement.approved' group by object"
    )
    for announcement, times in approved:
        if times != 1:
            yield f"no effect twice: {announcement} was approved {times} times"
    rows = world.disk.ask(
        "select announcement, chat_id, part, count(*) from outbox where announcement > 0 and resend_of = 0"
        " and chat_kind = 'group' group by announcement, chat_id, part having count(*) > 1"
    )
    for announcement, chat, part, times in rows:
        yield f"no effect twice: announcement {announcement} has {times} rows for part {part} in {chat}"
    chair = [vendor.screens.chats.get("c-chair", []) for vendor in world.vendors.values()]
    if approved and not any("chờ duyệt" in shown.message.text.plain for shows in chair for shown in shows):
        yield "rights: an announcement was approved that the chair never saw"


def _figures(world: World) -> Iterator[str]:
    rows = world.disk.ask(
        "select unit_id, indicator, period, count(*) from figures where current group by 1, 2, 3 having count(*) > 1"
    )
    for unit, indicator, of, times in rows:
        yield f"no effect twice: figure {indicator} of {unit} in {of} is there {times} times"
    # In thousandths.
    for value, indicator in world.disk.ask("select value, indicator from figures"):
        if (indicator, float(str(value))) not in (("CQ01", 12_000.0), ("CQ01", 13_000.0), ("CQ02", 5_000.0)):
            yield f"handled once: figure {indicator} is {value}"


def _audit(world: World) -> Iterator[str]:
    found = world.asks(Audit(KEY).verify_beside)
    if found is not None and not isinstance(found, Verified):
        yield f"audit: {found}"


def _ways(world: World) -> Iterator[str]:
    """Nobody hears the same "not understood" twice in a row."""
    for person in world.people:
        if isinstance(person, Storyteller) and not _lost_some(person):
            for before, after in zip(person.misunderstood, person.misunderstood[1:], strict=False):
                if before.startswith(NOT_UNDERSTOOD) and before == after:
                    yield f"a new way: {person.name} heard the same twice: {after[:60]!r}"
                    break


def _lost_some(person: Storyteller) -> bool:
    """Tell whether the messenger would not have an answer that came in between."""
    return any(call.chat == person.private and call.fate in ("refused", "bug") for call in person.vendor.calls)
