"""What else must stand at the end of a little town: quiet spells, windows, digests, memory, floods, slow handlers."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.engine import MANY_DEATHS
from bot.storage.sql import moment

from .little_memory import LOCALES
from .little_outbox import WAITS
from .little_people import AT_WORK, TOO_LATE, Said
from .little_place import DIGEST_EVERY, place_of
from .timeline import BEGAN
from .vendor import Call, Vendor

if TYPE_CHECKING:
    from .world import World

STEADY = frozenset({"kill", "restart", "power", "lost", "doubled", "deaf", "refused"})
"""Faults in which a row that has begun to leave is not held up on its way."""
ON_ITS_WAY = 3.0
"""Seconds from the last look at the hours to the call, where nothing holds it up."""
MOST_ATTEMPTS = 3
A_MINUTE, PER_MINUTE = 45.0, 20
"""So many answers in a minute; from what was handled to its answer some seconds may pass."""
ASKED_WITHIN = 75.0
"""Seconds from the answer to the first event of a full minute until its chat is told to wait."""
LOOKED_WITHIN = 40.0
MOST_BUGS = 3
"""Of our own at a time: each costs a chat its queue, and what was left there counts as begun again."""
ONE_AT_A_TIME = "one message at a time"
_REPLY = re.compile(r"reply:(.*):(\d+):(\d+)")
_REMEMBERED = re.compile(r"Nhớ (\S+): (\d+) (\w+) (\w+)\.")


def violations(world: World) -> list[str]:
    found = [*_gathered(world), *_remembered(world), *_bodies(world), *_failed(world), *_attempts(world)]
    found += _undecided(world)
    kinds = {fault.kind for fault in world.plan.faults}
    if kinds <= STEADY:
        found += [*_hours(world), *_windows(world), *_gone(world)]
    if not kinds:
        found += [*_replies(world), *_floods(world), *_rows(world)]
    return found


def _row_calls(world: World) -> dict[int, list[tuple[Vendor, Call]]]:
    calls: dict[int, list[tuple[Vendor, Call]]] = defaultdict(list)
    for vendor in world.vendors.values():
        for call in vendor.calls:
            if call.key.startswith("row:"):
                calls[int(call.key[4:])].append((vendor, call))
    return calls


def _hours(world: World) -> Iterator[str]:
    """Nothing that may wait leaves in a quiet spell, and nothing before its time."""
    quiet, calls = place_of(world.plan.seed).quiet, _row_calls(world)
    rows = "select id, key, package, any_hour, created_at from outbox where resend_of = 0"
    for number, key, package, any_hour, created in world.disk.ask(rows):
        for _, call in calls[int(number)]:
            at = BEGAN + timedelta(seconds=call.at)
            if not any_hour and quiet.until(at) and quiet.until(at - timedelta(seconds=ON_ITS_WAY)):
                yield f"at its hour: {key} left at {call.at:.1f} s, in a quiet spell"
            early = str(package).startswith("ask:") and at < moment(created) + timedelta(seconds=WAITS)
            if early:
                yield f"at its hour: {key} left before its time"


def _noted(world: World, vendor: Vendor) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    for chat, at in world.disk.ask("select chat_id, noted_at from inbox where platform = ?", (vendor.name,)):
        times[str(chat)].append((moment(at) - BEGAN).total_seconds())
    return times


def _windows(world: World) -> Iterator[str]:
    """What nobody asked for leaves only for a chat that wrote lately, and does once it has written."""
    place = place_of(world.plan.seed)
    if place.window is None:
        return
    vendor, window = world.vendors["plain"], place.window
    noted = _noted(world, vendor)
    for call in vendor.calls:
        if not call.key.startswith("row:"):
            continue
        if call.chat.kind == "group":
            if place.closed:
                yield f"windows: {call.key} left for a group"
        elif not any(call.at - window - ON_ITS_WAY <= at <= call.at for at in noted[call.chat.id]):
            yield f"windows: {call.key} left for {call.chat.id}, where nobody had written"
    rows = (
        "select id, key, chat_id, created_at from outbox where platform = 'plain' and state = 'held'"
        " and reason = 'window' and chat_kind = 'private'"
    )
    for number, key, chat, created in world.disk.ask(rows):
        # Before that it waited for something else, as for a month with room.
        begun = (world.ledger.windowed.get(int(number), moment(created)) - BEGAN).total_seconds()
        for at in noted[str(chat)]:
            if max(at, begun) + LOOKED_WITHIN < min(world.timeline.now, at + window) and not world.plan.faults:
                yield f"windows: {key} waits, and {chat} wrote at {at:.0f} s"


def _gathered(world: World) -> Iterator[str]:
    """What can wait stands in one digest of its chat, where each message is one less of the month's."""
    metered = {name for name, vendor in world.vendors.items() if vendor.limit is not None}
    calls = _row_calls(world)
    digests = world.disk.ask(
        "select id, package, chat_id, message, created_at from outbox where package like 'digest:%' and resend_of = 0"
    )
    lows = world.disk.ask(
        "select id, package, platform, chat_id, part, state, reason, not_before from outbox"
        " where package like 'low:%' and resend_of = 0"
    )
    for _, package, platform, chat, part, state, reason, since in lows:
        words = f"Thấp {str(package)[4:]}."
        if (part == 0) != (platform in metered):
            yield f"digest: {package} on {platform} is part {part}"
        if part:
            continue
        own = [one for one in digests if words in str(one[3])]
        if state == "cancelled" and reason == "in the digest":
            if [one[2] for one in own] != [chat]:
                yield f"digest: {package} for {chat} stands in {[one[1] for one in own]}"
            late = [moment(one[4]) - moment(since) for one in own]
            if world.ledger.steady and any(one < timedelta() for one in late):
                yield f"digest: {package} was told before its hour"
            if not world.plan.faults and any(one > timedelta(seconds=LOOKED_WITHIN) for one in late):
                yield f"digest: {package} was told {late} after its hour"
        elif own:
            yield f"digest: {package} is {state}, and stands in {[one[1] for one in own]}"
        if (moment(since) - BEGAN).total_seconds() % DIGEST_EVERY:
            yield f"digest: {package} waits for {since}"
    for number, package, *_ in digests:
        for _, call in calls[int(number)][:1]:
            told = call.text.count("Thấp ") + call.text.count("Mới ")  # news that a restore let go stands there, too
            if told != 1 and f"Tin trong ngày ({told} tin)" not in call.text:
                yield f"digest: {package} says {call.text[:60]!r}"
            if told == 1 and not call.text.startswith(("Thấp ", "Mới ")):
                yield f"digest: {package} of one says {call.text[:60]!r}"


def _seqs(world: World) -> dict[tuple[str, str], int]:
    rows = world.disk.ask("select platform, event_id, seq from inbox")
    return {(str(platform), str(event)): int(seq) for platform, event, seq in rows}


def _said_as(said: Said, *names: str) -> bool:
    event = said.update.event
    words = str(getattr(event, "name", "") or getattr(event, "text", ""))
    return words.partition(" ")[0] in names


def _remembered(world: World) -> Iterator[str]:
    """What a chat is remembered by counts each of its events once, in their order."""
    seqs = _seqs(world)
    visits: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for said in world.said:
        anew = world.conversations.has_begun_anew(said.chat.id)
        if said.chat.kind == "private" and said.answer.startswith("Nhớ ") and not anew:
            seq = seqs.get((said.chat.platform, said.update.event.id), 0)
            visits[said.chat.id].append((seq, said.answer[4:-1]))
    wanted: dict[str, tuple[int, str, bool]] = {}
    for own in visits.values():
        for nth, (_, token) in enumerate(sorted(own), start=1):
            locale = "vi" if nth == 1 else LOCALES[(nth - 1) % len(LOCALES)]
            wanted[token] = nth, locale, nth > 1 and (nth - 1) % 2 == 1
    for vendor in world.vendors.values():
        for call in vendor.calls:
            if (found := _REMEMBERED.match(call.text)) and found[1] in wanted:
                told = int(found[2]), found[3], found[4] == "True"
                if told != wanted[found[1]]:
                    yield f"remembered: {found[1]} is {told} instead of {wanted[found[1]]}"


def _bodies(world: World) -> Iterator[str]:
    """The words of announcements stand once, under their own digest, as long as a row names them."""
    for digest, words in world.disk.ask("select digest, words from outbox_bodies"):
        if hashlib.sha256(str(words).encode()).hexdigest() != digest:
            yield f"bodies: {str(words)[:40]!r} stands under {digest}"
    orphans = "select count(*) from outbox_bodies b where not exists (select 1 from outbox where body_id = b.id)"
    strays = (
        "select count(*) from outbox o where announcement > 0 and not exists"
        " (select 1 from outbox_bodies b where b.id = o.body_id)"
    )
    if place_of(world.plan.seed).old and not world.deaths:
        return
    for what, question in (("words that no row names", orphans), ("announced rows without words", strays)):
        ((count,),) = world.disk.ask(question)
        if count:
            yield f"bodies: {count} {what}"


def _failed(world: World) -> Iterator[str]:
    """Who had a handler that fails is told so, and the reason is written down."""
    rows = world.disk.ask("select platform, event_id, failed from inbox where failed is not null")
    failed = {(str(platform), str(event)): str(error) for platform, event, error in rows}
    for said in world.said:
        error = failed.get((said.chat.platform, said.update.event.id))
        if error is None or not said.fails:
            continue
        wanted = "HandlerTooSlow" if _said_as(said, "treo") else "ZeroDivisionError"
        wanted = "set aside" if _said_as(said, "no", "nổ") else wanted
        wanted = "stopped 3 times, waiting for the database" if _said_as(said, "đọc") else wanted
        # Of what hangs for so long processes die, too: then it is rightly set aside.
        hung = "set aside" in error and _said_as(said, "treo") and len(world.deaths) >= MOST_ATTEMPTS
        if wanted not in error and not hung:
            yield f"failed rightly: {said.update.event.id} failed with {error} instead of {wanted}"
    slow = [said for said in world.said if said.heard and _said_as(said, "cham", "chậm")]
    if slow and not any("a handler does no network" in line for line in world.warned):
        yield f"failed rightly: {len(slow)} handlers were slow, and the log does not say so"


def _undecided(world: World) -> Iterator[str]:
    """What is unclear, and can wait, waits for a person, and so does what comes behind it in its package."""
    decided = any(said.answer.startswith(("Đã quyết", "Đã xử")) for said in world.said)
    rows = (
        "select key, decision, (select count(*) from outbox s where s.package = o.package and s.part > o.part"
        " and s.resend_of = 0 and s.state = 'sent') from outbox o where state = 'uncertain'"
        " and klass not in ('urgent', 'request')"
        " and resend_of = 0"
    )
    for key, decision, behind in world.disk.ask(rows):
        if not decision and behind:
            yield f"receipts are true: {behind} parts have left behind {key}, which is unclear"
        if decision and not decided:
            yield f"receipts are true: {key} is {decision!r}, and nobody decided it"


def _attempts(world: World) -> Iterator[str]:
    """An event is begun again once for each life that left it; by a broker, once it gave something back twice."""
    killed = len(world.deaths) - sum(end.well for end in world.ends)
    # What a life left that ended by itself is begun once more, and counted once if that comes to its end.
    alone = min(len(world.deaths), killed + 1) + world.happened.get("own bug", 0) * MOST_BUGS
    most = alone if world.plan.nodes == 1 else max(0, world.broker.returned - MANY_DEATHS + 1)
    for event, attempts in world.disk.ask("select event_id, attempts from inbox where attempts > ?", (most,)):
        yield f"handled once: {event} was begun {attempts} times, and was left at most {most} times"


def _gone(world: World) -> Iterator[str]:
    """That a chat has blocked the bot is noted as an event of that chat."""
    announced = {f"row:{number}" for (number,) in world.disk.ask("select id from outbox where announcement > 0")}
    rows = world.disk.ask("select platform, chat_id from inbox where event_id like 'gone:%'")
    noted = {(str(platform), str(chat)) for platform, chat in rows}
    for vendor in world.vendors.values():
        for call in vendor.calls:
            refused = call.fate == "gone" and call.heard is not None and call.life not in world.deaths
            if refused and call.key not in announced and (vendor.name, call.chat.id) not in noted:
                yield f"gone: {call.chat.id} has blocked the bot, and nobody noted it"


def _replies(world: World) -> Iterator[str]:
    """Where nothing goes wrong, replies of a chat are numbered from one, each under the number of what it answers."""
    seqs = _seqs(world)
    for vendor in world.vendors.values():
        numbers: dict[str, list[int]] = defaultdict(list)
        by_answer: dict[str, tuple[str, int]] = {}
        late: set[tuple[str, int]] = set()
        for call in vendor.calls:
            if found := _REPLY.fullmatch(call.key):
                numbers[found[1]].append(int(found[3]))
                if TOO_LATE in call.text:
                    late.add((found[1], int(found[2])))
                by_answer.setdefault(call.text.partition("\n")[0], (found[1], int(found[2])))
        for chat, own in numbers.items():
            if chat.startswith("c-") and own != list(range(1, len(own) + 1)):
                yield f"in order: replies of {chat} are numbered {own}"
        for said in world.said:
            if said.chat.platform != vendor.name or said.update.event.kind in ("photo", "pressed"):
                continue
            found_at = by_answer.get(said.answer)
            seq = seqs.get((vendor.name, said.update.event.id))
            if said.answer == TOO_LATE and seq is not None and (said.chat.id, seq) not in late:
                yield f"answered: {said.update.event.id} came too late, and nobody was told"
            if found_at is not None and seq is not None and found_at != (said.chat.id, seq):
                yield f"answers go to who asked: {said.answer!r} to {seq} in {said.chat.id} is {found_at}"


def _floods(world: World) -> Iterator[str]:
    """Who asks much in a private chat is answered in turn, and told so; who works here is not kept waiting."""
    for vendor in world.vendors.values():
        handled: dict[str, dict[int, float]] = defaultdict(dict)
        told: dict[str, list[float]] = defaultdict(list)
        slow: set[str] = set()
        for call in vendor.calls:
            if found := _REPLY.fullmatch(call.key):
                event = f"{found[1]}:{found[2]}"
                if event in slow or call.text.startswith(("Sorry", "Chậm")):  # it was counted when it was begun
                    slow.add(event)  # with all parts of its answer
                    continue
                if ONE_AT_A_TIME in call.text:
                    told[found[1]].append(call.at)
                else:
                    handled[found[1]].setdefault(int(found[2]), call.at)
        for chat, own in handled.items():
            times = sorted(own.values())
            full = [at for nth, at in enumerate(times[PER_MINUTE:]) if at - times[nth] < A_MINUTE]
            # Each process counts for itself.
            if full and chat.startswith("c-") and chat != AT_WORK and world.plan.nodes == 1:
                yield f"floods: more than {PER_MINUTE} answers a minute in {chat} at {full[0]:.0f} s"
        for chat, at in told.items():
            # How much is too much for somebody at work, the town of the core knows exactly.
            if not chat.startswith("c-") or (chat == AT_WORK and world.town.name != "core"):
                yield f"floods: {chat} was told to wait"
            if any(later - earlier < 60.0 for earlier, later in pairwise(at)):
                yield f"floods: {chat} was told to wait twice, at {at}"
            events = _came_and_was_handled(world, vendor, chat, handled[chat])
            for when in at:
                if sum(came <= when <= done + ASKED_WITHIN for came, done in events) <= PER_MINUTE:
                    yield f"floods: {chat} was told to wait at {when:.0f} s, and had not asked much"


def _came_and_was_handled(
    world: World, vendor: Vendor, chat: str, answered: Mapping[int, float]
) -> list[tuple[float, float]]:
    """Return when each event of a chat came and when at the latest it was handled: behind a slow one that is later."""
    rows = "select seq, event_id, noted_at from inbox where platform = ? and chat_id = ?"
    dear = {said.update.event.id for said in world.said if said.chat.id == chat and _said_as(said, "chan", "chặn")}
    events: list[tuple[float, float]] = []
    for seq, event, noted in world.disk.ask(rows, (vendor.name, chat)):
        came = (moment(noted) - BEGAN).total_seconds()
        # What keeps the process for two seconds counts as ten more.
        events += [(came, answered.get(int(seq), came))] * (11 if event in dear else 1)
    return events


def _rows(world: World) -> Iterator[str]:
    """Where nothing goes wrong, a row that was sent bears no trace of anything else."""
    rows = "select key, reason, decision, gone, locale, platform, chat_kind, chat_id from outbox where state = 'sent'"
    for key, reason, decision, gone, locale, platform, kind, chat in world.disk.ask(rows):
        has = (reason, decision in ("", "send"), gone, locale, kind)
        if has != ("", True, 0, "vi", "group" if str(chat).startswith("g-") else "private"):
            yield f"rows are as asked for: {key} on {platform} was sent, and is {has}"
