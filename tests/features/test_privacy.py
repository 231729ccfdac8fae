"""What is kept of a person is shown in full, erased in full, erased again after a restore, and ends by itself."""

from __future__ import annotations

import json
import logging
import re
import tracemalloc
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields.base import Field
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model
from tortoise.transactions import in_transaction

from bot.assembly.services import make_privacy
from bot.core.messages import Button, Message, message_to_json
from bot.core.sessions import Flow, Key, OpenList, Session, session_from_json, session_to_json
from bot.core.text import Text
from bot.features.audit import Audit, Verified
from bot.features.invites import Invites
from bot.features.outbox.states import DECISION
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Who
from bot.features.privacy import FORGET, Privacy, Subject, chats, consent, retention
from bot.features.privacy.personal_table import Held
from bot.storage import apps
from bot.storage.core_tables.conversation import InboxEvent, Pause, SessionRow, StoredAction
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import Detour, OutboxRow
from bot.storage.core_tables.platform_state import LogEntry
from bot.storage.database import MEMORY, created
from bot.storage.tables.audit import Actor, AuditRow, ErasedAccount, ErasedActor
from bot.storage.tables.learning import GuideCount, GuideRun, QuizAnswer
from bot.storage.tables.people import Account as AccountRow
from bot.storage.tables.people import Consent, Invite, Person, Role, WrongCode

from .village import KEY, NOW, Places, places

HOA, LAN = Account("fake", "7001112223"), Account("fake", "7009998887")
HOA_CHAT, LAN_CHAT = "7001112223", "8009998887"
NAME, PHONE = "Nguyễn Thị Hoa", "0912345678"

PEOPLE = ("bot.Person", "bot.Account")
PERSONAL = re.compile(
    r"(.*_)?(native_id|chat_id|person|person_id|account|account_id|phone|sender|visitor)|name|subject|actor|.*_by"
)
"""Columns that can hold something of a person without being a link to one."""
NOT_OF_PERSONS = {
    "channels": "groups, never a private chat",
    "units": "names of places",
    "question_banks": "names of banks",
    "village_groups": "what groups are called; nobody is named",
    "passing_files": "random names of files",
    "announcement_targets": "groups, never a private chat; who answered in them is a link",
    "group_quizzes": "groups, never a private chat; who answered in them stands in question_answers",
    "bot_accounts": "the bot's own accounts, by the name of their platform: telegram@yen-mo",
    "webhook_deliveries": "what it is about: numbers of announcements and difficulties, names of periods",
}


async def row(kind: type[Model], /, **columns: object) -> None:
    await kind(**columns).save()


def privacy() -> Privacy:
    return make_privacy(KEY, Audit(KEY), Invites(KEY, Audit(KEY)))


async def fill(account: Account, chat: str, name: str, phone: str, at: Places) -> Who:
    """Something of the person in every table that can hold it."""
    invites = Invites(KEY, Audit(KEY))
    person_id = await consent.agree(account, chat, name, NOW)
    await Person.filter(id=person_id).update(phone=phone)
    await people.grant(person_id, "leader", at.village, NOW)
    who = await people.who(account, NOW)
    await invites.create("member", at.village, by=who, now=NOW)
    await invites.redeem_channel("0000-0000-00000", "nobody", NOW)
    await invites.look("0000-0000-00000", account, chat, NOW, private=True, messenger=True)
    here = {"platform": account.platform, "chat_id": chat}
    mine = {"platform": account.platform, "person": account.person}
    own = Session(Key(account.platform, chat), "private", locale="en", facts={"name": name})
    await row(
        SessionRow, **here, version=3, done_seq=1, out_seq=0, sent_seq=0, state=session_to_json(own), updated_at=NOW
    )
    group = Session(Key(account.platform, f"g{chat[:3]}"), "group", flows={account.person: Flow("f", "s", {"n": name})})
    group.lists = [OpenList((Button("Đúng", "x"),), 1, True, "choice", account.person, name)]
    await row(
        SessionRow,
        platform=account.platform,
        chat_id=f"g{chat[:3]}",
        version=1,
        done_seq=0,
        out_seq=0,
        sent_seq=0,
        state=session_to_json(group),
        updated_at=NOW,
    )
    await row(InboxEvent, **here, event_id=f"{account.person}:1", body=None, noted_at=NOW)
    failed = json.dumps({"sender": [account.person, name, None]})
    await row(InboxEvent, **here, event_id=f"{account.person}:2", body=failed, failed="boom", noted_at=NOW)
    await row(
        InboxEvent,
        platform=account.platform,
        chat_id="g9",
        event_id=f"g:{name}",
        body=failed,
        failed="boom",
        noted_at=NOW,
    )
    notice = json.dumps(message_to_json(Message(Text.of(f"Kính gửi {name}"))))
    await row(
        OutboxRow,
        **here,
        klass="notice",
        chat_kind="private",
        key=f"notice:{chat}",
        package=f"notice:{chat}",
        locale="vi",
        message=notice,
        state="pending",
        not_before=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    await row(
        JobRow,
        **here,
        kind="report",
        key=f"report:{chat}",
        body="{}",
        state="done",
        not_before=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    await row(LogEntry, **here, number=1, key="k", body=f"tôi là {name}", at=NOW)
    await row(Pause, **here, until=NOW + timedelta(minutes=1))
    await row(GuideRun, **mine, guide="vneid", step="mo-app", fingerprint="f", trail="[]", updated_at=NOW)
    await row(QuizAnswer, **mine, guide="vneid", step="cau-1", attempt=1, choice=1, right=True, answered_at=NOW)
    return who


async def dump() -> dict[str, str]:
    """Every table as text."""
    return {
        str(kind._meta.db_table): json.dumps(await kind.all().values(), default=str, ensure_ascii=False)
        for kind in all_models()
    }


def traces(tables: dict[str, str], *marks: str) -> list[tuple[str, str]]:
    return [(table, mark) for table, text in tables.items() for mark in marks if mark in text]


def all_models() -> Sequence[type[Model]]:
    """By name: rows that are made of the columns alone get their numbers in this order."""
    return sorted(apps.tables(), key=lambda table: table.__name__)


def links_to_people(kind: type[Model]) -> set[str]:
    """Names of the foreign keys to a person or an account; found, not listed."""
    return {
        name
        for name, column in kind._meta.fields_map.items()
        if isinstance(column, ForeignKeyFieldInstance) and column.model_name in PEOPLE
    }


def test_every_table_that_names_people_has_a_holding() -> None:
    held = {holding.table for holding in privacy().tables}
    for kind in all_models():
        table, links = str(kind._meta.db_table), links_to_people(kind)
        named = {name for name in kind._meta.fields_db_projection if PERSONAL.fullmatch(name)}
        if links or (named and table not in NOT_OF_PERSONS):
            assert table in held, f"{table} holds {links | named} and nobody can see or erase it"


async def test_no_link_to_the_person_is_left_in_any_table(db: BaseDBAsyncClient) -> None:
    """A row for every table with a link to people, made from its columns: a new table is tried without being named."""
    at = await places()
    person_id = await consent.agree(HOA, HOA_CHAT, NAME, NOW)
    other = await consent.agree(LAN, LAN_CHAT, "Lan", NOW)
    linked = [kind for kind in all_models() if "person" not in kind._meta.db_table and links_to_people(kind)]
    assert len(linked) > 5
    filler = Filler(at.village)
    for kind in linked:
        if kind not in (AccountRow, Actor):
            for who in (person_id, other):
                await filler.row(kind, who)
    before = {kind: await left_of(kind, other) for kind in linked}
    for kind in linked:
        assert await left_of(kind, person_id), f"{kind._meta.db_table} was not filled"
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(HOA, HOA_CHAT), NOW)
    for kind in linked:
        assert await left_of(kind, person_id) == 0, f"{kind._meta.db_table} still names the erased person"
        assert await left_of(kind, other) == before[kind], f"{kind._meta.db_table} lost what belongs to somebody else"


async def left_of(kind: type[Model], person_id: int) -> int:
    """Rows with a link to the person, or to an account of theirs."""
    accounts = list(await AccountRow.filter(person_id=person_id).values_list("id", flat=True))
    count = 0
    for name in links_to_people(kind):
        column = kind._meta.fields_map[name]
        assert isinstance(column, ForeignKeyFieldInstance)
        ids = [person_id] if column.model_name == PEOPLE[0] else accounts
        count += await kind.filter(**{f"{name}_id__in": ids}).count()
    return count


class Filler:
    """Makes rows of any table: links to people as told, other links to rows made for the purpose."""

    def __init__(self, unit_id: int) -> None:
        self._unit_id = unit_id
        self._number = 0

    async def row(self, kind: type[Model], person_id: int) -> object:
        """The primary key of a new row."""
        self._number += 1
        values: dict[str, object] = {}
        for name, column in kind._meta.fields_map.items():
            if isinstance(column, ForeignKeyFieldInstance):
                values[f"{name}_id"] = await self._link(column, person_id)
            elif name not in kind._meta.fk_fields and f"{name}" in kind._meta.fields_db_projection:
                if not (column.pk and column.generated) and not name.endswith("_id"):
                    values[name] = self._value(column)
                elif name in ("native_id", "chat_id", "event_id"):
                    values[name] = f"g{self._number}"
        made = kind(**values)
        await made.save(force_create=True)
        return made.pk

    async def _link(self, column: ForeignKeyFieldInstance[Model], person_id: int) -> object:
        if column.model_name == PEOPLE[0]:
            return person_id
        if column.model_name == PEOPLE[1]:
            return (await AccountRow.get(person_id=person_id)).id
        if column.model_name == "bot.Unit":
            return self._unit_id
        return await self.row(column.related_model, person_id)

    def _value(self, column: Field[object]) -> object:
        if isinstance(column, fields.DatetimeField):
            return NOW
        if isinstance(column, fields.DateField):
            return NOW.date()
        if isinstance(column, fields.BooleanField):
            return True
        if isinstance(column, fields.CharField):
            return f"x{self._number}"[: column.max_length]
        if isinstance(column, fields.TextField):
            return "{}"
        return self._number


async def test_my_data_is_what_all_tables_hold(db: BaseDBAsyncClient) -> None:
    at = await places()
    await fill(LAN, LAN_CHAT, "Trần Thị Lan", "0987654321", at)
    empty = {told.table_of.title for told in await privacy().shown(await privacy().subject(Account("fake", "9"), "9"))}
    assert empty == set()
    await fill(HOA, HOA_CHAT, NAME, PHONE, at)
    subject = await privacy().subject(HOA, HOA_CHAT)
    read = {holding.table: len(await holding.read(subject)) for holding in privacy().tables}
    assert {table: count for table, count in read.items() if count} == {
        "sessions": 2, "inbox": 2, "outbox": 1, "jobs": 1, "log_entries": 1, "pauses": 1, "guide_runs": 1,
        "quiz_answers": 1, "wrong_codes": 2, "invites": 1, "roles": 1, "consents": 1, "accounts": 1, "audit_rows": 1,
        "actors": 1, "people": 1,
    }  # fmt: skip
    told = str(await privacy().shown(subject))
    for value in (NAME, PHONE, "Kính gửi", "Tổ trưởng", "thôn Lạc Hiền", "'count': 3"):
        assert value in told, value
    number = str((await Actor.get(person__name=NAME)).number)
    for code in (HOA.person, "mo-app", "cau-1", "vneid", consent.VERSION, number, "Lan"):
        assert code not in told, code


async def test_what_somebody_wrote_in_a_month_is_counted_and_not_read(db: BaseDBAsyncClient) -> None:
    here = {"platform": HOA.platform, "chat_id": HOA_CHAT}
    times = [NOW + timedelta(minutes=number) for number in range(3_000)]
    entries = [LogEntry(**here, number=number, body="x" * 2_000, at=at) for number, at in enumerate(times, start=1)]
    await LogEntry.bulk_create(entries, batch_size=500)
    await InboxEvent.bulk_create([InboxEvent(**here, event_id=str(at), noted_at=at) for at in times], batch_size=500)
    del entries
    subject = await privacy().subject(HOA, HOA_CHAT)
    tracemalloc.start()
    try:
        told = {shown.table_of.table: shown.facts for shown in await privacy().shown(subject)}
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    counted = {"count": 3_000, "first": times[0], "last": times[-1]}
    assert {table: [fact.values for fact in facts] for table, facts in told.items()} == {
        "inbox": [counted], "log_entries": [counted],
    }  # fmt: skip
    assert most < 2_000_000, f"{most / 1e6:.1f} MB for 3,000 messages"


def test_every_holding_says_what_it_is_for_and_until_when() -> None:
    for holding in privacy().tables:
        assert holding.why, holding.table
        assert holding.until, holding.table


async def test_what_is_said_to_stay_after_erasing_is_what_stays(db: BaseDBAsyncClient) -> None:
    """A row for each table with a link to a person: where rows are left, the question before erasing says so."""
    at = await places()
    person_id = await consent.agree(HOA, HOA_CHAT, NAME, NOW)
    kinds = {str(kind._meta.db_table): kind for kind in all_models() if links_to_people(kind)}
    filler = Filler(at.village)
    for table, kind in kinds.items():
        if table not in ("accounts", "actors", "products"):
            await filler.row(kind, person_id)
    before = {table: await kind.all().count() for table, kind in kinds.items()}
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(HOA, HOA_CHAT), NOW)
    left = {table for table, kind in kinds.items() if before[table] and await kind.all().count()}
    said = {holding.table for holding in privacy().tables if holding.stays}
    assert left - said == set()


async def test_nothing_of_the_person_is_left_after_erasing(
    db: BaseDBAsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    at = await places()
    who = await fill(HOA, HOA_CHAT, NAME, PHONE, at)
    await fill(LAN, LAN_CHAT, "Trần Thị Lan", "0987654321", at)
    before = await dump()
    lan = traces(before, LAN.person, LAN_CHAT, "Lan", "0987654321")
    assert {table for table, _ in traces(before, HOA.person, NAME, PHONE)} >= {
        "accounts",
        "people",
        "sessions",
        "inbox",
    }
    caplog.set_level(logging.DEBUG, "bot")
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(HOA, HOA_CHAT), NOW)
    after = await dump()
    assert traces(after, HOA.person, HOA_CHAT, NAME, PHONE, "Hoa") == []
    assert traces(after, LAN.person, LAN_CHAT, "Lan", "0987654321") == lan
    assert not [line for line in (HOA.person, NAME, PHONE) if line in caplog.text]
    assert who.person_id is not None
    assert isinstance(await Audit(KEY).verify(), Verified)
    assert await AuditRow.filter(act="data_erased").count() == 1
    assert await ErasedActor.all().count() == 1


async def test_a_person_is_erased_on_all_their_messengers(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = await fill(HOA, HOA_CHAT, NAME, PHONE, at)
    assert who.person_id is not None
    phone = Account("other", "5550001")
    await people.link(phone, "chat-5550001", who.person_id, NOW)
    await row(
        GuideRun,
        platform="other",
        person="5550001",
        guide="vneid",
        step="x",
        fingerprint="f",
        trail="[]",
        updated_at=NOW,
    )
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(phone, "chat-5550001"), NOW)
    assert traces(await dump(), HOA.person, NAME, "5550001") == []


async def test_somebody_who_never_agreed_can_be_shown_and_erased_too(db: BaseDBAsyncClient) -> None:
    here = {"platform": "fake", "person": HOA.person}
    await row(GuideRun, **here, guide="vneid", step="mo-app", fingerprint="f", trail="[]", updated_at=NOW)
    subject = await privacy().subject(HOA, HOA_CHAT)
    assert [(told.table_of.table, len(told.facts)) for told in await privacy().shown(subject)] == [("guide_runs", 1)]
    async with in_transaction("default"):
        await privacy().erase(subject, NOW)
    assert traces(await dump(), HOA.person) == []


async def test_erasing_a_person_without_any_account_touches_nobody_else(db: BaseDBAsyncClient) -> None:
    at = await places()
    await fill(LAN, LAN_CHAT, "Trần Thị Lan", "0987654321", at)
    lan = traces(await dump(), LAN.person, LAN_CHAT, "Lan", "0987654321")
    lonely = await people.create(NAME, NOW)
    subject = await privacy()._subject_of(await Person.get(id=lonely), None, None)
    async with in_transaction("default"):
        await privacy().erase(subject, NOW)
        await privacy().erase(Subject((), None), NOW)
    assert traces(await dump(), LAN.person, LAN_CHAT, "Lan", "0987654321") == lan
    assert traces(await dump(), NAME) == []


async def test_a_restored_backup_is_erased_again(db: BaseDBAsyncClient) -> None:
    at = await places()
    await fill(HOA, HOA_CHAT, NAME, PHONE, at)
    stranger = Account("fake", "7005556667")
    await row(
        GuideRun,
        platform="fake",
        person=stranger.person,
        guide="g",
        step="s",
        fingerprint="f",
        trail="[]",
        updated_at=NOW,
    )
    backup = {kind: [dict(row) for row in await kind.all().values()] for kind in BACKED_UP}
    later = NOW + timedelta(days=1)
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(HOA, HOA_CHAT), later)
        await privacy().erase(await privacy().subject(stranger, stranger.person), later)
    erased = await privacy().erased()
    assert not traces({"list": str(erased)}, HOA.person, stranger.person, NAME)
    await ErasedActor.all().delete()
    await ErasedAccount.all().delete()
    for kind, rows in backup.items():
        await kind.all().delete()
        await kind.bulk_create([kind(**row) for row in rows])
    assert traces(await dump(), HOA.person, stranger.person, NAME)
    async with in_transaction("default"):
        assert await privacy().replay_erased(erased, NOW + timedelta(days=2), later) == 0
    assert traces(await dump(), HOA.person)
    async with in_transaction("default"):
        assert await privacy().replay_erased(erased, NOW, later) == 2
    assert traces(await dump(), HOA.person, stranger.person, NAME, PHONE) == []
    assert await privacy().erased() == erased


async def test_a_person_whom_the_backup_knows_by_name_only_is_erased_again_too(db: BaseDBAsyncClient) -> None:
    """Somebody from an imported list, who linked a messenger after the backup and was erased then."""
    imported = await people.create(NAME, NOW, phone=PHONE)
    persons = [dict(one) for one in await Person.all().values()]
    actors = [dict(one) for one in await Actor.all().values()]
    await people.link(HOA, HOA_CHAT, imported, NOW + timedelta(hours=1))
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(HOA, HOA_CHAT), NOW + timedelta(hours=2))
    erased = await privacy().erased()
    await Person.bulk_create([Person(**one) for one in persons])
    await Actor.bulk_create([Actor(**one) for one in actors])
    async with in_transaction("default"):
        assert await privacy().replay_erased(erased, NOW, NOW + timedelta(days=1)) == 1
    assert traces(await dump(), NAME, PHONE) == []


async def test_whoever_only_answered_a_question_in_a_group_is_erased_again_too(db: BaseDBAsyncClient) -> None:
    """Every table that names an account is searched for who has to be erased, found by its columns."""
    at = await places()
    await consent.agree(LAN, LAN_CHAT, "Lan", NOW)
    filler, later = Filler(at.village), NOW + timedelta(days=1)
    lan = (await people.who(LAN, NOW)).person_id
    assert lan is not None
    for kind in all_models():
        table, columns = str(kind._meta.db_table), kind._meta.fields_map
        named = [name for name in ("person", "chat_id") if isinstance(columns.get(name), fields.CharField)]
        if not named or kind is AccountRow or table in NOT_OF_PERSONS:
            continue
        stranger = Account("fake", f"{table}-7")
        key = await filler.row(kind, lan)
        await kind.filter(pk=key).update(platform="fake", **{named[0]: stranger.person})
        async with in_transaction("default"):
            await privacy()._remember(Subject((Held(*stranger, stranger.person),), None), later)
        assert traces(await dump(), stranger.person), table
        async with in_transaction("default"):
            await privacy().replay_erased(await privacy().erased(), NOW, later)
        assert traces(await dump(), stranger.person) == [], table


BACKED_UP: Sequence[type[Model]] = (Person, AccountRow, Role, Consent, GuideRun, SessionRow, InboxEvent, Actor)


async def test_consent_counts_for_its_text_and_person_only(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not await consent.has_consent(HOA)
    await consent.decline(HOA, NOW)
    assert await AccountRow.all().count() == 0
    person_id = await consent.agree(HOA, HOA_CHAT, NAME, NOW)
    phone = Account("other", "1")
    await people.link(phone, "1", person_id, NOW)
    assert await consent.has_consent(HOA)
    assert await consent.has_consent(phone)
    assert not await consent.has_consent(LAN)
    await consent.decline(phone, NOW + timedelta(minutes=1))
    assert not await consent.has_consent(HOA)
    await consent.agree(HOA, HOA_CHAT, NAME, NOW + timedelta(minutes=2))
    assert await consent.has_consent(HOA)
    monkeypatch.setattr(consent, "VERSION", "2027-01")
    assert not await consent.has_consent(HOA)


async def test_the_nightly_sweep_keeps_what_is_young_and_deletes_what_is_old(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = await fill(HOA, HOA_CHAT, NAME, PHONE, at)
    await row(StoredAction, token="~a", packed="x", created_at=NOW)
    rules = retention.rules(privacy())
    assert sum((await retention.sweep(rules, NOW)).values()) == 0

    async def swept(days: float) -> dict[str, int]:
        return {
            table: count for table, count in (await retention.sweep(rules, NOW + timedelta(days=days))).items() if count
        }

    assert await swept(1.5) == {"pauses": 1, "wrong_codes": 3}
    await OutboxRow.all().update(state="sent")
    assert await swept(31) == {"inbox": 3, "quiz_answers": 1, "outbox": 1, "jobs": 1}
    count = await GuideCount.get()
    assert (count.what, count.day, count.count) == ("quiz-right", date(2026, 11, 24), 1)
    assert await swept(38) == {"invites": 1}
    assert await swept(91) == {"sessions": 2, "guide_runs": 1, "log_entries": 1} or await LogEntry.all().count() == 0
    assert await Person.all().count() == 1, "a leader who is silent stays leader"
    assert who.person_id is not None
    await people.end(who.grants[0].id, who.person_id, NOW)
    assert await swept(92) == {"accounts": 1}
    assert await Person.all().count() == 0
    assert await ErasedAccount.all().count() == 0
    assert await swept(366) == {"stored_actions": 1}


async def test_the_numbers_of_a_web_log_go_on_after_a_sweep(db: BaseDBAsyncClient) -> None:
    here = {"platform": "fake", "chat_id": "1"}
    for number in (1, 2, 3):
        await row(LogEntry, **here, number=number, key=None, body="x", at=NOW)
    await row(SessionRow, **here, version=1, done_seq=1, out_seq=0, sent_seq=0, state='{"k":"private"}', updated_at=NOW)
    await retention.sweep(retention.rules(privacy()), NOW + timedelta(days=40))
    assert [row.number for row in await LogEntry.all()] == [3]


async def test_a_sweep_asks_no_more_of_the_database_for_many_people_than_for_one() -> None:
    """On SQLite nobody gets an answer meanwhile: with 10,000 visitors of the page it stood still for half a minute."""
    rules = [rule for rule in retention.rules(privacy()) if rule.table in ("accounts", "log_entries")]

    async def asked(start: int, stop: int) -> int:
        for n in range(start, stop):
            here = {"platform": "fake", "chat_id": f"chat-{n}"}
            for number in (1, 2, 3):
                await row(LogEntry, **here, number=number, key=None, body="x", at=NOW)
            state = '{"k":"private"}'
            await row(SessionRow, **here, version=1, done_seq=1, out_seq=0, sent_seq=0, state=state, updated_at=NOW)
            person_id = await people.remember(Account("fake", f"id-{n}"), f"chat-{n}", "Hoa", NOW)
            await people.grant(person_id, "leader", at.village, NOW)
        statements: list[str] = []
        await connection.set_trace_callback(statements.append)
        await retention.sweep(rules, NOW + timedelta(days=100))
        await connection.set_trace_callback(None)
        return len(statements)

    async with created(MEMORY) as db:
        at = await places()
        connection = db._connection
        assert await asked(0, 1) == await asked(1, 20)
        assert await LogEntry.all().count() == await Person.all().count() == 20


async def test_a_letter_of_which_nobody_knows_whether_it_arrived_goes_too(db: BaseDBAsyncClient) -> None:
    """With the parts behind it, or they would leave a month late."""
    for part, state in ((1, "uncertain"), (2, "held")):
        await row(
            OutboxRow, platform="fake", chat_id=HOA_CHAT, klass="notice", chat_kind="private", key=f"k/{part}",
            package="k", part=part, locale="vi", message="{}", state=state, not_before=NOW, created_at=NOW,
            updated_at=NOW, reason=DECISION if state == "held" else "",
        )  # fmt: skip
    rules = retention.rules(privacy())
    assert (await retention.sweep(rules, NOW + timedelta(days=29)))["outbox"] == 0
    assert (await retention.sweep(rules, NOW + timedelta(days=31)))["outbox"] == 2


async def test_ways_round_go_with_the_notices_that_took_them_and_those_of_announcements_stay() -> None:
    """Each was asked about by itself, every night: those that stay are more each year."""
    rules = [rule for rule in retention.rules(privacy()) if rule.table == "outbox"]

    async def round_about(package: str, announcement: int) -> None:
        await row(Detour, package=f"d{package}", instead_of=package, made_at=NOW)
        await row(
            OutboxRow, platform="fake", chat_id=HOA_CHAT, klass="notice", chat_kind="private", key=package,
            package=f"d{package}", locale="vi", message="{}", body_id=1, state="sent", announcement=announcement,
            not_before=NOW, created_at=NOW, updated_at=NOW,
        )  # fmt: skip

    async def asked(start: int, stop: int) -> int:
        for n in range(start, stop):
            await round_about(f"of-7-{n}", 7)
            await round_about(f"of-none-{n}", 0)
        statements: list[str] = []
        await connection.set_trace_callback(statements.append)
        await retention.sweep(rules, NOW + timedelta(days=31))
        await connection.set_trace_callback(None)
        return len(statements)

    async with created(MEMORY) as db:
        connection = db._connection
        assert await asked(0, 1) == await asked(1, 20)
        assert [one.instead_of for one in await Detour.all().order_by("id")] == [f"of-7-{n}" for n in range(20)]


async def test_quiz_answers_of_many_become_one_count(db: BaseDBAsyncClient) -> None:
    async def answered(person: str, right: bool, at: datetime) -> None:
        await row(
            QuizAnswer,
            platform="fake",
            person=person,
            guide="g",
            step="s",
            attempt=1,
            choice=0,
            right=right,
            answered_at=at,
        )

    await answered("1", True, NOW)
    await answered("2", True, NOW)
    await answered("3", False, NOW.replace(hour=23))
    await retention.sweep(retention.rules(privacy()), NOW + timedelta(days=31))
    rows = await GuideCount.all().order_by("day").values_list("what", "day", "count")
    assert list(rows) == [("quiz-right", date(2026, 11, 24), 2), ("quiz-wrong", date(2026, 11, 25), 1)]


async def test_a_role_never_goes_while_the_person_is_heard_of(db: BaseDBAsyncClient) -> None:
    person_id = await consent.agree(HOA, HOA_CHAT, NAME, NOW)
    await AccountRow.filter(person_id=person_id).update(last_seen=NOW + timedelta(days=50))
    gone = await retention.sweep(retention.rules(privacy()), NOW + timedelta(days=91))
    assert gone["accounts"] == 0


async def test_the_address_of_an_erased_chat_goes_only_after_the_answer(db: BaseDBAsyncClient) -> None:
    session = Session(Key("fake", HOA_CHAT), "private", facts={FORGET: "1"})
    here = {"platform": "fake", "chat_id": HOA_CHAT}
    await row(
        SessionRow, **here, version=1, done_seq=1, out_seq=1, sent_seq=1, state=session_to_json(session), updated_at=NOW
    )
    await row(InboxEvent, **here, event_id="1", noted_at=NOW)
    assert await privacy().forget_chats(NOW + timedelta(seconds=14)) == 0
    assert await privacy().forget_chats(NOW + timedelta(seconds=16)) == 1
    assert traces(await dump(), HOA_CHAT) == []


async def test_a_session_that_cannot_be_read_stops_no_erasing(db: BaseDBAsyncClient) -> None:
    """Mechanism: of a group's nothing is kept, of a private one nothing is done, and the others are done."""
    await fill(HOA, HOA_CHAT, NAME, PHONE, await places())
    group = SessionRow.filter(platform=HOA.platform, chat_id=f"g{HOA_CHAT[:3]}")
    broken = json.dumps({"k": "group", "f": {HOA.person: ["one part", "is missing"]}, "o": 1})
    assert await group.update(state=broken, out_seq=4, sent_seq=2) == 1
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(HOA, HOA_CHAT), NOW)
    [found] = await group
    assert (found.sent_seq, found.version) == (4, 2)
    assert session_from_json(Key("fake", "g"), 2, 0, 4, 4, found.state).kind == "group"
    assert traces(await dump(), HOA.person, NAME) == []


async def test_an_address_that_cannot_be_read_holds_up_no_other(db: BaseDBAsyncClient) -> None:
    now = {"platform": "telegram", "version": 1, "done_seq": 0, "out_seq": 0, "sent_seq": 0, "updated_at": NOW}
    await row(SessionRow, **now, chat_id="1", state='{"x":{"forget":"1"}}')
    gone = Session(Key("telegram", "2"), facts={FORGET: "1"})
    await row(SessionRow, **now, chat_id="2", state=session_to_json(gone))
    assert await privacy().forget_chats(NOW + timedelta(minutes=1)) == 1
    assert [one.chat_id for one in await SessionRow.all()] == ["1"]


def test_a_blank_session_holds_nothing() -> None:
    session = Session(Key("fake", "1"), "private", locale="en", large=True, facts={"name": NAME})
    session.flows[""] = Flow("f", "s", {"name": NAME})
    chats.blank(session)
    again = session_from_json(session.key, 1, 1, 0, 0, session_to_json(session))
    assert NAME not in session_to_json(again)
    assert again.facts == {FORGET: "1"}


async def test_pending_invites_and_tries_go_with_their_maker(db: BaseDBAsyncClient) -> None:
    at = await places()
    await fill(HOA, HOA_CHAT, NAME, PHONE, at)
    async with in_transaction("default"):
        await privacy().erase(await privacy().subject(HOA, HOA_CHAT), NOW)
    assert await Invite.all().count() == 0
    assert await WrongCode.all().count() == 1
