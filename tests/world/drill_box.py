"""What is put into the outbox, drilled: words of exactly a messenger's length, lists beside others, months, windows.

It is put beside rows drawn at random, and held against `outbox_written.py` and the counts of `little_months.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.messages import Button, Message, answers_of
from bot.core.platform import PLAIN, RICH, Capabilities, Usage
from bot.core.text import Text, utf16_len
from bot.features.outbox import quota
from bot.features.outbox.box import LONGEST_KEY, Outbox, Parcel
from bot.features.outbox.digest import Digest
from bot.features.outbox.homes import BotHome
from bot.features.outbox.quota import Need

from .drill_bench import Bench, at_once
from .drill_rows import AHEAD, PACKAGES, PLATFORMS
from .little_months import needs, told
from .little_place import Minutes, place_of
from .outbox_plain import MARK, PlainOutbox
from .outbox_written import Asked, Written, WrittenEach
from .timeline import BEGAN
from .vendor import Vendor

ROOM = utf16_len(MARK) + 1
"""What a repeat needs more."""
SHORT = 60
"""Letters that a messenger of a drill takes at a time, beside its hints."""
OFF = Chat("elsewhere", "c-0", "private")


def same(locale: str, message: str, context: str | None = None) -> str:
    """Say in which language it is said; the mark of a repeat is the same in all."""
    return message if message.startswith((MARK, "**", "Tin ")) else f"{locale}: {message}"


class DrawnVendor:
    """A messenger as far as it is asked here, with limits of its own. In the place of a Vendor."""

    def __init__(self, name: str, chance: Random) -> None:
        self.name = name
        base = RICH if name == "rich" else PLAIN
        self.window = chance.random() < 0.3
        self.closed = chance.random() < 0.2
        self.kinds: dict[ChatKind, Capabilities] = {
            "private": replace(base["private"], text_limit=SHORT * 3, push="window" if self.window else "always",
                               window_hours=1 / 60),
            "group": replace(base["group"], text_limit=SHORT * 3, push="never" if self.closed else "always"),
        }  # fmt: skip
        self.limit = chance.choice((None, 0, 10, 40, 41, 100))
        self.used = chance.choice((0, 3, 8, 34, 40, 85, 99))
        self.counted: frozenset[ChatKind] = frozenset(chance.choice((("private",), ("private", "group"))))
        self.since = chance.choice((None, BEGAN - timedelta(days=1), BEGAN - timedelta(days=4)))
        self.idempotent = chance.random() < 0.3
        self.asked = 0
        self.calls: list[object] = []

    async def usage(self) -> Usage | None:
        self.asked += 1
        return None if self.limit is None else Usage(self.used, self.limit, kinds=self.counted, since=self.since)


class BoxDrill:
    def __init__(self, bench: Bench, chance: Random, now: datetime) -> None:
        self._bench = bench
        self._chance = chance
        self._now = now
        self._woken: list[str] = []
        self._vendors = cast("Mapping[str, DrawnVendor]", bench.vendors)
        self._outbox = Outbox(
            rows=bench.rows, capabilities={name: one.kinds for name, one in self._vendors.items()}, translate=same,
            link_to=lambda name: None, quiet=place_of(bench.plan.seed).quiet, wake=self._wakes, digest=Minutes(),
            usage={name: one.usage for name, one in self._vendors.items()}, homes={"rich": BotHome(7, "b7")},
        )  # fmt: skip

    def _wakes(self, platform: str = "", /) -> None:
        self._woken.append(platform)

    def _say(self, what: str) -> None:
        self._bench.lockstep.say("drill, box", what)

    def _pick(self, *choices: object) -> object:
        return self._chance.choice(choices)

    def run(self) -> None:
        drills = (self._adds, self._adds, self._adds, self._adds_several, self._adds_each, self._edits,
                  self._forecasts, self._needs, self._refuses, self._digests, self._decides)  # fmt: skip
        for drill in drills:
            with self._bench.undone():
                try:
                    drill()
                except Exception as error:
                    self._say(f"{drill.__name__}: {type(error).__name__}: {error}")

    def _chat(self) -> Chat:
        kind = self._chance.choice(("c-0", "c-1", "g-0"))
        return Chat(self._chance.choice(PLATFORMS), kind, "group" if kind.startswith("g") else "private")

    def _message(self, chat: Chat) -> Message:
        limit = self._vendors[chat.platform].kinds[chat.kind].text_limit - ROOM
        length = self._chance.choice((20, 20, limit - 1, limit, limit + 1, limit * 2))
        buttons = [Button(f"Chọn {at}", f"a|{at}") for at in range(self._chance.choice((0, 0, 1, 2, 3)))]
        if buttons and self._chance.random() < 0.3:
            buttons.append(Button("Về", "b", apart=True))
        return Message(Text.verbatim("chữ " * (length // 4) + "x" * (length % 4)), tuple(buttons))

    def _new_since(self, plain: PlainOutbox) -> list[dict[str, object]]:
        self._bench.reads()
        return [row for at, row in sorted(self._bench.ledger.rows.items()) if at not in plain.rows]

    def _adds(self) -> None:
        chat = self._chat()
        message = self._message(chat)
        announcement = self._chance.choice((0, 0, 1, 2, 9))
        key = f"{self._chance.choice((*PACKAGES[:3], 'fresh', 'fresh', 'fresh', 'fresh'))}"
        klass = "routine" if announcement else self._chance.choice(("notice", "request", "urgent"))
        low = klass == "notice" and not announcement and self._chance.random() < 0.4
        named: dict[str, object] = {
            "key": key, "now": self._now, "klass": klass, "announcement": announcement, "low": low,
            "not_before": self._pick(None, None, self._now - timedelta(seconds=9),
                                     self._now + timedelta(seconds=self._chance.choice(AHEAD))),
            "expires_at": None if low else self._pick(None, self._now + timedelta(seconds=40)),
            "answering": self._chance.random() < 0.2,
            "locale": self._pick("vi", "en"),
        }  # fmt: skip
        plain = self._bench.lockstep.plain("add")
        of = Asked(chat, [message], **named)  # type: ignore[arg-type]
        books = Written(self._bench, plain, of)  # type: ignore[arg-type]
        self._woken.clear()
        answer = at_once(self._outbox.add(chat, message, **named))  # type: ignore[arg-type]
        rows = self._new_since(plain)
        there = any(row["key"] == f"{key}/1" for row in plain.rows.values())
        if answer == there or there == bool(rows):
            self._say(f"adding {key} answers {answer} and writes {len(rows)} rows; it was there: {there}")
        if rows and not books.gathers and self._woken != [chat.platform]:
            self._say(f"adding {key} wakes {self._woken}")
        for line in at_once(books.wrong(rows)) if rows else ():
            self._say(line)
        if rows and not books.gathers:
            self._fits(chat, message, rows, str(named["locale"]))

    def _fits(self, chat: Chat, message: Message, rows: Sequence[Mapping[str, object]], locale: str) -> None:
        """Each part can be repeated with its mark, and there are no more parts than that needs."""
        limit = self._vendors[chat.platform].kinds[chat.kind].text_limit
        stored = [self._bench.lockstep._stored(row) for row in rows]
        said = ["".join(span[0] for span in cast("list[list[str]]", one["t"])) for one in stored]
        if any(utf16_len(f"{MARK} {words}") > limit for words in said):
            self._say(f"{rows[0]['package']} cannot be said again in one call")
        if not answers_of(message.buttons) and (len(rows) == 1) != (utf16_len(message.text.plain) + ROOM <= limit):
            self._say(f"{rows[0]['package']} of {utf16_len(message.text.plain)} letters has {len(rows)} parts")
        if "".join("".join(said).split()).find("".join(message.text.plain.split())) < 0:
            self._say(f"{rows[0]['package']} does not say what it should")
        if chat.platform == "plain" and answers_of(message.buttons) and f"{locale}: (" not in said[-1]:
            self._say(f"{rows[0]['package']} does not say how to choose: {said[-1]!r}")
        listed = chat.platform == "plain" and bool(answers_of(message.buttons))
        if ("ention me" in said[-1]) != (listed and chat.kind == "group"):
            self._say(f"{rows[0]['package']} to a {chat.kind} chat says {said[-1]!r}")

    def _adds_several(self) -> None:
        """Of lists that leave together each has numbers of its own, beside those that are open or on their way."""
        chat = Chat("plain", *self._chance.choice((("c-0", "private"), ("g-0", "group"))))
        counts = [self._chance.choice((1, 2, 3)) for _ in range(self._chance.choice((2, 3)))]
        messages = [
            Message(Text.verbatim(f"Câu {nth}"), tuple(Button(f"Chọn {at}", "a") for at in range(count)))
            for nth, count in enumerate(counts)
        ]
        plain = self._bench.lockstep.plain("add")
        books = Written(self._bench, plain, Asked(chat, messages, "fresh", self._now))  # type: ignore[arg-type]
        at_once(self._outbox.add(chat, messages, key="fresh", now=self._now))
        has = [json.loads(str(row["choices"]))[1] for row in self._new_since(plain) if row["choices"]]
        taken, wanted = books.taken(), []
        for count in counts:
            first = books._free(count, taken)
            taken.append(range(first, first + count))
            wanted.append(first)
        if has != wanted:
            self._say(f"lists of {counts} begin with {has} instead of {wanted}")

    def _adds_each(self) -> None:
        """Packages of an announcement that are put in together stand there as if put in one after the other."""
        chance, announcement = self._chance, self._chance.choice((1, 2, 9))
        chats = [self._chat() for _ in range(chance.choice((1, 2, 3, 5)))]
        parcels = [
            Parcel(chat, [self._message(chat)], chance.choice((*PACKAGES[:2], f"fresh{nth}", f"fresh{nth}", "fresh0")),
                   chance.choice(("vi", "en")))
            for nth, chat in enumerate(chats)
        ]  # fmt: skip
        named: dict[str, object] = {
            "now": self._now, "klass": chance.choice(("routine", "urgent")), "announcement": announcement,
            "not_before": self._pick(None, self._now + timedelta(seconds=chance.choice(AHEAD))),
            "expires_at": self._pick(None, self._now + timedelta(seconds=40)),
        }  # fmt: skip
        plain = self._bench.lockstep.plain("add")
        asked = [Asked(one.chat, one.messages, one.key, locale=one.locale, **named) for one in parcels]  # type: ignore[arg-type]
        books = WrittenEach(self._bench, plain, asked)  # type: ignore[arg-type]
        self._woken.clear()
        answer = at_once(self._outbox.add_each(parcels, **named))  # type: ignore[arg-type]
        new = self._new_since(plain)
        for line in at_once(books.wrong(new, answer)):
            self._say(line)
        wanted = [*dict.fromkeys(str(row["platform"]) for row in new)]
        if self._woken != wanted:
            self._say(f"adding {[one.key for one in parcels]} wakes {self._woken} instead of {wanted}")

    def _edits(self) -> None:
        package = self._chance.choice(PACKAGES)
        plain = self._bench.lockstep.plain("edit")
        sent = plain.delivered(package)
        old = [str(one[3]) for one in sent]
        rows = plain.all_of(package=package)
        whole = bool(sent) and all(old) and plain.is_whole(package)
        chat = Chat("rich", "c-0", "private")
        if sent:
            (platform, chat_id), kind = cast("tuple[tuple[str, str], object]", sent[0][1:3])
            kind = next(row["chat_kind"] for row in rows)
            chat = Chat(platform, chat_id, "group" if kind == "group" else "private")
        limit = self._vendors[chat.platform].kinds[chat.kind].text_limit - ROOM
        parts = self._chance.choice((1, 1, 2, 3))
        messages = [Message(Text.verbatim("x" * self._chance.choice((1, limit)))) for _ in range(parts)]
        may = whole and self._vendors[chat.platform].kinds[chat.kind].edit and parts >= len(old)
        klass = self._chance.choice(("notice", "urgent"))
        named: dict[str, object] = {"key": "fresh", "now": self._now, "klass": klass,
                                    "expires_at": self._pick(None, self._now + timedelta(seconds=40))}  # fmt: skip
        locale = str(sent[0][2]) if sent else "vi"
        of = Asked(chat, messages, **named, locale=locale, replacing=old, silent=parts == len(old))  # type: ignore[arg-type]
        books = Written(self._bench, plain, of)  # type: ignore[arg-type]
        answer = at_once(self._outbox.edit(package, messages, **named))  # type: ignore[arg-type]
        new = self._new_since(plain)
        if (answer, len(new)) != (may, parts * may):
            self._say(f"editing {package} answers {answer} and writes {len(new)} rows instead of {parts * may}")
        for line in at_once(books.wrong(new)) if new else ():
            self._say(line)

    def _forecasts(self) -> None:
        chats = list(dict.fromkeys(self._chat() for _ in range(self._chance.randrange(1, 6))))
        chats += [OFF] * self._chance.randrange(2)
        message = Message(Text.verbatim("x" * self._chance.choice((20, SHORT * 5))))
        plain = self._bench.lockstep.plain("forecast")
        found = at_once(self._outbox.forecast(chats, message, now=self._now))
        if [need.platform for need in found] != sorted({chat.platform for chat in chats}):
            self._say(f"a forecast for {chats} tells of {[need.platform for need in found]}")
            return
        for need in found:
            own: dict[ChatKind, int] = {}
            shut = 0
            for chat in chats:
                if chat.platform != need.platform:
                    continue
                if chat.platform == OFF.platform or not self._may_push(plain, chat):
                    shut += 1
                elif chat.kind in own:
                    own[chat.kind] += 1 + (len(message.text.plain) > SHORT)
                else:
                    own[chat.kind] = 1 + (len(message.text.plain) > SHORT)
                if chat.platform != OFF.platform:
                    own.setdefault(chat.kind, 0)
            self._need_is_right(need, own, shut, self._now)

    def _may_push(self, plain: PlainOutbox, chat: Chat) -> bool:
        caps = self._vendors[chat.platform].kinds[chat.kind]
        since = self._now - timedelta(hours=caps.window_hours)
        return caps.push == "always" or (caps.push == "window" and plain.window_is_open(chat, since))

    def _need_is_right(self, need: Need, calls: Mapping[ChatKind, int], shut: int, now: datetime) -> None:
        vendor = self._vendors.get(need.platform)
        in_all = sum(calls.values())
        if (need.calls, need.unreachable) != (in_all, shut):
            self._say(f"{need.platform} needs {need.calls} calls, {need.unreachable} in vain, of {in_all}, {shut}")
        if vendor is None or vendor.limit is None or not vendor.counted & calls.keys():
            has = (need.left, need.for_bulk, need.missing(), need.missing(urgent=True), need.counted, need.limit,
                   need.waiting, need.reserve, need.expected)  # fmt: skip
            if has != (None, None, 0, 0, 0, 0, 0, 0, 0):
                self._say(f"{need} of what is not counted")
            return
        usage = Usage(vendor.used, vendor.limit, kinds=vendor.counted, since=vendor.since)
        counted = sum(count for kind, count in calls.items() if kind in vendor.counted)
        rows = [row for row in self._bench.ledger.rows.values() if row["platform"] == need.platform]
        wanted = needs(vendor.used, usage, in_all, counted, now, rows)
        if told(need) != wanted:
            self._say(f"{need.platform} needs {told(need)} instead of {wanted}")

    def _needs(self) -> None:
        """Months at any time of a year, as at the moment when one begins in Vietnam."""
        chance = self._chance
        month = datetime(2026 + chance.randrange(2), chance.randrange(1, 13), 1, tzinfo=UTC) - timedelta(hours=7)
        now = month + timedelta(
            days=chance.choice((0, 0, 1, 3, 4, 15, 27, 30)), seconds=chance.choice((-1, 0, 0, 1, 9))
        )
        vendor = self._vendors[chance.choice(PLATFORMS)]
        vendor.since = chance.choice((None, now - timedelta(days=2), now - timedelta(days=8), now - timedelta(days=40)))
        kinds: tuple[ChatKind, ...] = chance.choice((("private",), ("group",), ("private", "group")))
        calls = {kind: chance.choice((0, 1, 5, 30, 60)) for kind in kinds}
        ends = quota.next_month(now)
        for row in [*self._bench.ledger.rows.values()][:3]:
            at = (ends + timedelta(seconds=chance.choice((-1, 0, 1)))).isoformat(" ")
            self._bench.connection.execute("update outbox set not_before = ? where id = ?", (at, row["id"]))
        self._bench.reads()
        self._need_is_right(at_once(self._outbox.months.need(vendor.name, calls, 2, now)), calls, 2, now)

    def _refuses(self) -> None:
        """See that what cannot be is refused, and that nothing of it is written."""

        def add(chat: Chat, key: str, *, low: bool = False) -> bool:
            return at_once(self._outbox.add(chat, Message(Text.verbatim("x")), key=key, now=self._now, low=low))

        chat, low = self._chat(), self._chance.random() < 0.5
        plain = self._bench.lockstep.plain("add")
        wanted: Sequence[tuple[Callable[[], object], type[Exception]]] = (
            (lambda: add(OFF, "fresh", low=low), LookupError),
            (lambda: add(chat, "k" * (LONGEST_KEY + 1), low=low), ValueError),
            (lambda: at_once(self._outbox.cancel(self._now, reason="so")), ValueError),
            (lambda: at_once(self._outbox.cancel(self._now, reason="so", key="p1", announcement=1)), ValueError),
        )
        for nth, (call, error) in enumerate(wanted):
            try:
                call()
            except error:
                pass
            else:
                self._say(f"what cannot be done is done, {nth}")
        if self._new_since(plain):
            self._say("what cannot be done is written")
        if not add(chat, "k" * 90):
            self._say("a key of 90 letters is too long")
        homes = {unit: {*self._outbox.capabilities_for(unit)} for unit in (7, 8)}
        if homes != {7: {"rich", "plain"}, 8: {"plain"}}:
            self._say(f"homes are {homes}")

    def _digests(self) -> None:
        """What is due stands in one digest for each chat and language, with all its choices."""
        plain = self._bench.lockstep.plain("digest")
        due: dict[tuple[object, ...], list[dict[str, object]]] = {}
        for row in plain.those("held", reason="digest"):
            if str(row["not_before"]) <= self._now.isoformat(" "):
                due.setdefault((row["platform"], row["chat_id"], row["locale"]), []).append(row)
        at_once(Digest(self._outbox).tick(self._now))
        new = self._new_since(plain)
        has: dict[tuple[object, ...], dict[str, object]] = {
            (row["platform"], row["chat_id"], row["locale"]): row for row in new if row["part"] == 1
        }
        if {*has} != {*due}:
            self._say(f"digests are for {[*has]} instead of {[*due]}")
            return
        for where, rows in due.items():
            words = [self._text(row) for row in rows]
            wanted = words[0] if len(rows) == 1 else "\n\n".join(
                [f"Tin trong ngày ({len(rows)} tin)", *(f"Tin {n}: {one}" for n, one in enumerate(words, start=1))]
            )  # fmt: skip
            said = self._text(has[where])
            if said != wanted or has[where]["package"] != f"digest:{rows[0]['id']}":
                self._say(f"{has[where]['package']} says {said!r} instead of {wanted!r}")
            if any(self._bench.ledger.rows[int(str(row["id"]))]["state"] != "cancelled" for row in rows):
                self._say(f"what stands in {has[where]['package']} still waits")

    def _decides(self) -> None:
        """What somebody decides has the answer of the rows, and wakes all senders; a screen says what they say."""
        box, rows, package = self._outbox, self._bench.rows, self._chance.choice(PACKAGES)
        now, at = self._now, self._chance.choice([*self._bench.ledger.rows])
        since = {"since": now - timedelta(seconds=60), "until": now, "cause": ""}
        wakes: Sequence[Callable[[Any], Coroutine[Any, Any, object]]] = (
            lambda on: on.resume(1, now), lambda on: on.retry(1, now), lambda on: on.decide(at, "resend", now),
            lambda on: on.decide_all(1, "drop", now, **since), lambda on: on.quiet_changed(now),
            lambda on: on.arrived(package, now), lambda on: on.vouched(package, now),
            lambda on: on.retry(1, now, package=package),
        )  # fmt: skip
        asks: Sequence[Callable[[Any], Coroutine[Any, Any, object]]] = (
            lambda on: on.standing(1), lambda on: on.stops(1), lambda on: on.cancel(now, announcement=1, reason="so"),
        )  # fmt: skip
        for nth, call in enumerate((*wakes, *asks)):
            answers = []
            for on in (rows, box):
                self._woken.clear()
                with self._bench.undone():
                    answers.append(at_once(call(on)))
                    self._bench.reads()
                    answers.append(sorted(map(str, self._bench.ledger.rows.values())))
            if answers[:2] != answers[2:]:
                self._say(f"decision {nth} answers {answers[2]} instead of {answers[0]}")
            if nth < len(wakes) and self._woken != [""]:
                self._say(f"decision {nth} wakes {self._woken}")

    def _text(self, row: Mapping[str, object]) -> str:
        stored = self._bench.lockstep._stored(row)
        return "".join(span[0] for span in cast("list[list[str]]", stored["t"]))


def vendors(chance: Random) -> Mapping[str, Vendor]:
    return {name: cast("Vendor", DrawnVendor(name, chance)) for name in PLATFORMS}
