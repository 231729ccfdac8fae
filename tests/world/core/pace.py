"""When things happen: marks soon after, pauses and growing waits to their moment, ends that wait and leave nothing."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.delivery import seq_answered
from bot.core.metrics import counters
from bot.storage.sql import moment
from tests.world.core.conversations import MOST_ATTEMPTS
from tests.world.core.turns import TWICE, turns_of
from tests.world.little_model import is_slow
from tests.world.little_place import place_of
from tests.world.plan import ENDS, MONTHS, NODE_KINDS
from tests.world.timeline import BEGAN
from tests.world.vendor import Call, Vendor

if TYPE_CHECKING:
    from tests.world.little_people import Said
    from tests.world.world import World

MARKED = 0.8
"""Seconds in which a mark follows, where the disk is well."""
GRACE = 4.0
"""Seconds that an end waits for conversations, as long as for the senders before them."""
ENDS_WITHIN = 2 * GRACE + 3.0
WITHOUT_PROBE = 5.0
"""Seconds until a message goes ahead where a messenger cannot be asked."""
SILENT, LONGEST_PAUSE = 60.0, 3600.0
"""Seconds that a messenger is left alone when it says no, and not for how long; and at most, whatever it says, from a
start on."""
LONGEST_WAIT, FILE_TRIES = 60.0, 3
ALBUM = 1.0
MILD = frozenset({"refused", "limits", "unclear", "mute", "outage", "silence", "late", "token", *MONTHS})
"""Faults in which what is brought comes at once."""
MANY_DEATHS = 2
MONTH_WAITS = 3600.0
"""Seconds that a chat waits for a month, as messengers say for how long: what it had before is handled after that."""
"""So often a message comes back before what it leads to is begun alone and counted."""
DIES_OF_ONE = 4
"""So many processes die of one event: of what was new, and of three attempts."""
PER_MINUTE = 20
KEPT_WITHIN = 10.0
"""Seconds before an event is handled, in which others may have kept its process since it was begun."""
WITHOUT_FILE = "cannot be fetched right now"
GOES_ON = 1.6
"""Seconds until what waited for the database goes on."""
LOOKS_FOR = 0.6
"""Seconds that one takes which looks at another chat before it is committed."""
_LOOKS = ("giu ", "giữ ")
_RELIED = re.compile(r"Giữ (\S+): (\d+) ở (\S+)\.")
_TIME = re.compile(r"Giờ \S+: ([\d.]+) (\w+)")
_UNREADABLE = re.compile(r"event (\d+) cannot be read and is set aside")
_LONG_WAIT, _LONG_BLOCK = re.compile(r"waits took \d\d"), re.compile(r"blocks kept the loop for [2-9]")
"""Ten seconds; two."""
_WAITING = re.compile(r"warning: event (\d+) waits for the database")
_REPLY = re.compile(r"reply:(.*):(\d+):(\d+)")
_DISK = ("broken disk", "full disk", "slow disk", "failover", "cut database", "power")
_HEARD = ("fine", "late", "refused", "gone", "bug", "chat429", "token429", "silent429", "before", "files")


@dataclass
class End:
    """An orderly end of a life: when it was asked for, and what it left, looked at in the moment of its end."""

    life: int
    asked: float
    begun: float | None = None
    """When its conversations were asked to end: jobs that wait for a slow disk come to their end before."""
    stopped: float | None = None
    """When its conversations were over; pages of a town may outlive them."""
    well: bool = False
    """Whether it came to its end by itself, on a disk that was well: what it cut off counts as no attempt."""
    found: list[str] = field(default_factory=list)


def begun(world: World, life: int) -> None:
    """Note that the conversations of a process are to end: from here on it takes nothing new."""
    for end in world.ends:
        if end.life == life:
            end.begun = world.timeline.now


def stopped(world: World, life: int) -> None:
    """Note that the conversations of a process are over: from here on it only takes note of what comes."""
    for end in world.ends:
        if end.life == life:
            end.stopped = world.timeline.now


def ended(world: World, life: int) -> None:
    """Look at what a process left that ended by itself."""
    end = next((one for one in world.ends if one.life == life), None)
    if end is None or world.plan.nodes > 1 or _disk_ill(world, end.asked - 5.0, world.timeline.now):
        return
    lasted = (world.timeline.now if end.stopped is None else end.stopped) - end.asked
    end.well = True
    if lasted > ENDS_WITHIN:
        end.found.append(f"life {life} took {lasted:.1f} s to its end")
    books = world.conversations
    over = world.timeline.now if end.stopped is None else end.stopped
    for vendor in world.vendors.values():
        for call in vendor.calls:
            # That a chat is gone is noted before the mark, and an end whose grace is over may cut that off.
            if call.fate == "gone" and lasted >= GRACE - 0.1 and call.heard is not None and call.heard > over - 0.3:
                continue
            if call.life == life and _is_done(call) and (found := _REPLY.fullmatch(call.key)):
                marks = books.marked[vendor.name, call.chat.id]
                if call.chat.id not in {*vendor.moved, *vendor.moved.values()} and not any(
                    seq >= int(found[3]) for seq, _ in marks
                ):
                    end.found.append(f"life {life} ended without a mark of {call.key}")
    rows = world.disk.ask(
        "select event_id, i.chat_id, i.seq, coalesce(s.done_seq, 0) >= i.seq as done from inbox i left join sessions"
        " s on s.platform = i.platform and s.chat_id = i.chat_id where body is not null and failed is null"
    )
    for event, chat, seq, done in rows:
        # The commit of one that was cut off may have been on its way already.
        cut = lasted >= GRACE - 0.1 and books.handled.get(int(seq), 0.0) > over - 0.3
        if done and not cut:
            end.found.append(f"life {life} ended without a mark of {event} in {chat}")
    accepted = {
        update.event.id for vendor in world.vendors.values() for update in vendor.updates
        if update.accepted is not None and update.accepted < end.asked
    }  # fmt: skip
    if lasted < GRACE - 0.1 and not place_of(world.plan.seed).joins:  # what joins later is taken up later
        left = [event for event, _, _, done in rows if not done and event in accepted]
        unsent = world.disk.ask("select chat_id from sessions where out_seq > sent_seq")
        if (left or unsent) and not world.happened.get("own bug"):
            end.found.append(f"life {life} ended after {lasted:.1f} s, and left {left}, {[chat for (chat,) in unsent]}")


def _after_ends(world: World) -> Iterator[str]:
    """When its conversations are over a process says nothing more, and handles nothing."""
    for end in world.ends:
        until = world.deaths.get(end.life)
        if end.stopped is None or until is None or _disk_ill(world, end.asked, until):
            continue
        for vendor in world.vendors.values():
            for call in vendor.calls:
                if call.life == end.life and call.at > end.stopped:
                    yield f"ends leave nothing: {call.key} left at {call.at:.2f}, and the end was at {end.stopped:.2f}"
        # The commit of one that was cut off may have been on its way already.
        over = end.stopped + (0.3 if end.stopped - end.asked >= GRACE - 0.1 else 0.0)
        for seq, at in world.conversations.handled.items():
            if world.plan.nodes == 1 and over < at <= until:
                yield f"ends leave nothing: event {seq} was handled at {at:.2f}, and the end was at {end.stopped:.2f}"


def violations(world: World) -> list[str]:
    found = [f"ends leave nothing: {what}" for end in world.ends for what in end.found]
    found += [*_after_ends(world), *_deadly(world), *_told(world), *told_time(world), *_keys(world)]
    for vendor in world.vendors.values():
        found += [
            *_moved(world, vendor),
            *_in_doubt(vendor),
            *_metered(vendor),
            *_waits(world, vendor),
            *_paused(world, vendor),
            *_files(world, vendor),
        ]
    if world.plan.nodes == 1:
        found += [*_goes_on(world), *_albums(world), *_marked(world), *_cleared(world), *_minutes(world)]
    return found


def _disk_ill(world: World, since: float, until: float) -> bool:
    """Tell whether the disk had its troubles in this time, or a process was kept by one step."""
    if any(begin < until and end + 1.0 > since for begin, end in (*world.timeline.kept, *world.stalled)):
        return True
    return any(
        fault.at - 0.5 < until and fault.at + fault.lasts + 12.0 > since
        for fault in world.plan.faults
        if fault.kind in _DISK
    )


def _held_up(world: World, since: float, until: float) -> float:
    """Return for how many seconds of this time one step kept the loop of a process."""
    return sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in world.timeline.kept)


def _died(world: World, since: float, until: float) -> bool:
    return any(since - 0.1 <= at <= until for at in world.deaths.values())


def _is_done(call: Call) -> bool:
    """Tell whether the bot knows that nothing more is to be done for this reply."""
    return call.ended is not None and not call.cut and call.fate in ("fine", "late", "refused", "gone")


def _replies(vendor: Vendor) -> dict[str, list[Call]]:
    calls: dict[str, list[Call]] = defaultdict(list)
    for call in vendor.calls:
        if call.key.startswith("reply:"):
            calls[call.key].append(call)
    return calls


def _marked(world: World) -> Iterator[str]:
    """Soon after a reply has left it is marked as sent."""
    for vendor in world.vendors.values():
        moves = {*vendor.moved, *vendor.moved.values()}
        for key, calls in _replies(vendor).items():
            call, seq = calls[-1], int(key.rpartition(":")[2])
            if not _is_done(call) or call.ended is None or call.chat.id in moves:
                continue
            at = next(
                (at for marked, at in world.conversations.marked[vendor.name, call.chat.id] if marked >= seq), None
            )
            if _disk_ill(world, call.ended, call.ended + MARKED) or _died(world, call.ended, call.ended + MARKED):
                continue
            if at is None or at - call.ended > MARKED:
                yield f"marks are soon: {key} left at {call.ended:.3f}, and was marked at {at}"


def _cleared(world: World) -> Iterator[str]:
    """Soon after an event was handled and answered its words are gone."""
    books = world.conversations
    last: dict[tuple[str, int], float] = defaultdict(float)
    for vendor in world.vendors.values():
        for call in vendor.calls:
            if found := _REPLY.fullmatch(call.key):
                ended = call.ended if call.ended is not None else world.timeline.now
                last[vendor.name, int(found[2])] = max(last[vendor.name, int(found[2])], ended)
    platforms = {int(seq): str(platform) for seq, platform in world.disk.ask("select seq, platform from inbox")}
    for seq, at in books.handled.items():
        since = max(at, last[platforms.get(seq, ""), seq])
        cleared = books.cleared.get(seq)
        if seq not in platforms or _disk_ill(world, at, since + MARKED) or _died(world, at, since + MARKED):
            continue
        if cleared is None or cleared - since > MARKED:
            yield f"marks are soon: event {seq} was handled at {since:.3f}, and its words went at {cleared}"


def _metered(vendor: Vendor) -> Iterator[str]:
    """What may have been taken is not said again by the same process where each message counts."""
    if vendor.limit is None or vendor.idempotent:
        return
    for key, calls in _replies(vendor).items():
        for at, call in enumerate(calls):
            again = any(later.life == call.life for later in calls[at + 1 :])
            if again and call.ended and call.fate in ("unclear", "taken"):
                yield f"no effect twice: {key} may have been taken, and was sent again where each counts"


def _waits(world: World, vendor: Vendor) -> Iterator[str]:
    """A reply that had no way to its messenger waits longer from time to time, and no longer than that."""
    for (key, _, _), calls in turns_of(world, vendor).items():
        failures = away = 0
        for call, following in pairwise(calls):
            if call.fate not in ("before", "files", "unclear", "taken"):
                continue
            failures += 1
            away += call.fate == "files"
            if call.ended is None or (call.cut and call.fate in ("before", "files")):
                continue
            pause = min(LONGEST_WAIT, 2.0**failures / 2)
            waited = following.at - call.ended
            if call.fate == "files" and away == FILE_TRIES:
                continue
            # A queue that broke of a bug of ours begins anew, and counts anew.
            if waited < pause - 0.01 and not world.happened.get("own bug"):
                yield f"pauses are kept: {key} was tried again after {waited:.1f} s, and {failures} failures"
            calm = (
                world.plan.nodes == 1
                and not world.happened.get("own bug")  # its chat waits until somebody says more there
                and call.fate in ("before", "files")
                and _alone(vendor, call.ended - 400.0, following.at)
            )
            lately = sum(one.chat == call.chat and following.at - 8.0 < one.at < following.at for one in vendor.calls)
            most = pause + (0.8 if lately < 3 else 6.0) + _held_up(world, call.ended, following.at)
            if calm and waited > most and following.chat.kind == "private":
                yield f"pauses are kept: {key} was tried again after {waited:.1f} s, {failures} failures"


def _alone(vendor: Vendor, since: float, until: float) -> bool:
    """Tell whether the messenger told nobody to wait in this time, and no call to it was unclear."""
    return not any(
        since <= call.at <= until and call.fate not in ("fine", "before", "files", "refused", "gone", "replaced")
        for call in vendor.calls
    )


def _paused(world: World, vendor: Vendor) -> Iterator[str]:
    """Who is told to wait waits so long, and so does the next life, which reads it from the database."""
    lifted = _lifted(world)
    jumps = [fault for fault in world.plan.faults if fault.kind == "jump" and fault.much > 0]
    for at, call in enumerate(vendor.calls):
        waits = SILENT if call.fate == "silent429" else call.waits
        if call.ended is None or call.cut or waits is None:
            continue
        if call.fate == "silent429" and any(
            one.fate == "silent429" and one is not call and call.at <= (one.ended or call.at - 1.0) <= call.ended
            for one in vendor.calls
        ):
            continue  # it had left before the pause began, and does not extend it
        # A refusal in a pause of another process, of which this one has not heard yet, does not extend that.
        standing = [
            one.ended for one in vendor.calls
            if one.fate == call.fate == "silent429" and one.life != call.life and world.plan.nodes > 1
            and one.ended is not None and call.ended - SILENT < one.ended <= call.ended
        ]  # fmt: skip
        until = min([call.ended, *standing]) + waits - 0.01
        kept = (
            world.ledger.steady and world.plan.nodes == 1 and not _disk_ill(world, call.ended, call.ended + 1.0)
            and not _died(world, call.ended, call.ended + 1.0)
        )  # fmt: skip
        for later in vendor.calls[at + 1 :]:
            if later.at >= until:
                break
            same = later.chat == call.chat or call.fate in ("token429", "silent429", "month")
            if call.fate == "silent429" and any(
                one.fate not in ("silent429", "before") and call.ended < (one.ended or one.at) <= later.at
                for one in vendor.calls
            ):
                break  # it takes messages again
            if call.fate == "silent429" and any(call.ended < one <= later.at for one in lifted):
                break  # an official has it tried at once
            if call.fate == "silent429" and later.at >= until - sum(
                fault.much for fault in jumps if call.ended < fault.at <= later.at
            ):
                break  # the clock by which it is kept says that it is over
            held = later.life == call.life or (kept and world.plan.nodes == 1)
            if later.life != call.life and later.at >= _shortened(world, call):
                break
            if same and held and later.at > call.ended + 1.0:
                yield f"pauses are kept: {later.key} left at {later.at:.1f}, and was to wait until {until:.1f}"
                break


def _shortened(world: World, call: Call) -> float:
    """Return when the next life may try although it would have to wait for longer: a pause of ours is an hour at most.

    Whoever named more than that says it once more.
    """
    if call.fate != "month" or (call.waits or 0.0) <= LONGEST_PAUSE:
        return math.inf
    return min((at for life, at in world.begun.items() if life > call.life), default=math.inf) + SILENT


def _lifted(world: World) -> list[float]:
    """Return when officials had the messengers tried again that had named no time."""
    own = {(one.chat.platform, one.update.event.id) for one in world.said if one.answer.startswith("Đã nhấc ")}
    rows = world.disk.ask("select seq, platform, event_id from inbox") if own else []
    seqs = [int(seq) for seq, platform, event in rows if (str(platform), str(event)) in own]
    return [world.conversations.handled[seq] for seq in seqs if seq in world.conversations.handled]


def _files(world: World, vendor: Vendor) -> Iterator[str]:
    """A reply is asked for its file three times; then its words go without it, and say so."""
    for (key, _, _), calls in turns_of(world, vendor).items():
        away = 0
        for call in calls:
            shown = call.message.attachment is not None
            if call.text.startswith("Ảnh ") and vendor.name == "rich":
                told = WITHOUT_FILE in call.text
                if told == shown:
                    yield f"files: {key} is said as {call.text!r}, with its file {shown}"
                if not shown and away != FILE_TRIES:
                    yield f"files: {key} goes without its file after {away} tries"
            if shown and away >= FILE_TRIES:
                yield f"files: {key} is asked for its file a {away + 1}th time"
            away += call.fate == "files" and call.ended is not None


def _deadly(world: World) -> Iterator[str]:
    """An event that kills is set aside after its attempts."""
    if world.plan.nodes > 1:
        if not any(fault.kind in (*NODE_KINDS, *ENDS, "standing queue") for fault in world.plan.faults):
            # Of a number that was put in anew the broker counts from nought; so it is of a chat that waits for a month.
            anew = MANY_DEATHS if any(fault.kind in MONTHS for fault in world.plan.faults) else 1
            for what, times in world.deadly.items():
                if not MANY_DEATHS + MOST_ATTEMPTS <= times <= MANY_DEATHS + MOST_ATTEMPTS + anew:
                    yield f"handled once: {times} of several processes died of {what}"
        return
    for what, times in world.deadly.items():
        others = len(world.deaths) - times
        if not DIES_OF_ONE - others <= times <= DIES_OF_ONE:
            yield f"handled once: {times} processes died of {what}"


def _minutes(world: World) -> Iterator[str]:
    """In a private chat twenty events are handled in a minute, and whoever is told to wait has had as many."""
    if world.deaths or any(fault.kind in _DISK for fault in world.plan.faults):
        return
    waits = 200.0 + (MONTH_WAITS if any(fault.kind in MONTHS for fault in world.plan.faults) else 0.0)
    for (platform, chat), times in world.conversations.handled_in.items():
        if not chat.startswith("c-") or chat == "c-0":
            continue
        yield from _told_to_wait(world, world.vendors[platform], chat)
        for nth, at in enumerate(times[PER_MINUTE:]):
            kept = any(one.chat.id == chat and is_slow(one) and at - waits < one.at < at for one in world.said)
            if at - times[nth] < 55.0 - _kept_until(world, times[nth]) and not kept:
                yield f"floods: {PER_MINUTE + 1} events of {chat} were handled between {times[nth]:.1f} and {at:.1f} s"


def _kept_until(world: World, handled: float) -> float:
    """Return for how long others kept the process until an event was handled, which counts since it was begun."""
    since = handled - KEPT_WITHIN
    return sum(max(0.0, min(end, handled) - max(begin, since)) for begin, end in world.timeline.kept)


def _told_to_wait(world: World, vendor: Vendor, chat: str) -> Iterator[str]:
    """Who asks for more than a minute has at once is told to wait."""
    asked = [said.at for said in world.said if said.chat.id == chat and said.update.event.kind != "photo"]
    told = [call.at for call in vendor.calls if call.chat.id == chat and "one message at a time" in call.text]
    if vendor.month is not None and vendor.month.refused:
        return  # that is said when there is room for it
    for nth, at in enumerate(asked[PER_MINUTE + 1 :]):
        much = at - asked[nth] < 5.0 and at < world.timeline.now - 200.0
        if much and not any(asked[nth] - 310.0 < one < at + 200.0 for one in told):
            yield f"floods: {PER_MINUTE + 2} things were asked in {chat} until {at:.0f} s, and nobody was told to wait"
            return


def _keys(world: World) -> Iterator[str]:
    """An adapter that needs it reads from a reply's key which event is answered."""
    for vendor in world.vendors.values():
        for call in vendor.calls:
            found = _REPLY.fullmatch(call.key)
            if seq_answered(call.key) != (int(found[2]) if found else None):
                yield f"answers go to who asked: {call.key} is said to answer {seq_answered(call.key)}"


def told_time(world: World) -> Iterator[str]:
    """An answer is of the moment of its commit, and not of one before a wait; its chat is called what it is."""
    for vendor in world.vendors.values():
        for key, calls in _replies(vendor).items():
            said = _TIME.match(calls[0].text)
            handled = world.conversations.handled.get(int(key.split(":")[-2]))
            if said is None or handled is None:
                continue
            if said[2] != calls[0].chat.kind:
                yield f"answers are right: {calls[0].text!r} in a {calls[0].chat.kind} chat"
            late = handled - float(said[1])
            if world.ledger.steady and late > 1.0 and not _disk_ill(world, handled - late, handled):
                yield f"answers are right: {calls[0].text!r} was handled at {handled:.2f}"


def relied(world: World) -> Iterator[str]:
    """What an event relied on still stood when it was committed."""
    before: dict[str, dict[str, int]] = {}
    count: Counter[str] = Counter()
    for token, chat in world.disk.ask("select token, chat from world_effects order by id"):
        before[str(token)] = dict(count)
        count[str(chat)] += 1
    for vendor in world.vendors.values():
        for call in vendor.calls:
            if (found := _RELIED.match(call.text)) and found[1] in before:
                there = before[found[1]].get(found[3], 0)
                if there != int(found[2]):
                    yield f"answers are right: {found[0]!r}, and {there} stood there then"


def _moved(world: World, vendor: Vendor) -> Iterator[str]:
    """A reply that found out that its chat has moved becomes an event of that chat."""
    noted = {str(event) for (event,) in world.disk.ask("select event_id from inbox where event_id like 'moved:%'")}
    for call in vendor.calls:
        if call.fate == "replaced" and call.ended is not None and call.key.startswith("reply:"):
            known = f"moved:{call.chat.id}:{vendor.moved[call.chat.id]}" in noted
            if not known and call.life not in world.deaths:
                yield f"gone: {call.key} found that {call.chat.id} has moved, and nobody noted it"


def _in_doubt(vendor: Vendor) -> Iterator[str]:
    """After a call without a clear answer no reply leaves until the messenger was asked whether it is there."""
    if vendor.probed or vendor.idempotent:
        return
    replies = [call for call in vendor.calls if call.key.startswith("reply:")]
    unclear = [one for one in vendor.calls if one.fate in ("unclear", "taken") and one.ended]
    ended = sorted(unclear, key=lambda one: one.ended or 0)
    doubted: dict[int, list[float]] = defaultdict(list)
    for one in ended:
        at = one.ended or 0.0
        if not doubted[one.life] or at > doubted[one.life][-1] + WITHOUT_PROBE:  # else it is in doubt already
            doubted[one.life].append(at)
    for call in replies:
        for at in doubted[call.life]:
            if at + 0.01 < call.at < at + WITHOUT_PROBE - 0.01:
                yield f"pauses are kept: {call.key} left at {call.at:.2f}, and the messenger was in doubt at {at:.2f}"
                return


def _died_with(world: World, said: Said) -> bool:
    """Tell whether the process died between the commit of this and its line in the log."""
    own = said.chat.platform, said.update.event.id
    found = world.disk.ask("select seq from inbox where platform = ? and event_id = ?", own)
    at = world.conversations.handled.get(int(found[0][0])) if found else None
    return at is not None and any(0.0 <= died - at < 0.1 for died in world.deaths.values())


def _told(world: World) -> Iterator[str]:
    """The operator hears of answers that may come twice, and of handlers that keep others waiting, and of no others."""
    repeats = [(int(found[1]), int(found[2])) for line in world.warned if (found := TWICE.match(line))]
    yield from _counted(world, repeats)
    twice = {int(found[1]) for line in world.warned if (found := TWICE.match(line))}
    for vendor in world.vendors.values():
        for key, calls in _replies(vendor).items():
            taken = [call for call in calls if call.taken is not None]
            if len(taken) > 1 and int(key.split(":")[2]) not in twice:
                yield f"told of: {key} came {len(taken)} times, and nobody was told that it may"
    for words, what in (("Chờ", _LONG_WAIT), ("Chặn", _LONG_BLOCK)):
        logged = sum(what.search(line) is not None for line in world.warned)
        long = {
            said.answer
            for said in world.said
            if said.answer.startswith(f"{words} ") and " dai " in _text(said) and not _died_with(world, said)
        }
        answered = {call.text for vendor in world.vendors.values() for call in vendor.calls} & long
        if len(answered) > logged:
            yield f"told of: {len(answered)} handlers were long ({words}), and {logged} lines of the log say so"
    set_aside = world.disk.ask("select seq from inbox where failed = 'cannot be read'")
    told = {int(found[1]) for line in world.warned if (found := _UNREADABLE.match(line))}
    for (seq,) in set_aside:
        if seq not in told:
            yield f"told of: event {seq} cannot be read, and the log does not say so"
    if world.conversations.found_spoilt and not any("remembered of a conversation" in one for one in world.warned):
        yield "told of: what is remembered of a chat cannot be read, and the log does not say so"
    for line in world.warned:
        if "waits took 9." in line or "blocks kept the loop for 1." in line:
            yield f"told of: {line}, and that is not long"


def _counted(world: World, lines: list[tuple[int, int]]) -> Iterator[str]:
    """Each such answer is told of once, and the operator's counter has them all."""
    if (counted := perhaps_twice() - world.twice_before) != (told := sum(count for _, count in lines)):
        yield f"told of: {counted} answers are counted that may come twice, and the log tells of {told}"
    if world.deaths or world.plan.nodes > 1 or world.happened.get("own bug"):
        return
    wanted: Counter[int] = Counter()
    for vendor in world.vendors.values():
        for key, calls in _replies(vendor).items():
            unclear = any(call.fate in ("unclear", "taken") and call.ended is not None for call in calls)
            wanted[int(key.split(":")[2])] += unclear and not vendor.idempotent and vendor.limit is None
    found: Counter[int] = Counter()
    for event, count in lines:
        found[event] += count
    if +wanted != found:
        yield f"told of: answers to {dict(+wanted)} may come twice, and {dict(found)} were told of"


def perhaps_twice() -> int:
    """Return the operator's count of answers that may come twice, of all worlds of this process."""
    return sum(int(line.rpartition(" ")[2]) for line in counters.PERHAPS_TWICE.lines() if not line.startswith("#"))


def _text(said: Said) -> str:
    return str(getattr(said.update.event, "text", ""))


def _goes_on(world: World) -> Iterator[str]:
    """What waited for the database goes on a second after it is there again."""
    if any(fault.kind == "slow disk" for fault in world.plan.faults) or world.timeline.kept:
        return
    chats = {int(seq): str(chat) for seq, chat in world.disk.ask("select seq, chat_id from inbox")}
    waits: dict[int, list[float]] = defaultdict(list)
    for at, line in world.timeline.told:
        if found := _WAITING.search(line):
            waits[int(found[1])].append(at)
    for seq, at in [(seq, at) for seq, of_it in waits.items() for at in of_it]:
        done = world.conversations.handled.get(seq)
        if done is None or not chats[seq].startswith("c-"):
            continue
        # A full disk has room now and then before it is well: it went on when it waited once more.
        done = min([done, *(again for again in waits[seq] if again > at)])
        mended = max((one for one in world.mended if one <= done), default=0.0)
        chat = chats[seq]
        slow = any(one.chat.id == chat and is_slow(one) for one in world.said)
        asked = sum(one.chat.id == chat and done - 90.0 < one.at <= done for one in world.said)
        if slow or asked >= PER_MINUTE or _died(world, at, done):
            continue
        if done - max(mended, at) > GOES_ON + LOOKS_FOR * _looks(world, chat, max(mended, at), done):
            yield f"pauses are kept: event {seq} waited until {done:.2f}, and the disk was well at {mended:.2f}"


def _looks(world: World, chat: str, since: float, until: float) -> int:
    """Return how often one of this chat may have looked at another: once more for each time that this changed."""
    looked = {_text(one).split()[1] for one in world.said if one.chat.id == chat and _text(one).startswith(_LOOKS)}
    if not looked:
        return 0
    changing = {
        (one.chat.platform, one.update.event.id)
        for one in world.said
        if one.effects and f"{one.chat.platform}:{one.chat.id}" in looked
    }
    rows = world.disk.ask("select seq, platform, event_id from inbox")
    seqs = {int(seq) for seq, platform, event in rows if (str(platform), str(event)) in changing}
    return 1 + sum(since < at < until for seq, at in world.conversations.handled.items() if seq in seqs)


def _albums(world: World) -> Iterator[str]:
    """Photos of an album wait a second for each other, and no longer, where nothing else is in their way."""
    if {fault.kind for fault in world.plan.faults} - MILD or world.deaths or world.plan.nodes > 1:
        return
    seqs = {str(event): (int(seq), (moment(at) - BEGAN).total_seconds()) for seq, event, at in
            world.disk.ask("select seq, event_id, noted_at from inbox")}  # fmt: skip
    first: dict[str, Said] = {}
    for said in world.said:
        if album := str(getattr(said.update.event, "album", "")):
            first.setdefault(album, said)
    for album, said in first.items():
        own = [seqs[one.update.event.id] for one in world.said if getattr(one.update.event, "album", "") == album]
        begun = max(at for _, at in own)
        busy = [one for one in world.said if one.chat.id == said.chat.id and said.at - 90.0 < one.at < said.at + 2.0]
        done = [world.conversations.handled[seq] for seq, _ in own if seq in world.conversations.handled]
        if len(done) > 1 and not world.timeline.kept:
            yield f"prompt: the photos of {album} were handled as {len(done)} events"
        if (
            world.plan.faults
            or world.town.name == "core"  # where it is worked out with all that came before
            or not done
            or len(busy) > len(own) + 3
            or begun - min(at for _, at in own) > 0.9
            or world.timeline.kept
        ):
            continue
        # Who finds more of them after the first second waits for another one.
        spread = begun - min(at for _, at in own)
        latest = ALBUM if spread == 0.0 else 2 * ALBUM - spread
        if not ALBUM - 0.3 - spread <= min(done) - begun <= latest + 0.8:
            yield f"prompt: the album {album} was handled {min(done) - begun:.2f} s after its last photo"
