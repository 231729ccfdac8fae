"""The outbox as a plain program would keep it: a second reading of docs/faults.md, row by row, without SQL.

Each method bears the name of one of the real outbox and says what must become of the rows, and what it must answer.
`lockstep.py` has both do the same and compares them. Rows are as the database has them, times as its texts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import asdict

from bot.core.events import Chat
from bot.features.outbox.row import Hold, Leased, NewRow, Outcome, RowStop
from bot.features.outbox.upkeep import Due

Row = dict[str, object]
SAID_AGAIN = ("urgent", "request")
"""What is said again by itself when it is unclear."""
RANK = {"urgent": 0, "request": 1, "notice": 2, "routine": 3}
WAITING = ("pending", "held", "leased")
UNDER_WAY = ("leased", "sending")
OPEN = (*WAITING, "sending")
ANY = object()
"""Of a value: whatever it is, it is right."""
MARK = "(gửi lại)"
STANDING_STOPS = ("poison", "breaker", "token", "off", "decision", "restored")
GROUPS_FAIL, SHARE_FAILS, TRIES_FOR = 5, 0.2, timedelta(seconds=60)


def text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(" ")


def time_of(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


def number(value: object) -> int:
    return value if isinstance(value, int) else int(str(value))


class PlainOutbox:
    """`rows` by number, of which `open` are not over; `asks` reads the small tables beside them at this moment."""

    def __init__(
        self, rows: Mapping[int, Row], unfinished: Mapping[int, Row], asks: Callable[[str], list[Row]]
    ) -> None:
        self.rows = dict(rows)
        self.open = dict(unfinished)
        self.touched: set[int] = set()
        self.new: list[Row] = []
        """Rows that must have been written; `words` is how each begins where that is known."""
        self.stops: list[Row] = []
        self.asks = asks
        self._pauses: list[Row] | None = None

    def read_stops(self) -> None:
        self.stops = self.asks("select * from outbox_stops order by id")

    def read_pauses(self) -> list[Row]:
        if self._pauses is None:
            self._pauses = self.asks("select platform, chat_id, until from pauses")
        return self._pauses

    # How rows are found and changed

    def put(self, row: Row, now: datetime | str | None, **changes: object) -> Row:
        changed = {**row, **changes}
        if now is not None:
            changed["updated_at"] = text_of(now) if isinstance(now, datetime) else now
        at = number(row["id"])
        self.rows[at] = changed
        self.touched.add(at)
        if changed["state"] in OPEN:
            self.open[at] = changed
        else:
            self.open.pop(at, None)
        return changed

    def those(self, *states: str, **same: object) -> list[Row]:
        """Return the unfinished rows in these states that have these values, in the order of their numbers."""
        found = [
            row for row in self.open.values()
            if row["state"] in states and all(row[name] == value for name, value in same.items())
        ]  # fmt: skip
        return sorted(found, key=lambda row: number(row["id"]))

    def all_of(self, **same: object) -> list[Row]:
        return [row for row in self.rows.values() if all(row[name] == value for name, value in same.items())]

    def arrived_parts(self, package: object) -> set[object]:
        return {row["part"] for row in self.all_of(package=package) if row["state"] == "sent"}

    def may_go(self, row: Row) -> bool:
        """Each earlier part is there; of what is said again by itself it is enough that it may be."""
        if row["part"] == 1:
            return True
        there = self.arrived_parts(row["package"])
        return all(
            other["part"] in there or (other["klass"] in SAID_AGAIN and other["state"] == "uncertain")
            for other in self.all_of(package=row["package"])
            if number(other["part"]) < number(row["part"])
        )

    def is_whole(self, package: str) -> bool:
        return {row["part"] for row in self.all_of(package=package)} == self.arrived_parts(package)

    def has_arrived(self, announcement: int, platform: str = "") -> bool:
        sent = [row for row in self.all_of(announcement=announcement) if row["state"] == "sent"]
        there = {str(row["package"]) for row in sent if platform in ("", row["platform"])}
        return any(self.is_whole(package) for package in there)

    # What follows from one row for the others

    def cancels_rest(self, package: object, part: object, now: datetime) -> None:
        for row in self.those(*WAITING, package=package):
            if number(row["part"]) > number(part):
                self.put(row, now, state="cancelled", reason=f"part {part}")
        for row in self.new:  # what is said again in the same commit
            if row["package"] == package and row["state"] in WAITING and number(row["part"]) > number(part):
                row |= {"state": "cancelled", "reason": f"part {part}"}

    def goes_unclear(self, rows: Sequence[Row], now: datetime, decision: str | None = None) -> int:
        """Make those unclear whose last call had no clear answer and which will not be asked for again."""
        doubtful = [row for row in rows if row["decision"] == "again"]
        for row in doubtful:
            self.put(row, now, state="uncertain", reason="no clear answer", decision=decision or "", token="")
        for row in doubtful if decision is None else ():
            self.became_unclear(self.rows[number(row["id"])], now)
        return len(doubtful)

    def became_unclear(self, row: Row, now: datetime) -> None:
        if row["klass"] not in SAID_AGAIN:
            for other in self.those(*WAITING, package=row["package"]):
                if number(other["part"]) > number(row["part"]):
                    self.put(other, now, state="held", reason="decision")
        elif not row["resend_of"]:
            row = self.rows[number(row["id"])]
            if row["decision"] == "":
                row = self.put(row, now, decision="resend")
            self.repeats(row, now)

    def repeats(self, row: Row, now: datetime) -> None:
        self.again([row], now, mark=not row["resend_of"] and not row["replacing"])

    def again(self, rows: Sequence[Row], now: datetime, *, mark: bool = False) -> int:
        made = 0
        for row in rows:
            key = f"{row['package']}/{row['part']}/{row['id']}"
            if any(other["key"] == key for other in (*self.rows.values(), *self.new)):
                continue
            same = ("klass", "announcement", "package", "part", "platform", "chat_id", "chat_kind", "locale",
                    "choices", "any_hour", "expires_at", "replacing")  # fmt: skip
            self.new.append(
                {**{name: row[name] for name in same}, "key": key, "state": "pending", "reason": "", "decision": "",
                 "resend_of": row["id"], "not_before": text_of(now), "created_at": text_of(now),
                 "updated_at": text_of(now), "attempts": 0, "gone": 0, "repeats": row, "marked": mark}
            )  # fmt: skip
            made += 1
        return made

    def releases(self, package: object, now: datetime) -> None:
        undecided = [row for row in self.all_of(package=package)
                     if row["state"] == "uncertain" and row["decision"] == ""]  # fmt: skip
        for row in self.those("held", package=package, reason="decision") if not undecided else ():
            self.put(row, now, state="pending", reason="")

    def is_there_after_all(self, package: object, part: object, now: datetime) -> None:
        for row in self.those(*WAITING, package=package, part=part):
            if row["resend_of"]:
                self.put(row, now, state="cancelled", reason="the first arrived")
        self.releases(package, now)

    # The one who sends

    def lease(self, platform: str, now: datetime, until: datetime, most: int) -> list[Row]:
        at = text_of(now)
        waiting = self.those("pending", platform=platform)
        due = [row for row in waiting if str(row["not_before"]) <= at]
        busy = {row["chat_id"] for row in self.those(*UNDER_WAY, platform=platform)}
        paused = {
            row["chat_id"] for row in self.read_pauses() if row["platform"] == platform and str(row["until"]) > at
        }
        may = [row for row in due if self.may_go(row)]

        def is_behind(row: Row) -> bool:
            return any(
                other["chat_id"] == row["chat_id"]
                and (
                    RANK[str(other["klass"])] < RANK[str(row["klass"])]
                    or (other["klass"] == row["klass"] and number(other["id"]) < number(row["id"]))
                )
                for other in may
            )

        ready = [row for row in may if row["chat_id"] not in busy | paused and not is_behind(row)]
        ready.sort(key=lambda row: (str(row["not_before"]), number(row["id"])))
        groups: dict[object, list[Row]] = {}
        for row in ready:
            groups.setdefault(row["announcement"], []).append(row)
        few: list[Row] = []
        for own in groups.values():
            # Requests are looked at by themselves, or the oldest notices would hide them.
            asking = [row for row in own if row["klass"] == "request" and not row["announcement"]][:most]
            few += own[:most] + [row for row in asking if row not in own[:most]]
        laps: Counter[object] = Counter()
        ranked = []
        for row in sorted(few, key=lambda row: (str(row["not_before"]), number(row["id"]))):
            laps[row["announcement"]] += 1
            ranked.append(((RANK[str(row["klass"])], laps[row["announcement"]], number(row["id"])), row))
        taken = [row for _, row in sorted(ranked, key=lambda one: one[0])[:most]]
        laps.clear()
        order = {}
        for row in sorted(taken, key=lambda row: number(row["id"])):
            laps[row["announcement"]] += 1
            order[number(row["id"])] = RANK[str(row["klass"])], laps[row["announcement"]], number(row["id"])
        made = [self.put(row, now, state="leased", token=ANY, lease_until=text_of(until)) for row in taken]
        return sorted(made, key=lambda row: order[number(row["id"])])

    def intend(self, rows: Sequence[Leased], now: datetime, until: datetime) -> set[Hold]:
        for one in rows:
            row = self.rows[one.id]
            if one.resend_of and row["state"] == "leased" and row["part"] in self.arrived_parts(row["package"]):
                self.put(row, now, state="cancelled", reason="the first arrived")
        mine = set()
        for one in rows:
            row = self.rows[one.id]
            if row["state"] == "leased" and row["token"] == one.token:
                self.put(row, now, state="sending", attempts=number(row["attempts"]) + 1, lease_until=text_of(until))
                mine.add((one.id, one.token))
        return mine

    def record(self, outcomes: Sequence[Outcome], now: datetime) -> set[Hold]:
        written = set()
        for outcome in outcomes:
            row = self.rows[outcome.row.id]
            if outcome.to == "sent" and row["state"] == "sending" and row["token"] == outcome.row.token:
                decision = "" if row["decision"] == "again" else row["decision"]
                self.put(row, now, state="sent", reason="", decision=decision, message_id=outcome.message_id[:64])
                written.add((outcome.row.id, outcome.row.token))
        others = [outcome for outcome in outcomes if outcome.to != "sent" and self.records(outcome, now)]
        self.stops_for(others, now)
        return written | {(outcome.row.id, outcome.row.token) for outcome in others}

    def records(self, outcome: Outcome, now: datetime) -> bool:
        row, to = self.rows[outcome.row.id], outcome.to
        before = {"failed": ("sending",), "uncertain": ("sending",), "held": ("leased",), "expired": ("leased",)}
        if row["token"] != outcome.row.token or row["state"] not in before.get(to, UNDER_WAY):
            return False
        if to == "expired" and self.goes_unclear([row], now):
            return True
        if to == "failed" and row["decision"] == "again":  # its first call may have been taken
            to = "uncertain"
        taken_back = not outcome.counted and row["state"] == "sending"
        changes: Row = {"state": to, "reason": outcome.reason[:200], "token": "", "gone": int(outcome.gone)}
        changes["attempts"] = number(row["attempts"]) - taken_back
        if to == "uncertain" or outcome.perhaps:
            changes["decision"] = "again" if to != "uncertain" else ""
        if outcome.not_before is not None:
            changes["not_before"] = text_of(outcome.not_before)
        row = self.put(row, now, **changes)
        if outcome.chat_id:
            own = {"platform": row["platform"], "chat_id": row["chat_id"]}
            for other in self.those(*WAITING, **own):
                self.put(other, now, chat_id=outcome.chat_id)
            for fresh in self.new:  # what is said again in the same commit
                if fresh["state"] in WAITING and own.items() <= fresh.items():
                    fresh["chat_id"] = outcome.chat_id
        if to in ("failed", "expired"):
            self.cancels_rest(row["package"], row["part"], now)
        elif to == "uncertain":
            self.became_unclear(row, now)
        return True

    def late(self, outcome: Outcome, now: datetime) -> bool:
        row = self.rows[outcome.row.id]
        if outcome.to not in ("sent", "failed") or row["state"] != "uncertain":
            return False
        self.put(row, now, state=outcome.to, reason=outcome.reason[:200], message_id=outcome.message_id)
        if outcome.to == "sent":
            self.is_there_after_all(row["package"], row["part"], now)
            return True
        if not row["decision"]:
            self.cancels_rest(row["package"], row["part"], now)
        self.stops_for([outcome], now)
        return True

    def rest_chat(
        self, platform: str, chat_id: str, until: datetime, now: datetime, classes: Collection[str] = tuple(RANK)
    ) -> None:
        for row in self.those("pending", platform=platform, chat_id=chat_id):
            if str(row["not_before"]) < text_of(until) and row["klass"] in classes:
                self.put(row, now, not_before=text_of(until))

    # What stops others

    def stops_for(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        failed: dict[int, None] = {}
        for outcome in outcomes:
            platform, announcement = outcome.row.chat.platform, outcome.row.announcement
            if outcome.stop == "token":
                held = self.hold_platform(platform, now)
                self.stop(0, platform, "token", outcome.reason, held, now)
            if outcome.stop == "outage":
                held = len(self.those(*WAITING, platform=platform)) + len(self._repeats(platform, *WAITING))
                self.stop(0, platform, "outage", outcome.reason, held, now)
            if outcome.to == "failed" and announcement:
                failed[announcement] = None
            if outcome.stop == "poison" and announcement and not self.has_arrived(announcement, platform):
                only = platform if self.has_arrived(announcement) else ""
                if held := self.holds(announcement, only, "poison", now):
                    self.stop(announcement, only, "poison", outcome.reason, held, now)
        for announcement in failed:
            self.breaks(announcement, now)

    def stop(self, announcement: int, platform: str, reason: str, detail: str, held: int, now: datetime) -> None:
        key = announcement, platform, reason
        if all((s["announcement"], s["platform"], s["reason"]) != key or s["resumed_at"] for s in self.stops):
            self.stops.append(
                {"announcement": announcement, "platform": platform, "reason": reason, "detail": detail[:200],
                 "held": held, "told": 0, "stopped_at": text_of(now), "resumed_at": None}
            )  # fmt: skip

    def hold_platform(self, platform: str, now: datetime, reason: str = "token") -> int:
        rows = self.those("pending", "leased", platform=platform)
        for row in rows:
            self.put(row, now, state="held", reason=reason, token="")
        repeats = self._repeats(platform)
        for row in repeats:
            row |= {"state": "held", "reason": reason}
        return len(rows) + len(repeats)

    def _repeats(self, platform: str, *states: str) -> list[Row]:
        """Return what is said again in the same commit, for it cannot wait and is unclear: it waits as others do."""
        return [row for row in self.new if row["platform"] == platform and row["state"] in (states or ("pending",))]

    def holds(self, announcement: int, platform: str, reason: str, now: datetime) -> int:
        rows = [row for row in self.those(*WAITING, announcement=announcement)
                if platform in ("", row["platform"])
                and (row["state"] != "held" or row["reason"] not in STANDING_STOPS)]  # fmt: skip
        for row in rows:
            self.put(row, now, state="held", reason=reason, token="")
        repeats = [row for name in ("rich", "plain") if platform in ("", name) for row in self._repeats(name)
                   if row["announcement"] == announcement]  # fmt: skip
        for row in repeats:
            row |= {"state": "held", "reason": reason}
        return len(rows) + len(repeats)

    def breaks(self, announcement: int, now: datetime) -> None:
        resumed = max((str(s["resumed_at"]) for s in self.stops
                       if s["announcement"] == announcement and s["resumed_at"]), default="")  # fmt: skip
        tried = [row for row in self.all_of(announcement=announcement)
                 if row["state"] in ("sent", "failed", "uncertain") and str(row["updated_at"]) > resumed]  # fmt: skip
        failed = sum(row["state"] == "failed" for row in tried)
        if failed >= GROUPS_FAIL and failed > SHARE_FAILS * len(tried):
            held = self.holds(announcement, "", "breaker", now)
            self.stop(announcement, "", "breaker", f"{failed}/{len(tried)}", held, now)

    def outage_over(self, platform: str, now: datetime) -> None:
        self.ends_stops(now, platform=platform, reason="outage")

    def ends_stops(self, now: datetime, **same: object) -> None:
        for stop in self.stops:
            if not stop["resumed_at"] and all(stop[name] == value for name, value in same.items()):
                stop["resumed_at"] = text_of(now)

    def switched_off(self, platform: str, now: datetime) -> object:
        held = self.hold_platform(platform, now, "off")
        if held:
            self.stop(0, platform, "off", "", len(self.those(*WAITING, platform=platform)), now)
        return ANY

    def switched_on(self, platform: str, now: datetime) -> None:
        self.ends_stops(now, platform=platform, reason="off")
        for row in self.those("held", platform=platform, reason="off"):
            self.put(row, now, state="pending", reason="")

    def try_token_again(self, platforms: Collection[str], now: datetime) -> int:
        freed = 0
        for platform in platforms:
            self.ends_stops(now, platform=platform, reason="token")
            for row in self.those("held", platform=platform, reason="token"):
                self.put(row, now, state="pending", reason="")
                freed += 1
        return freed

    def tell_of(self, stop: RowStop) -> bool:
        own = [one for one in self.stops if one["id"] == stop.id and not one["told"]]
        for one in own:
            one["told"] = 1
        return bool(own)

    def news(self, platform: str) -> tuple[list[tuple[object, ...]], bool]:
        refused = any(s["platform"] == platform and s["reason"] == "token" and not s["resumed_at"] for s in self.stops)
        return [told(stop) for stop in self.stops if not stop["told"]], refused

    def advance(self, platform: str, now: datetime) -> None:
        at = text_of(now)
        waiting = [
            row for row in self.those("held", platform=platform, reason="canary") if str(row["not_before"]) <= at
        ]
        for announcement in dict.fromkeys(number(row["announcement"]) for row in waiting):
            own = self.those("held", announcement=announcement, platform=platform, reason="canary")
            if self.has_arrived(announcement, platform):
                chosen = own
            elif self.is_tried(announcement, platform, now):
                continue
            else:
                due = [row for row in own if str(row["not_before"]) <= at]
                first = min(due, key=lambda row: (row["chat_kind"] != "private", number(row["id"])))
                chosen = [row for row in own if row["package"] == first["package"]]
            for row in chosen:
                self.put(row, now, state="pending", reason="")

    def is_tried(self, announcement: int, platform: str, now: datetime) -> bool:
        at = text_of(now)
        paused = {(p["platform"], p["chat_id"]) for p in self.read_pauses() if str(p["until"]) > at}

        def tries(row: Row) -> bool:
            if row["state"] == "held":
                return row["reason"] in ("quiet hours", "token")
            return row["state"] != "pending" or (row["platform"], row["chat_id"]) not in paused

        rows = [row for row in self.those(*OPEN, announcement=announcement) if tries(row)]
        if any(row["platform"] == platform for row in rows):
            return True
        if self.has_arrived(announcement):
            return False
        lately = text_of(now - TRIES_FOR)
        return any(
            row["platform"] != platform
            and (row["state"] != "held" or row["reason"] != "token")
            and (row["state"] != "pending" or (not row["attempts"] and str(row["not_before"]) > lately))
            for row in rows
        )

    # The clock

    def recover(
        self, platform: str, now: datetime, ended: datetime, *, again: bool = False, but: Collection[int] = ()
    ) -> None:
        over = [row for row in self.those(*UNDER_WAY, platform=platform)
                if str(row["lease_until"]) <= text_of(ended) and row["id"] not in but]  # fmt: skip
        for row in over:
            if row["state"] == "leased":
                self.put(row, now, state="pending", token="")
            elif again:
                self.put(row, now, state="pending", token="", decision="again")
        unclear = [self.put(row, now, state="uncertain", reason="the sender stopped", decision="", token="")
                   for row in over if row["state"] == "sending" and not again]  # fmt: skip
        for row in unclear:
            self.became_unclear(row, now)

    def expire(self, platform: str, now: datetime) -> None:
        def over() -> list[Row]:
            return [row for row in self.those("pending", "held", platform=platform)
                    if row["expires_at"] is not None and str(row["expires_at"]) <= text_of(now)]  # fmt: skip

        self.goes_unclear(over(), now)
        gone = over()
        for row in gone:
            self.put(row, now, state="expired")
        for fresh in self.new:  # what is said again because it is unclear, and is as late
            if fresh["expires_at"] is not None and str(fresh["expires_at"]) <= text_of(now):
                fresh["state"] = "expired"
                gone.append(fresh)
        for row in gone:
            self.cancels_rest(row["package"], row["part"], now)

    def keep_quiet(self, platform: str, now: datetime, until: datetime) -> None:
        at = text_of(now)
        for row in self.those("pending", platform=platform):
            if not row["any_hour"] and str(row["not_before"]) <= at:
                self.put(row, now, state="held", reason="quiet hours", not_before=text_of(until))

    def end_quiet(self, platform: str, now: datetime) -> None:
        at = text_of(now)
        for row in self.those("held", platform=platform, reason="quiet hours"):
            if str(row["not_before"]) <= at:
                self.put(row, now, state="pending", reason="")

    def quiet_changed(self, now: datetime) -> None:
        for row in self.those("held", reason="quiet hours"):
            self.put(row, now, not_before=text_of(now))

    def last_noted(self) -> dict[tuple[object, object], str]:
        found = self.asks("select platform, chat_id, max(noted_at) as t from inbox group by platform, chat_id")
        return {(row["platform"], row["chat_id"]): str(row["t"]) for row in found}

    def keep_windows(
        self, platform: str, windows: Mapping[str, timedelta], never: Collection[str], now: datetime
    ) -> None:
        shut = self._shut(windows, never, now)
        for row in self.those("pending", platform=platform):
            if str(row["not_before"]) <= text_of(now) and shut(row):
                self.put(row, now, state="held", reason="window")
        for row in self.those("held", platform=platform, reason="window"):
            if row["chat_kind"] in windows and not shut(row):
                self.put(row, now, state="pending", reason="")

    def _shut(self, windows: Mapping[str, timedelta], never: Collection[str], now: datetime) -> Callable[[Row], bool]:
        noted = self.last_noted()

        def shut(row: Row) -> bool:
            lasts = windows.get(str(row["chat_kind"]))
            if lasts is None:
                return row["chat_kind"] in never
            return noted.get((row["platform"], row["chat_id"]), "") <= text_of(now - lasts)

        return shut

    def shut_out(
        self, rows: Sequence[Leased], windows: Mapping[str, timedelta], never: Collection[str], now: datetime
    ) -> set[int]:
        shut = self._shut(windows, never, now)
        return {row.id for row in rows if shut(self.rows[row.id])}

    def on_their_way(self, platform: str) -> Counter[str]:
        return Counter(str(row["chat_kind"]) for row in self.those(*UNDER_WAY, platform=platform, klass="routine"))

    def keep_quota(
        self,
        platform: str,
        room: int,
        now: datetime,
        next_month: datetime,
        kinds: Collection[str] = ("private", "group"),
    ) -> None:
        at = text_of(now)
        counted = [row for row in self.those("pending", "held", platform=platform, klass="routine", decision="")
                   if row["chat_kind"] in kinds]  # fmt: skip
        due = [row for row in counted if row["state"] == "pending" and str(row["not_before"]) <= at]
        held = [row for row in counted if row["state"] == "held" and row["reason"] == "quota"]
        packages: dict[object, list[Row]] = {}
        for row in sorted((*due, *held), key=lambda row: number(row["id"])):
            packages.setdefault(row["package"], []).append(row)
        ranked = sorted(
            packages.items(),
            key=lambda one: (all(row["chat_kind"] != "private" for row in one[1]), number(one[1][0]["id"])),
        )
        total, fits = 0, set()
        for package, own in ranked:
            total += len(own)
            if total <= room:
                fits.add(package)
        for row in due:
            if row["package"] not in fits:
                self.put(row, now, state="held", reason="quota", not_before=text_of(next_month))
        # What is held by now takes part in the second count; the sums are the same.
        for row in self.those("held", platform=platform, reason="quota"):
            if row["package"] in fits:
                self.put(row, now, state="pending", reason="", not_before=at)

    def last_counted(self, rows: Sequence[Leased], most: int, kinds: Collection[str]) -> set[int]:
        own = [row for one in rows if (row := self.rows[one.id])["klass"] == "routine" and row["decision"] == ""
               and row["chat_kind"] in kinds]  # fmt: skip
        own.sort(key=lambda row: (row["chat_kind"] == "private", -number(row["id"])))
        return {number(row["id"]) for row in own[:most]}

    def gone(self, platform: str, now: datetime) -> list[Row]:
        stopped = {s["announcement"] for s in self.stops if not s["resumed_at"]}
        under_way = {row["announcement"] for row in self.those("pending", *UNDER_WAY, platform=platform)}
        lately = text_of(now - TRIES_FOR)
        return [
            row for row in self.rows.values()
            if row["state"] in ("failed", "uncertain") and row["gone"] and row["platform"] == platform
            and (not row["announcement"] or (row["announcement"] not in stopped
                 and (row["announcement"] not in under_way or str(row["updated_at"]) <= lately)))
        ]  # fmt: skip

    def told_gone(self, rows: Sequence[Leased]) -> None:
        for one in rows:
            self.put(self.rows[one.id], None, gone=0)

    def next_time(self, platform: str, now: datetime) -> datetime | None:
        at = text_of(now)
        times = [str(row["not_before"]) for row in self.those("pending", "held", platform=platform)]
        times += [
            str(row["expires_at"]) for row in self.those("pending", "held", platform=platform) if row["expires_at"]
        ]
        times += [str(row["lease_until"]) for row in self.those(*UNDER_WAY, platform=platform)]
        times += [str(row["until"]) for row in self.read_pauses() if row["platform"] == platform]
        later = [time for time in times if time > at]
        return time_of(min(later)) if later else None

    def due(self, platforms: Sequence[str], now: datetime, ended: datetime) -> dict[str, Due]:
        return {platform: self._due(platform, text_of(now), text_of(ended)) for platform in platforms}

    def _due(self, platform: str, at: str, ended: str) -> Due:
        waiting = self.those("pending", platform=platform)
        held = self.those("held", platform=platform)
        come = {row["reason"] for row in held if str(row["not_before"]) <= at}
        return Due(
            leases=any(str(row["lease_until"]) <= ended for row in self.those(*UNDER_WAY, platform=platform)),
            expired=any(row["expires_at"] and str(row["expires_at"]) <= at for row in (*waiting, *held)),
            waiting=any(str(row["not_before"]) <= at for row in waiting),
            quiet="quiet hours" in come,
            canary="canary" in come,
            shut=any(row["reason"] in ("window", "quota") for row in held),
            gone=any(row["gone"] for row in self.all_of(platform=platform) if row["state"] in ("failed", "uncertain")),
            stops=any(
                not stop["told"]
                or (stop["platform"] == platform and stop["reason"] == "token" and not stop["resumed_at"])
                for stop in self.stops
            ),
            pauses=any(row["platform"] == platform and str(row["until"]) > at for row in self.read_pauses()),
        )

    def restless(self, platforms: Sequence[str], now: datetime) -> list[str]:
        due = self.due(platforms, now, now + timedelta(days=1))  # who has taken rows up may have died
        return [name for name in platforms if any(v for flag, v in asdict(due[name]).items() if flag != "pauses")]

    # What is gathered

    def digests_due(self, now: datetime) -> list[tuple[object, ...]]:
        due = {
            (row["platform"], row["chat_id"], row["locale"])
            for row in self.those("held", reason="digest") if str(row["not_before"]) <= text_of(now)
        }  # fmt: skip
        return sorted(due, key=str)

    def take_gathered(self, chat: Chat, locale: str, now: datetime) -> list[Row]:
        own = {"platform": chat.platform, "chat_id": chat.id}
        rows = [row for row in self.those("held", reason="digest", locale=locale, **own)
                if str(row["not_before"]) <= text_of(now)]  # fmt: skip
        return [self.put(row, now, state="cancelled", reason="in the digest") for row in rows]

    def together(self, now: datetime) -> list[tuple[object, ...]]:
        return [
            (row["platform"], row["chat_id"], row["package"], row["locale"])
            for row in self.those("held", reason="together", announcement=0)
            if str(row["not_before"]) <= text_of(now)
        ]

    def take_together(self, chat: Chat, packages: str, now: datetime) -> list[Row]:
        own = {"platform": chat.platform, "chat_id": chat.id}
        rows = [row for row in self.those("held", reason="together", **own) if str(row["package"]).startswith(packages)]
        return [self.put(row, now, state="cancelled", reason="in the digest") for row in rows]

    def begun(self, chat: Chat, packages: str, since: datetime) -> datetime | None:
        times = [
            str(row["created_at"]) for row in self.all_of(platform=chat.platform, chat_id=chat.id)
            if str(row["package"]).startswith(packages) and number(row["part"]) > 0
            and (str(row["created_at"]) > text_of(since) or row["state"] in OPEN)
        ]  # fmt: skip
        return time_of(max(times)) if times else None

    # People

    def cancel(self, now: datetime, *, package: str = "", announcement: int = 0, reason: str) -> int:
        own: dict[str, object] = {"package": package} if package else {"announcement": announcement}
        self.goes_unclear(self.those(*WAITING, **own), now, "drop")
        rows = self.those(*WAITING, **own)
        for row in rows:
            self.put(row, now, state="cancelled", reason=reason[:200])
        return len(rows)

    def decide(self, row_id: int, decision: str, now: datetime) -> bool:
        row = self.rows[row_id]
        if row["state"] != "uncertain" or row["decision"] != "":
            return False
        if decision == "received":
            self.put(row, now, state="sent", decision=decision, reason="")
            self.releases(row["package"], now)
            return True
        row = self.put(row, now, decision=decision)
        if decision == "resend":
            self.repeats(row, now)
            self.releases(row["package"], now)
        else:
            self.cancels_rest(row["package"], row["part"], now)
        return True

    def decide_all(
        self, announcement: int, decision: str, now: datetime, *, since: datetime, until: datetime, cause: str
    ) -> int:
        rows = [
            number(row["id"]) for row in self.all_of(announcement=announcement, state="uncertain", decision="")
            if text_of(since) <= str(row["updated_at"]) <= text_of(until)
            and (not cause or (row["reason"] == "the sender stopped") == (cause == "cut"))
        ]  # fmt: skip
        return sum(self.decide(row_id, decision, now) for row_id in sorted(rows))

    def arrived(self, package: str, now: datetime) -> int:
        rows = self.all_of(package=package, state="uncertain")
        for row in rows:
            self.put(row, now, state="sent", reason="")
        for row in rows:
            self.is_there_after_all(package, row["part"], now)
        return len(rows)

    def vouched(self, package: str, now: datetime) -> int:
        last = max((number(row["part"]) for row in self.all_of(package=package)), default=0)
        unclear = self.all_of(package=package, state="uncertain")
        said = [row for row in unclear if number(row["part"]) < last]
        for row in said:
            self.put(row, now, state="sent", reason="", decision="received")
        for row in unclear:
            if row not in said and row["decision"] == "":
                self.put(row, now, decision="drop")
        for row in said:
            self.is_there_after_all(package, row["part"], now)
        waiting = self.those(*WAITING, package=package)
        if all(number(row["part"]) == last for row in waiting):
            for row in waiting:
                self.put(row, now, state="cancelled", reason="answered")
        return len(said)

    def resume(self, announcement: int, now: datetime) -> int:
        platforms = sorted({str(row["platform"]) for row in self.those("held", announcement=announcement)})
        if any(s["announcement"] == announcement and not s["resumed_at"] for s in self.stops):
            for row in self.all_of(announcement=announcement):
                if row["state"] in ("failed", "uncertain"):
                    self.put(row, None, gone=0)
        self.ends_stops(now, announcement=announcement)
        for row in self.those("held", announcement=announcement, reason="restored", part=0):
            self.put(row, now, reason="digest")
        stopped = [row for row in self.those("held", announcement=announcement)
                   if row["reason"] in ("breaker", "poison", "restored")]  # fmt: skip
        for row in stopped:
            goes = {"state": "held", "reason": "canary"} if announcement else {"state": "pending", "reason": ""}
            self.put(row, now, **goes)
        metered = self.those("held", announcement=announcement, reason="quota")
        for row in metered:
            self.put(row, now, reason="canary", decision="send", not_before=text_of(now))
        refused = self.those("held", announcement=announcement, reason="token")
        self.try_token_again({str(row["platform"]) for row in refused}, now)
        for platform in platforms:
            self.advance(platform, now)
        return len(stopped) + len(metered) + len(refused)

    def retry(self, announcement: int, now: datetime, package: str = "") -> int:
        gone = {row["instead_of"] for row in self.asks("select instead_of from detours")}
        own = [row for row in self.all_of(announcement=announcement) if row["package"] not in gone]
        failed: dict[object, list[int]] = {}
        for row in own:
            if row["state"] == "failed":
                failed.setdefault(row["package"], []).append(number(row["part"]))
        rows = [
            row for row in own
            if package in ("", row["package"]) and (row["state"] == "failed" or (
                row["state"] == "cancelled" and str(row["reason"]).startswith("part ")
                and any(part < number(row["part"]) for part in failed.get(row["package"], ()))))
        ]  # fmt: skip
        return self.again(sorted(rows, key=lambda row: number(row["id"])), now)

    # Ways round

    def take_off(self, package: str, now: datetime, *, waiting: bool = False) -> list[int]:
        """Cancel what is left of a package that another chat gets; [] where it has to stay."""
        if any(row["instead_of"] == package for row in self.asks("select instead_of from detours")):
            return []
        last: dict[object, Row] = {}
        for row in sorted(self.all_of(package=package), key=lambda row: (number(row["part"]), number(row["id"]))):
            if last.get(row["part"], {}).get("state") != "sent":
                last[row["part"]] = row
        rest = [row for row in last.values() if row["state"] in WAITING]
        if any(row["state"] in ("sending", "uncertain", "expired") for row in last.values()):
            return []
        if rest and not waiting and not has_no_way(rest[0]):
            return []
        if not rest and all(row["state"] != "failed" for row in last.values()):
            return []
        for row in rest:
            self.put(row, now, state="cancelled", reason="elsewhere", token="")
        return [number(row["id"]) for row in last.values()]

    def stuck(self, announcement: int, since: datetime) -> list[str]:
        gone = {row["instead_of"] for row in self.asks("select instead_of from detours")}
        found = {
            str(row["package"]) for row in self.all_of(announcement=announcement)
            if str(row["updated_at"]) > text_of(since) and (row["state"] == "failed" or has_no_way(row))
        }  # fmt: skip
        return sorted(found - gone)

    # What the screens ask

    def frozen(self, announcement: int) -> list[Row]:
        """Return the rows of those who were chosen at first, without repeats and ways round."""
        round_about = {row["package"] for row in self.asks("select package from detours")}
        return [row for row in self.all_of(announcement=announcement, resend_of=0) if row["package"] not in round_about]

    def standing(self, announcement: int) -> list[tuple[object, ...]]:
        kinds: dict[tuple[str, str], list[str]] = {}
        for row in self.frozen(announcement):
            kinds.setdefault((str(row["state"]), str(row["reason"])), []).append(str(row["not_before"]))
        return [(*kind, len(times), time_of(min(times))) for kind, times in sorted(kinds.items())]

    def holding(self, announcement: int) -> list[tuple[object, ...]]:
        """Return the stops that hold rows of it."""
        held = {(row["platform"], row["reason"]) for row in self.those("held", announcement=announcement)}
        return [
            told(stop) for stop in self.stops
            if not stop["resumed_at"] and stop["announcement"] in (0, announcement)
            and any(stop["platform"] in ("", platform) and stop["reason"] == reason for platform, reason in held)
        ]  # fmt: skip

    def delivered(self, package: str) -> list[tuple[object, ...]]:
        last = {row["part"]: row for row in sorted(self.all_of(package=package, state="sent"), key=_by_id)}
        return [
            (part, (row["platform"], row["chat_id"]), row["locale"], row["message_id"])
            for part, row in sorted(last.items(), key=lambda one: number(one[0]))
        ]

    def counts(self, announcement: int) -> dict[str, int]:
        return dict(Counter(str(row["state"]) for row in self.frozen(announcement)))

    def waiting(self, platform: str) -> int:
        return len(self.those(*WAITING, platform=platform, klass="routine"))

    def planned(self, platform: str, until: datetime) -> int:
        return sum(str(row["not_before"]) < text_of(until) for row in self.those(*WAITING, platform=platform))

    def running(self, platform: str) -> list[int]:
        rows = self.those(*OPEN, platform=platform)
        rows += self.all_of(platform=platform, state="uncertain", decision="")
        return sorted({number(row["announcement"]) for row in rows if row["announcement"]})

    # New rows

    def numbers_waiting(self, chats: Sequence[Chat]) -> dict[Chat, list[range]]:
        return {chat: self.waiting_in(chat) for chat in chats}

    def waiting_in(self, chat: Chat) -> list[range]:
        lists = [
            json.loads(str(row["choices"])) for row in self.those(*OPEN, platform=chat.platform, chat_id=chat.id)
            if row["choices"]
        ]  # fmt: skip
        return [numbers_of(pairs, first) for pairs, first, numbered, _ in lists if numbered]

    def insert(self, rows: Sequence[NewRow], now: datetime, actions: Sequence[str] = ()) -> bool:
        keys = {row["key"] for row in self.rows.values()}
        for row in rows:
            if row.key in keys:
                return False
            self.new.append(as_written(row, now))
        return True

    def insert_each(self, rows: Sequence[NewRow], now: datetime, actions: Sequence[str] = ()) -> None:
        self.new += [as_written(row, now) for row in rows]

    def present(self, keys: Sequence[str]) -> frozenset[str]:
        return frozenset(str(row["key"]) for row in self.rows.values() if row["key"] in keys)

    def takes(self, rows: Sequence[Row]) -> None:
        """See new rows as there, before what comes after them."""
        for row in rows:
            self.rows[number(row["id"])] = self.open[number(row["id"])] = row

    def has_others(self, announcement: int, package: str) -> bool:
        return any(row["package"] != package for row in self.all_of(announcement=announcement))

    def window_is_open(self, chat: Chat, since: datetime) -> bool:
        own = {"platform": chat.platform, "chat_id": chat.id}
        shut = [str(row["updated_at"]) for row in self.those("pending", *UNDER_WAY, reason="window", **own)]
        noted = self.last_noted().get((own["platform"], own["chat_id"]), "")
        return noted > text_of(since) and all(at < noted for at in shut)


def numbers_of(pairs: Sequence[Sequence[object]], first: int) -> range:
    """Return the numbers of choices as they are stored; what stands apart from them, as a way out, has none."""
    return range(first, first + sum(len(pair) == 2 for pair in pairs))


def _by_id(row: Row) -> int:
    return number(row["id"])


def has_no_way(row: Mapping[str, object]) -> bool:
    """Tell whether the row surely has not left, and will not soon."""
    if row["state"] == "pending":
        return row["reason"] == "window"
    return row["state"] == "held" and row["reason"] in ("token", "off", "quota", "window")


def as_written(row: NewRow, now: datetime) -> Row:
    return {
        "klass": row.klass, "announcement": row.announcement, "package": row.package, "part": row.part, "key": row.key,
        "platform": row.chat.platform, "chat_id": row.chat.id, "chat_kind": row.chat.kind, "locale": row.locale,
        "choices": row.choices, "any_hour": int(row.any_hour), "state": row.state, "reason": row.reason,
        "decision": "", "resend_of": row.resend_of, "replacing": row.replacing, "attempts": 0, "gone": 0,
        "not_before": text_of(row.not_before), "created_at": text_of(now), "updated_at": text_of(now),
        "expires_at": None if row.expires_at is None else text_of(row.expires_at), "written": row.message,
    }  # fmt: skip


def told(stop: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(stop[name] for name in ("announcement", "platform", "reason", "detail", "held"))
