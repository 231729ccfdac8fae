"""A database as large as the country on PostgreSQL: 34 provinces, 3,321 communes, 90,000 groups, 500,000 people.

The rows are made where they stay, by `insert … select … from generate_series`, so that they take seconds. Of each
commune two announcements went out; one of a province went to every group of the country.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

PLATFORM = "fake"
TEXT = "Ủy ban nhân dân xã mời bà con dự buổi hướng dẫn nộp hồ sơ trực tuyến tại nhà văn hóa thôn."
_AT = "timestamptz '2026-11-20 02:00:00+00'"


class Runs(Protocol):
    """A connection of asyncpg, or a client that runs a script."""

    async def execute(self, script: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Country:
    """How many there are of each; the numbers of rows begin with 1 and follow one another, provinces first."""

    provinces: int = 34
    communes: int = 3_321
    groups: int = 90_000
    people: int = 500_000
    announcements: int = 2
    """Of each commune."""
    indicators: int = 3

    @property
    def before_villages(self) -> int:
        return self.provinces + self.communes

    def commune(self, number: int) -> int:
        """Return the number of a commune's unit, the first being 0."""
        return self.provinces + 1 + number

    def village(self, number: int) -> int:
        """Return the number of a village's unit; village n lies in commune n modulo the number of communes."""
        return self.before_villages + 1 + number

    def leader(self, commune: int) -> int:
        """Return the person who leads a village of this commune."""
        return commune + 1

    def officer(self, commune: int) -> int:
        return self.groups + commune + 1

    def chair(self, commune: int) -> int:
        return self.groups + self.communes + commune + 1

    def resident(self, number: int) -> int:
        """Return a person without a role."""
        return self.groups + 2 * self.communes + number + 1

    @property
    def nationwide(self) -> int:
        """The announcement that went to every group."""
        return self.communes * self.announcements + 1


async def fill(runs: Runs, size: Country) -> None:
    """Fill an empty database that has the schema of today."""
    # Links are as they are made; to look each of them up again would take half of the time.
    await runs.execute("set session_replication_role = replica")
    for statement in (*_places(size), *_people(size), *_sent(size), *_kept(size)):
        await runs.execute(statement)
    await runs.execute(_NUMBERS)
    await runs.execute("set session_replication_role = origin")
    await runs.execute("analyze")


_NUMBERS = """do $$ declare one record; begin
  for one in select c.relname as name, a.attname as key from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
    and pg_get_serial_sequence(quote_ident(c.relname), a.attname) is not null
  loop execute format('select setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 1)) from %I',
    quote_ident(one.name), one.key, one.key, one.name);
  end loop; end $$"""
"""Sequences go on behind what was inserted with its number."""


def _places(size: Country) -> Sequence[str]:
    columns = "id, code, kind, name, aliases, former_names, parent_id, valid_from, fictitious"
    rest = "'[]', '[]', {parent}, date '2025-07-01', false"
    first, villages = size.provinces + 1, size.before_villages
    return (
        (
            f"insert into units ({columns}) select n, 'tinh-' || n, 'tỉnh', 'Tỉnh ' || n, {rest.format(parent='null')}"
            f" from generate_series(1, {size.provinces}) n"
        ),
        (
            f"insert into units ({columns}) select {first} + n, 'xa-' || n, 'xã', 'Xã số ' || n,"
            f" {rest.format(parent=f'1 + n % {size.provinces}')} from generate_series(0, {size.communes - 1}) n"
        ),
        (
            f"insert into units ({columns}) select {villages} + 1 + n, 'thon-' || n, 'thôn', 'Thôn số ' || n,"
            f" {rest.format(parent=f'{first} + n % {size.communes}')} from generate_series(0, {size.groups - 1}) n"
        ),
        (
            "insert into unit_sizes (unit_id, households, adults, counted_on) select id, 300, 800, date '2025-07-01'"
            f" from units where id > {villages}"
        ),
        (
            "insert into channels (id, platform, native_id, purpose, unit_id, title, active, inactive_reason,"
            f" registered_at, updated_at) select n + 1, '{PLATFORM}', 'nhom-' || n, 'village',"
            f" {villages} + 1 + n, 'Nhóm ' || n, true, '',"
            f" {_AT}, {_AT} from generate_series(0, {size.groups - 1}) n"
        ),
    )


def _people(size: Country) -> Sequence[str]:
    everybody = f"generate_series(1, {size.people}) n"
    roles = "insert into roles (person_id, role, unit_id, granted_at)"
    first, villages = size.provinces + 1, size.before_villages
    return (
        (
            "insert into people (id, name, listed_name, phone, created_at) select n, 'Trần Thị Người ' || n, '',"
            f" '09' || lpad(n::text, 8, '0'), {_AT} from {everybody}"
        ),
        (
            "insert into accounts (id, platform, native_id, chat_id, person_id, reachable, muted, last_seen)"
            f" select n, '{PLATFORM}', 'nguoi-' || n, 'p-nguoi-' || n, n, true, false, {_AT} from {everybody}"
        ),
        (
            f"insert into consents (account_id, action, text_version, at) select n, 'agreed', '2026-11', {_AT}"
            f" from {everybody}"
        ),
        f"insert into actors (number, person_id) select 1000000000 + n, n from {everybody}",
        f"{roles} select n + 1, 'leader', {villages} + 1 + n, {_AT} from generate_series(0, {size.groups - 1}) n",
        (
            f"{roles} select {size.groups} + 1 + n, 'officer', {first} + n, {_AT}"
            f" from generate_series(0, {size.communes - 1}) n"
        ),
        (
            f"{roles} select {size.groups + size.communes} + 1 + n, 'chair', {first} + n, {_AT}"
            f" from generate_series(0, {size.communes - 1}) n"
        ),
    )


def _sent(size: Country) -> Sequence[str]:
    """Announcements of communes, each to the groups of its villages, and the one of a province to all groups."""
    columns = (
        "id, commune_id, number, klass, template, title, text, attachments, source, audience, author_id, approver_id,"
        " state, version, content_hash, audience_hash, channels, rows, everybody, corrects, reason, refusal,"
        " created_at,"
        " updated_at, approved_at"
    )
    each = "routine", "", "Thông báo", TEXT, "[]", "UBND xã", '{"every":true}'
    said = ", ".join(f"'{word}'" for word in each)
    ended = f"'done', 4, repeat('c', 64), repeat('a', 64), 27, 27, true, 0, '', '', {_AT}, {_AT}, {_AT}"
    last, first, many = size.communes - 1, size.provinces + 1, size.announcements
    targets = "insert into announcement_targets (announcement_id, channel_id, unit_id, platform, native_id, reminders)"
    every = f"generate_series(0, {size.groups - 1}) g"
    at = f"g + 1, {size.before_villages} + 1 + g, '{PLATFORM}', 'nhom-' || g, 0 from {every}"
    own = json.dumps({"b": [["Đã nhận", "tn|1|1"]]}, ensure_ascii=False)
    return (
        (
            f"insert into announcements ({columns}) select n * {many} + k, {first} + n, k, {said},"
            f" {size.groups} + 1 + n,"
            f" {size.groups + size.communes} + 1 + n, {ended}"
            f" from generate_series(0, {last}) n, generate_series(1, {many}) k"
        ),
        f"insert into announcements ({columns}) select {size.nationwide}, 1, 1, {said}, null, null, {ended}",
        f"{targets} select (g % {size.communes}) * {many} + k, {at}, generate_series(1, {many}) k",
        f"{targets} select {size.nationwide}, {at}",
        (
            "insert into outbox (klass, announcement, package, part, key, platform, chat_id, chat_kind, locale,"
            " message,"
            " body_id, choices, any_hour, state, reason, decision, resend_of, replacing, not_before, token, attempts,"
            " message_id, gone, created_at, updated_at) select 'routine', announcement_id,"
            " 'tb' || announcement_id || ':' ||"
            " channel_id, 1, 'tb' || announcement_id || ':' || channel_id || '/1', platform, native_id, 'group', 'vi',"
            f" '{own}', announcement_id, '', false, 'sent', '', '', 0, '', {_AT}, '', 1, id, false, {_AT}, {_AT}"
            " from announcement_targets"
        ),
        "insert into outbox_bodies (id, digest, words) select id, md5(id::text), '{}' from announcements",
    )


def _kept(size: Country) -> Sequence[str]:
    """What is noted of conversations and of work: sessions, events, figures, the log."""
    state = json.dumps({"k": "private", "f": {}, "x": {}})
    return (
        (
            "insert into sessions (platform, chat_id, version, done_seq, out_seq, sent_seq, state, updated_at)"
            f" select '{PLATFORM}', 'p-nguoi-' || n, 1, 0, 0, 0, '{state}', {_AT}"
            f" from generate_series(1, {size.people}) n"
        ),
        (
            "insert into inbox (platform, event_id, chat_id, noted_at, attempts)"
            f" select '{PLATFORM}', 'e-' || n, 'p-nguoi-' || n, {_AT}, 0 from generate_series(1, {size.people // 2}) n"
        ),
        (
            "insert into figures (indicator, unit_id, period, ends_on, version, current, value, source, reported_by_id,"
            " reported_at) select 'TT' || lpad(i::text, 2, '0'), v.id, '2026-10', date '2026-10-31', 1, true,"
            f" 1000 * (1 + v.id % 90), 'chat', v.id - {size.before_villages}, {_AT} from units v,"
            f" generate_series(1, {size.indicators}) i where v.id > {size.before_villages}"
        ),
        (
            "insert into audit_rows (at, actor, act, object, details, mac) select"
            f" {_AT}, 1000000000 + n, 'figures.reported', 'unit:thon-' || n % {size.groups}, '{{}}', repeat('m', 64)"
            f" from generate_series(1, {size.people // 5}) n"
        ),
    )
