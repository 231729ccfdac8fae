"""Five years of one commune in a SQLite file: thirty villages, two hundred groups, six thousand residents.

The rows are those that the program would have left, written past it in a minute. Texts have the length that officials
write; who reads them is the probe (`benchmarks.waits`).
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.features.outbox import bodies
from bot.storage import schema

VILLAGES, GROUPS, PEOPLE = 30, 200, 6_000
ANNOUNCEMENTS, WEEKS, INDICATORS = 1_000, 260, 45
INBOX, NOTICES = 100_000, 15_000
AUDIT, ACTIONS, LOG, COUNTS, VISITS, ANSWERED = 150_000, 20_000, 60_000, 180_000, 50_000, 20_000
COMMUNE = "yen-mo"
PLATFORM = "telegram"
TEXT = (
    "Ủy ban nhân dân xã mời bà con dự buổi hướng dẫn nộp hồ sơ trực tuyến tại nhà văn hóa thôn. Bà con mang theo căn"
    " cước và điện thoại. Tổ công nghệ số của thôn giúp từng người cài ứng dụng định danh điện tử, tra cứu bảo hiểm y"
    " tế và thanh toán tiền điện. Ai bận thì nhắn cho tổ trưởng để được hẹn buổi khác. "
)

Values = Sequence[object]


@dataclass(frozen=True)
class Years:
    """`now` is the moment at which the five years end; `inbox` is how many events the last thirty days brought.

    `whole`: rows of announcements as versions before wrote them, each with all its words.
    """

    now: datetime
    inbox: int = INBOX
    whole: bool = False

    def ago(self, days: float) -> str:
        return (self.now - timedelta(days=days)).isoformat(" ")

    def day(self, days: float) -> str:
        return (self.now - timedelta(days=days)).date().isoformat()


def fill(path: Path, years: Years) -> None:
    """Fill a new file, which has the schema of today."""
    if not path.exists():
        schema.create(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = off")
        chance = random.Random(30)  # noqa: S311 - plausible, not secret
        for part in (_places, _people, _announcements, _outbox, _figures, _conversations, _counts, _others):
            for table, columns, rows in part(years, chance):
                _insert(connection, table, columns, rows)
            connection.commit()
        connection.execute("pragma wal_checkpoint(truncate)")


Table = tuple[str, str, Iterable[Values]]


def _insert(connection: sqlite3.Connection, table: str, columns: str, rows: Iterable[Values]) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    connection.executemany(f"insert into {table} ({columns}) values ({marks})", rows)


def _places(years: Years, chance: random.Random) -> Iterator[Table]:
    columns = "id, code, kind, name, aliases, former_names, valid_from, fictitious, parent_id"
    units: list[Values] = [
        (1, "ninh-binh", "tỉnh", "Ninh Bình", "[]", "[]", "2020-07-01", 0, None),
        (2, COMMUNE, "xã", "Yên Mô", "[]", "[]", "2020-07-01", 0, 1),
    ]
    units += [(2 + n, f"thon-{n}", "thôn", f"Số {n}", "[]", "[]", "2020-07-01", 0, 2) for n in range(1, VILLAGES + 1)]
    yield "units", columns, units
    yield (
        "unit_sizes",
        "unit_id, counted_on, households, adults",
        [(2 + n, "2020-07-01", 300, 800) for n in range(1, VILLAGES + 1)],
    )
    yield (
        "channels",
        "id, platform, native_id, purpose, title, locale, active, inactive_reason, registered_at, updated_at, unit_id",
        [
            (
                n,
                PLATFORM,
                _chat(n),
                "village",
                f"Nhóm {n}",
                None,
                1,
                "",
                years.ago(1800),
                years.ago(1800),
                _home(n),
            )
            for n in range(1, GROUPS + 1)
        ],
    )


def _chat(number: int) -> str:
    """A group's chat."""
    return f"-{10**12 + number}"


def _home(number: int) -> int:
    """A village's id, by turns."""
    return 3 + number % VILLAGES


def _silent(number: int) -> float:
    """The days since somebody wrote: each day some come to the ninety after which they are erased."""
    return number * 90.5 / PEOPLE


def _people(years: Years, chance: random.Random) -> Iterator[Table]:
    people = range(1, PEOPLE + 1)
    yield (
        "people",
        "id, name, phone, created_at",
        [(n, f"Trần Thị Người {n}", f"09{n:08d}", years.ago(60 + n % 1700)) for n in people],
    )
    yield (
        "accounts",
        "id, platform, native_id, chat_id, reachable, muted, last_seen, person_id",
        [(n, PLATFORM, str(7_000_000 + n), str(7_000_000 + n), 1, 0, years.ago(_silent(n)), n) for n in people],
    )
    yield (
        "consents",
        "action, text_version, at, account_id",
        [("agreed", "2026-11", years.ago(60 + n % 1700), n) for n in people],
    )
    yield "actors", "number, person_id", [(10**9 + n, n) for n in people]
    roles = [("leader", years.ago(1700), n, _home(n)) for n in range(1, 4 * VILLAGES + 1)]
    yield "roles", "role, granted_at, person_id, unit_id", [*roles, ("officer", years.ago(1700), 200, 2)]


def _announcements(years: Years, chance: random.Random) -> Iterator[Table]:
    def when(number: int) -> str:
        return years.ago(1825 - (number - 1) * 1824 / ANNOUNCEMENTS)

    numbers = range(1, ANNOUNCEMENTS + 1)
    columns = (
        "id, number, klass, template, title, text, attachments, source, audience, state, version, content_hash,"
        " audience_hash, channels, rows, everybody, corrects, reason, refusal, created_at, updated_at, approved_at,"
        " ended_at, author_id, approver_id, commune_id"
    )
    yield (
        "announcements",
        columns,
        [
            (
                n, n, "routine", "", f"Thông báo số {n}", TEXT * 2, "[]", "UBND xã", '{"every":true}', "done", 4,
                "c" * 64, "a" * 64, GROUPS, GROUPS, 1, 0, "", "", when(n), when(n), when(n), when(n), 200, 201, 2,
            )
            for n in numbers
        ],
    )  # fmt: skip
    yield (
        "announcement_targets",
        "announcement_id, channel_id, platform, native_id, unit_id, ack_at, ack_by_id, reminders",
        (
            (n, group, PLATFORM, _chat(group), _home(group), when(n), 1 + group % PEOPLE, 0)
            for n in numbers
            for group in range(1, GROUPS + 1)
        ),
    )


_OUTBOX = (
    "klass, announcement, package, part, key, platform, chat_id, chat_kind, locale, message, choices, any_hour, state,"
    " reason, decision, resend_of, replacing, not_before, token, attempts, message_id, gone, created_at, updated_at,"
    " body_id"
)


def _outbox(years: Years, chance: random.Random) -> Iterator[Table]:
    numbers = range(1, ANNOUNCEMENTS + 1)
    parted = {n: bodies.part({"t": _announced(n)}) for n in numbers}
    if not years.whole:
        yield "outbox_bodies", "id, digest, words", [(n, parted[n].digest, parted[n].words) for n in numbers]

    def announced() -> Iterator[Values]:
        target = 0
        for n in numbers:
            at = years.ago(1825 - (n - 1) * 1824 / ANNOUNCEMENTS)
            for group in range(1, GROUPS + 1):
                target += 1
                own: dict[str, object] = {"b": [["Đã nhận", f"tn|{n}|{target}"]]}
                message = _dumped({"t": _announced(n), **own} if years.whole else own)
                yield (
                    "routine", n, f"tb{n}:{group}", 1, f"tb{n}:{group}/1", PLATFORM, _chat(group), "group", "vi",
                    message, "", 0, "sent", "", "", 0, "", at, "t" * 32, 1, str(target), 0, at, at,
                    0 if years.whole else n,
                )  # fmt: skip

    def noticed() -> Iterator[Values]:
        for n in range(NOTICES):
            at, chat = years.ago(31 - n * 31 / NOTICES), _person(1 + n % PEOPLE)
            message = _dumped({"t": _spans(f"Nhờ bác Người {n % PEOPLE} xem giúp. {TEXT}")})
            yield (
                "notice", 0, f"n{n}", 1, f"n{n}/1", PLATFORM, chat, "private", "vi", message, "", 0, "sent", "", "", 0,
                "", at, "t" * 32, 1, str(n), 0, at, at, 0,
            )  # fmt: skip

    yield "outbox", _OUTBOX, announced()
    yield "outbox", _OUTBOX, noticed()


def _announced(number: int) -> list[list[str]]:
    return _spans(f"Ủy ban nhân dân xã Yên Mô TB-{number:04d}. {TEXT * 2} kiểm tra TB-{number:04d}")


def _spans(words: str) -> list[list[str]]:
    """Words as a message keeps them: a bold head, the text, a line below."""
    return [[words[:24], "b", ""], [words[24:-20], "", ""], [words[-20:], "i", ""]]


def _dumped(stored: object) -> str:
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))


def _figures(years: Years, chance: random.Random) -> Iterator[Table]:
    first = years.now.date() - timedelta(weeks=WEEKS)

    def figures() -> Iterator[Values]:
        for week in range(WEEKS):
            day = first + timedelta(weeks=week)
            year, number, weekday = day.isocalendar()
            ends = (day + timedelta(days=7 - weekday)).isoformat()
            for village in range(1, VILLAGES + 1):
                for one in range(1, INDICATORS + 1):
                    yield (
                        f"CT{one:02d}", f"{year}-W{number:02d}", ends, 1, 1, chance.randrange(300) * 1000, None, "chat",
                        ends, village, 2 + village,
                    )  # fmt: skip

    yield (
        "figures",
        "indicator, period, ends_on, version, current, value, out_of, source, reported_at, reported_by_id, unit_id",
        figures(),
    )
    body = _dumped({f"CT{n:02d}": n * 1000 for n in range(INDICATORS)})
    yield (
        "answers",
        "state, version, body, author_id, created_at, done_at, unit_id",
        [
            ("done", 2, body, village, years.ago(7 * week), years.ago(7 * week), 2 + village)
            for week in range(WEEKS)
            for village in range(1, VILLAGES + 1)
        ],
    )


def _conversations(years: Years, chance: random.Random) -> Iterator[Table]:
    state = _dumped({"k": "private", "f": {"7": ["report", "more", {"words": TEXT}]}, "x": {"thon": "thon-1"}})
    yield (
        "sessions",
        "platform, chat_id, version, done_seq, out_seq, sent_seq, state, updated_at",
        [
            (PLATFORM, str(7_000_000 + n), 9, years.inbox + 1, 3, 3, state, years.ago(_silent(n)))
            for n in range(1, PEOPLE + 1)
        ],
    )
    yield (
        "inbox",
        "platform, event_id, chat_id, noted_at, attempts",
        (
            (PLATFORM, str(800_000_000 + n), str(7_000_001 + n * 7 % PEOPLE), years.ago(31 - n * 31 / years.inbox), 0)
            for n in range(years.inbox)
        ),
    )
    yield (
        "stored_actions",
        "token, packed, created_at",
        [
            (f"token-{n:016d}", f"xx.{'long words ' * 12}{n}", years.ago(366 - n * 366 / ACTIONS))
            for n in range(ACTIONS)
        ],
    )
    yield (
        "log_entries",
        "platform, chat_id, number, body, at",
        [
            ("web", f"v{n % 1_000}", 1 + n // 1_000, _dumped({"from": "bot", "t": TEXT}), years.ago(31 - n * 31 / LOG))
            for n in range(LOG)
        ],
    )


def _counts(years: Years, chance: random.Random) -> Iterator[Table]:
    def acts() -> Iterator[Values]:
        for n in range(AUDIT):
            at, who = years.ago(1825 - n * 1824 / AUDIT), 10**9 + 1 + n % PEOPLE
            yield at, who, "figures.reported", f"unit:thon-{n % 30}", '{"n":12}', "m" * 64

    yield "audit_rows", "at, actor, act, object, details, mac", acts()
    yield "audit_head", "id, count, head", [(0, AUDIT, "h" * 64)]
    yield (
        "guide_counts",
        "guide, step, what, day, count",
        ((f"bai-{n % 40}", f"buoc-{n // 40 % 3}", "opened", years.day(n // 120), 1 + n % 9) for n in range(COUNTS)),
    )
    people = range(1, PEOPLE)
    yield (
        "guide_runs",
        "platform, person, guide, step, fingerprint, trail, attempt, finished, updated_at",
        [(PLATFORM, _person(n), "bai-1", "buoc-2", "f" * 12, "[]", 1, 0, years.ago(n * 91 / PEOPLE)) for n in people],
    )
    yield (
        "quiz_answers",
        'platform, person, guide, step, attempt, choice, "right", answered_at',
        [(PLATFORM, _person(n), "bai-1", "buoc-3", 1, 1, 1, years.ago(n * 31 / PEOPLE)) for n in people],
    )


def _person(number: int) -> str:
    return str(7_000_000 + number)


def _others(years: Years, chance: random.Random) -> Iterator[Table]:
    def visits() -> Iterator[Values]:
        for n in range(VISITS):
            day = years.day(1820 - n * 1820 / VISITS)
            yield "leader", "bai-1", 3, "done", 20, day, f"visit-{n}", years.ago(1), 1 + n % 100, _home(n)

    yield "visits", "role, topic, people, outcome, minutes, day, key, noted_at, person_id, unit_id", visits()
    columns = "id, locale, guide, step, device, contact, state, version, stage, reminded, created_at, updated_at"

    def helped() -> Iterator[Values]:
        for n in range(1, 3_000):
            at = years.ago(1800 - n * 0.6)
            yield n, "vi", "bai-1", "buoc-1", "android", "", "done", 3, "", 0, at, at, n, _home(n)

    yield "help_requests", f"{columns}, asker_id, unit_id", helped()
