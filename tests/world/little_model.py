"""The little town in a model: which words must stand where, and how soon where nothing goes wrong."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.storage.sql import moment

from .outbox_plain import SAID_AGAIN
from .vendor import Call, Vendor

if TYPE_CHECKING:
    from bot.core.events import Chat

    from .little_people import Said
    from .world import World

SOON, ANNOUNCED, ANSWERED = 5.0, 60.0, 20.0
"""Seconds, in worlds in which nothing goes wrong: until a notice stands in its chat (less than two looks of a sender
are apart), an announcement behind the chat that tried it, and the answer to somebody who does not ask much."""
LOOKED_WITHIN = 30.0
BUSY_WITH = 130.0
"""Seconds for which a chat may wait for what its handler is at."""
ASKED_MUCH = 15
"""Things in two minutes; from twenty a minute on the bot takes one after the other."""
ON_THEIR_WAY = 12
"""Messages, replies for the most part, that may leave between the look at the month and a row's call."""
RIGHTLY = ("a handler does no network", "long work is a job", "a chat is gone")
RESENT = "(gửi lại) "
_REPLY = re.compile(r"reply:(.*):(\d+):(\d+)")
_COUNTED = re.compile(r"Đã ghi (\S+), là việc thứ (\d+)\.")
_SEEN = re.compile(r"Xem (\S+): có (\d+) việc\.")


@dataclass(frozen=True)
class Kind:
    """A row as the town asks for it; `lasts` until it expires."""

    klass: str
    any_hour: bool
    words: str
    chosen: bool = False
    lasts: float | None = None


KINDS = {
    "note": Kind("notice", False, "Tin {0} cho bác.", chosen=True),
    "done": Kind("notice", True, "Xong việc {0}."),
    "loan": Kind("routine", False, "Loan {0} tới {1}. "),
    "gap": Kind("urgent", True, "Gấp {0} tới {1}.", lasts=40.0),
    "edit": Kind("notice", True, "Sửa {0}."),
    "low": Kind("notice", False, "Thấp {0}."),
    "digest": Kind("notice", False, ""),
    "ask": Kind("request", False, "Hẹn {0}."),
    "news": Kind("notice", False, ""),
    "via": Kind("notice", False, "Vòng "),
}


def is_slow(said: Said) -> bool:
    event = said.update.event
    words = str(getattr(event, "name", "") or getattr(event, "text", ""))
    return words.partition(" ")[0] in ("treo", "cham", "chậm", "cho", "chờ", "đọc")


def keeps_all_waiting(said: Said) -> bool:
    """Tell whether it keeps its process so long that it counts as ten more."""
    return getattr(said.update.event, "text", "").startswith("chặn ")


def violations(world: World) -> list[str]:
    found = [*_counted(world), *_rows(world), *_one_at_a_time(world), *_quota(world), *_kinds(world), *_repeats(world)]
    if world.plan.faults:
        return found
    # Of the town of the core it is worked out exactly what is prompt.
    return [*found, *_once(world), *(_prompt(world) if world.town.name != "core" else ())]


def _counted(world: World) -> Iterator[str]:
    """What the bot says that it counted is what was there when it looked."""
    ranks: dict[str, int] = {}
    per_chat: Counter[str] = Counter()
    for token, chat in world.disk.ask("select token, chat from world_effects order by id"):
        per_chat[str(chat)] += 1
        ranks.setdefault(str(token), per_chat[str(chat)])
    for vendor in world.vendors.values():
        for call in vendor.calls:
            if (said := _COUNTED.match(call.text)) and ranks.get(said[1]) != int(said[2]):
                yield f"answers are right: {said[0]!r}, and it is number {ranks.get(said[1])}"
    yield from _seen(world)


def _seen(world: World) -> Iterator[str]:
    seqs = {(str(platform), str(event)): int(seq) for seq, platform, event in
            world.disk.ask("select seq, platform, event_id from inbox")}  # fmt: skip
    done: dict[Chat, list[tuple[int, int, bool]]] = defaultdict(list)
    asked: dict[str, tuple[Chat, int]] = {}
    excused: Counter[Chat] = Counter()
    for said in world.said:
        effects = "".join(said.effects)
        excused[said.chat] += ("-" in effects) + ("got" in effects)
        seq = seqs.get((said.chat.platform, said.update.event.id), 0)
        if said.effects and not said.fails:
            done[said.chat].append((seq, len(said.effects), said.update.event.kind == "photo"))
        elif said.answer.startswith("Xem "):
            asked[said.answer[4:-1]] = said.chat, seq
    for vendor in world.vendors.values():
        for call in vendor.calls:
            if (found := _SEEN.match(call.text)) and found[1] in asked:
                chat, seq = asked[found[1]]
                before = sum(count for at, count, album in done[chat] if at < seq and not album)
                # Photos of an album are taken together, earlier or later than each came.
                albums = sum(count for _, count, album in done[chat] if album)
                if not before - excused[chat] <= int(found[2]) <= before + albums:
                    yield f"answers are right: {found[0]!r} in {chat.id}, and there are {before}"


class Row(NamedTuple):
    """A row of the outbox at the end, as it is read."""

    id: int
    package: str
    part: int
    klass: str
    any_hour: int
    choices: str
    expires_at: str | None
    created_at: str
    resend_of: int
    announcement: int
    state: str
    attempts: int
    message_id: str
    replacing: str
    decision: str


def _rows(world: World) -> Iterator[str]:
    """Each row is as the town asked for it, and its words stand in the chat as they were written."""
    calls: dict[str, list[Call]] = defaultdict(list)
    for vendor in world.vendors.values():
        for call in vendor.calls:
            calls[call.key].append(call)
    parts: dict[str, list[int]] = defaultdict(list)
    words: dict[str, list[int]] = defaultdict(list)
    for found in world.disk.ask(f"select {', '.join(Row._fields)} from outbox order by id"):
        row = Row(*found)
        own = calls[f"row:{row.id}"]
        yield from _as_asked_for(world, row, own)
        yield from _called(world, row, own)
        if not row.resend_of:
            parts[row.package].append(row.part)
            words[row.package] += [call.text.count("loan") for call in own[:1]]
    for package, numbers in parts.items():
        if numbers not in ([0], list(range(1, len(numbers) + 1))):
            yield f"rows are as asked for: {package} has parts {numbers}"
        whole = len(words[package]) == len(numbers) and package.startswith("loan:")
        if whole and sum(words[package]) != 3 * world.loans[package.split(":")[1]]:
            yield f"rows are as asked for: {sum(words[package])} words of {package} have left"


def _as_asked_for(world: World, row: Row, calls: list[Call]) -> Iterator[str]:
    name, _, args = row.package.partition(":")
    kind = KINDS.get(name)
    if kind is None:
        yield f"rows are as asked for: nobody asked for {row.package}"
        return
    lasts = None if row.expires_at is None else (moment(row.expires_at) - moment(row.created_at)).total_seconds()
    if row.resend_of:
        lasts = kind.lasts
    asked = (kind.klass, kind.any_hour, kind.lasts, kind.chosen, name == "loan", name == "edit")
    announced = row.announcement > 0 and name != "via"
    has = (row.klass, bool(row.any_hour), lasts, bool(row.choices), announced, bool(row.replacing))
    if has != asked:
        yield f"rows are as asked for: {row.package} is {has} instead of {asked}"
    for call in calls[:1]:
        text = call.text.removeprefix(RESENT)
        if row.part == 1 and not text.startswith(kind.words.format(*args.split(":"))):
            yield f"rows are as asked for: {row.package} begins with {call.text[:40]!r}"
        marked = call.text.startswith(RESENT)
        if marked != bool(row.resend_of) and name != "edit" and not world.failed_before(row.resend_of):
            yield f"rows are as asked for: {row.package}, repeating {row.resend_of}, is said as {call.text[:40]!r}"


def _called(world: World, row: Row, calls: list[Call]) -> Iterator[str]:
    """A row counts the calls that were made for it, and keeps the messenger's number."""
    if row.attempts > len(calls) and not world.deaths:
        yield f"rows are as asked for: {row.package} counts {row.attempts} attempts of {len(calls)} calls"
    if row.state == "sent" and not row.decision and row.attempts < 1:
        yield f"rows are as asked for: {row.package} was sent without an attempt"
    taken = [call.message_id for call in calls if call.taken is not None]
    if row.state == "sent" and row.message_id and taken and row.message_id not in taken:
        yield f"receipts are true: {row.package} is said to be {row.message_id} instead of {taken}"


def _kinds(world: World) -> Iterator[str]:
    """A chat is called as what it is, however its event came."""
    for vendor in world.vendors.values():
        for call in vendor.calls:
            if (call.chat.kind == "group") != call.chat.id.startswith("g-"):
                yield f"answers go to who asked: {call.key} calls {call.chat.id} a {call.chat.kind} chat"


def _repeats(world: World) -> Iterator[str]:
    """What is urgent, or asks for a decision, and unclear is said again by itself, once; else when a person says so."""
    rows = (
        "select package, part, klass, decision, (select count(*) from outbox s where s.resend_of = r.id) as again"
        " from outbox r where state = 'uncertain' and resend_of = 0"
    )
    for package, part, klass, decision, again in world.disk.ask(rows):
        wanted = decision == "resend"
        if again != wanted or (klass in SAID_AGAIN) > wanted:
            yield f"receipts are true: {package}/{part}, {klass}, is unclear, {decision!r}, repeated {again} times"


def _one_at_a_time(world: World) -> Iterator[str]:
    """Of the rows for one chat one is on its way at a time, and so is one of its replies."""
    for vendor in world.vendors.values():
        until: dict[tuple[str, str, int], tuple[float, str]] = {}
        for call in vendor.calls:
            if call.key.startswith("reply:") and not call.key.startswith(f"reply:{call.chat.id}:"):
                continue  # its chat has moved meanwhile, and goes on in a queue of its own
            way = (call.key.partition(":")[0], call.chat.id, call.life)
            ends, key = until.get(way, (0.0, ""))
            if call.at < ends and key != call.key and not _taken_over(vendor, key, call):
                yield f"in order: {call.key} left for {call.chat.id} while {key} was on its way"
            if call.ended is not None and call.ended > ends:
                until[way] = call.ended, call.key


def _taken_over(vendor: Vendor, key: str, later: Call) -> bool:
    """Tell whether another process made this call, too, and had its answer: then the first caller's is nobody's."""
    return any(
        one.key == key and one.life != later.life and one.ended is not None and one.ended <= later.at
        for one in vendor.calls
    )


def _quota(world: World) -> Iterator[str]:
    """Announcements leave a share of the month to what cannot wait, unless a person says otherwise."""
    for vendor in world.vendors.values():
        if vendor.limit is None:
            continue
        kept = vendor.limit - math.ceil(vendor.limit * 0.15)
        routine = world.disk.ask(
            "select id, package, state, reason from outbox where platform = ? and klass = 'routine' and decision = ''"
            f" and chat_kind in ({', '.join(repr(str(kind)) for kind in sorted(vendor.counted))})",
            (vendor.name,),
        )
        by_key = {call.key: call for call in vendor.calls if call.taken is not None}
        for number, package, state, reason in routine:
            call = by_key.get(f"row:{number}")
            if call is not None and call.used > kept + ON_THEIR_WAY and number not in world.ledger.let_go:
                yield f"quota: {package} left as number {call.used} of {vendor.limit}"
            if state == "held" and reason == "quota" and vendor.used + len(routine) <= kept:
                yield f"quota: {package} is held, and only {vendor.used} of {vendor.limit} have left"


def _prompt(world: World) -> Iterator[str]:
    """Where nothing goes wrong, nothing waits for a look of the clock."""
    rows = (
        "select key, announcement, created_at, not_before, updated_at, state, (select max(noted_at) from inbox i"
        " where i.platform = o.platform and i.chat_id = o.chat_id and i.noted_at <= o.updated_at), platform"
        " from outbox o where chat_kind = 'private'"
    )
    for key, announcement, created, since, until, state, wrote, platform in world.disk.ask(rows):
        if state == "sent":
            soon = ANNOUNCED if announcement else SOON
            begun = max(moment(created), moment(since))
            if world.vendors[str(platform)].window is not None and wrote is not None:
                begun, soon = max(begun, moment(wrote)), soon + LOOKED_WITHIN  # a look finds that it may be written to
            waited = moment(until) - begun
            soon += sum(end - since for since, end in world.timeline.kept)
            if waited > timedelta(seconds=soon):
                yield f"prompt: {key} waited for {waited}"
    for vendor in world.vendors.values():
        answered = [call for call in vendor.calls if call.key.startswith("reply:")]
        for said in world.said:
            if said.chat.platform != vendor.name or not said.answer or said.chat.kind == "group":
                continue
            if any(
                one.chat == said.chat and said.at - BUSY_WITH <= one.at <= said.at and is_slow(one)
                for one in world.said
            ):
                continue
            much = [one for one in world.said if one.chat == said.chat and said.at - 120.0 <= one.at <= said.at + 1.0]
            much += [one for one in much if keeps_all_waiting(one)] * 10
            found = next((call for call in answered if call.at >= said.at and said.answer in call.text), None)
            if len(much) < ASKED_MUCH and found is not None and found.at - said.at > ANSWERED:
                yield f"prompt: {said.answer!r} came after {found.at - said.at:.1f} s"


def _was_let_go_late(world: World, row: int) -> bool:
    """Tell whether what waited for its chat expired before a look found that somebody had written there by then."""
    ((platform, created, expires),) = world.disk.ask(
        "select platform, created_at, expires_at from outbox where id = ?", (row,)
    )
    window = world.vendors[str(platform)].window
    wrote = world.disk.ask(
        "select noted_at from inbox i join outbox o on i.platform = o.platform and i.chat_id = o.chat_id"
        " where o.id = ? and noted_at <= expires_at order by noted_at",
        (row,),
    )
    if window is None or expires is None or not wrote:
        return False
    opens = min((moment(at) for (at,) in wrote if moment(at) > moment(created)), default=None)
    open_before = any(moment(created) - timedelta(seconds=window) <= moment(at) <= moment(created) for (at,) in wrote)
    return not open_before and opens is not None and moment(expires) - opens <= timedelta(seconds=LOOKED_WITHIN)


def _waits_behind(world: World, row: int) -> bool:
    """Whether news of its kind that came to its chat before waits for that chat's window, or for the month."""
    return bool(
        world.disk.ask(
            "select 1 from outbox o join outbox f on f.platform = o.platform and f.chat_id = o.chat_id and f.id < o.id"
            " where o.id = ? and f.package like 'news:%' and f.part > 0 and f.state = 'held'"
            " and f.reason in ('window', 'quota')",
            (row,),
        )
    )


def _once(world: World) -> Iterator[str]:
    """Where nothing goes wrong, each call is made once, each row is sent, and no warning is written."""
    for vendor in world.vendors.values():
        for key, times in Counter(call.key for call in vendor.calls if call.chat.id not in vendor.moved).items():
            if times > 1:
                yield f"no effect twice: {key} was called {times} times, and nothing was wrong"
    rows = "select key, state, reason, id from outbox where state not in ('sent', 'cancelled')"
    for key, state, reason, row in world.disk.ask(f"{rows} or (state = 'sent' and attempts <> 1)"):
        if state == "expired" and _was_let_go_late(world, int(row)):
            continue
        if reason in ("quota", "window", "blocked", "the chat moved twice") or (
            reason == "part 1" and state == "cancelled"
        ):
            continue
        if reason == "together" and _waits_behind(world, int(row)):
            continue
        yield f"receipts are true: {key} is {state} ({reason}), and nothing was wrong"
    for line in world.warned:
        if any(words in line for words in RIGHTLY):  # there are such handlers, and people block
            continue
        if world.plan.nodes > 1 and "an answer is sent that may come twice" in line:
            continue  # what waited long for its chat's minute was let go, and whoever takes it up cannot know
        yield f"no error of ours: {line}, and nothing was wrong"
