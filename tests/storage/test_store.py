"""The engine's store keeps its word on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from bot.core.actions import token_of
from bot.core.events import Chat, Pressed, Sender, TextSent
from bot.core.guard import sanitize
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.sessions import Flow, Key, OpenList, Outgoing, Session, StoreUnavailable, VersionConflict
from bot.core.sessions import session_to_json as core_json
from bot.core.text import Text
from bot.features.outbox.table import OutboxRows as OutboxTable
from bot.storage.core_tables.conversation import InboxEvent, SessionRow
from bot.storage.event_reads import Watched, current_reads
from bot.storage.sql import available, current
from bot.storage.store import ConversationStore, session_to_json, to_json
from bot.storage.tables.learning import GuideCount

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
KEY = Key("fake", "1")


def _said(event_id: str, chat: str = "1", text: str = "chào") -> TextSent:
    return TextSent(event_id, Chat("fake", chat, "private"), Sender("p", "Hoa"), AT, text=text)


def _untranslated(locale: str, message: str, context: str | None = None) -> str:
    return message


@pytest.fixture
def store(db: BaseDBAsyncClient) -> ConversationStore:
    return ConversationStore(db)


async def test_events_are_noted_in_order_and_repeats_are_left_out(store: ConversationStore) -> None:
    recorded = await store.record([_said("a"), _said("b"), _said("a", text="khác")])
    assert [(item.event.id, item.attempts) for item in recorded] == [("a", 0), ("b", 0)]
    assert isinstance(recorded[0].event, TextSent)
    assert recorded[0].event.text == "chào"
    assert recorded[0].seq < recorded[1].seq
    assert [item.event.id for item in await store.record([_said("b"), _said("c")])] == ["c"]
    assert [item.event.id for item in await store.unfinished()] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "odd", ["a\x00b", "\ud800", "👩‍🌾", "\u202e", "'; drop table inbox; --", "?", "$1", "{}", "%s"]
)
async def test_whatever_people_type_can_be_stored_once_it_went_through_the_guard(
    store: ConversationStore, odd: str
) -> None:
    """PostgreSQL takes no null byte, no database takes half a character."""
    said = replace(_said("a", text=odd), sender=Sender("p", odd))
    pressed = Pressed("b", Chat("fake", "1", "private"), Sender("p", odd), AT, data=odd)
    events = [sanitize(event) for event in (said, pressed)]
    await store.record(events)
    assert [item.event for item in await store.unfinished()] == events
    await store.save(Session(KEY, facts={"x": sanitize(said).sender.name}))
    assert await store.record([_said("c")])


async def test_the_session_comes_with_the_note(store: ConversationStore) -> None:
    session = Session(KEY, done_seq=0, facts={"x": "có dấu ’ và |"}, locale="en")
    await store.save(session)
    (recorded,) = await store.record([_said("a")])
    assert recorded.session == session
    assert recorded.session.version == 1
    assert await store.load(KEY, "private") == session


async def test_notes_made_at_the_same_time_have_numbers_of_their_own(store: ConversationStore) -> None:
    batches = await asyncio.gather(*[store.record([_said(f"{n}-{i}") for i in range(5)]) for n in range(8)])
    seqs = [item.seq for batch in batches for item in batch]
    assert len(set(seqs)) == 40


async def test_what_is_handled_failed_or_marked_is_not_unfinished(store: ConversationStore) -> None:
    a, b, c, d = await store.record([_said("a"), _said("b"), _said("c", "2"), _said("d", "2")])
    session = a.session
    session.done_seq = a.seq
    await store.save(session)
    await store.save_failed(Session(Key("fake", "2")), c.seq, "ValueError: x")
    await store.mark([], [d.seq])
    assert [item.seq for item in await store.unfinished()] == [b.seq]
    assert (await InboxEvent.get(seq=c.seq)).failed == "ValueError: x"
    assert (await InboxEvent.get(seq=d.seq)).body is None


@pytest.mark.parametrize("body", ["", "{", "[]", '{"kind":"said"}', '{"kind":"dreamt","at":1}'])
async def test_an_event_that_cannot_be_read_is_set_aside_and_holds_up_no_other(
    store: ConversationStore, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    """A power cut or a hand in the database left half of it; every start met it again, and ended."""
    await store.record([_said("a"), _said("b"), _said("c", chat="2")])
    await InboxEvent.filter(event_id="a").update(body=body)
    assert [item.event.id for item in await store.left(KEY)] == ["b"]
    assert [item.event.id for item in await store.unfinished()] == ["b", "c"]
    assert [record.levelname for record in caplog.records] == ["ERROR"], "once"
    assert (await InboxEvent.get(event_id="a")).failed == "cannot be read"


async def test_the_words_of_what_cannot_be_read_stay_though_its_chat_goes_on_and_moves(
    store: ConversationStore,
) -> None:
    """Its number may come again by a broker, and counts as handled then; nobody has read it."""
    first, second = await store.record([_said("a"), _said("b")])
    await InboxEvent.filter(event_id="a").update(body="{")
    await store.left(KEY)
    session = second.session
    session.done_seq = second.seq
    await store.save(session)
    await store.mark([], [first.seq, second.seq])
    await store.save(session, moves_to=Key("fake", "new"))
    assert [(row.event_id, row.body) for row in await InboxEvent.all().order_by("seq")] == [("a", "{"), ("b", None)]


@pytest.mark.parametrize("state", ["", "{", "[]", '{"f":1}'])
async def test_a_session_that_cannot_be_read_begins_anew_and_takes_no_other_with_it(
    store: ConversationStore, db: BaseDBAsyncClient, state: str
) -> None:
    """Whoever wrote there, and all whose events were noted with theirs, would never be answered again."""
    damaged = Session(KEY, facts={"x": "1"}, out=[Outgoing(1, Message(Text.of("chào")))], out_seq=1, done_seq=0)
    await store.save(damaged)
    await SessionRow.filter(chat_id="1").update(state=state)
    assert await store.unsent() == []
    mine, other = await store.record([_said("a"), _said("b", chat="2")])
    assert mine.session == Session(KEY, version=1, out_seq=1, sent_seq=1)
    assert other.session == Session(Key("fake", "2"))
    unreadable = Chat("fake", "1", "group")
    assert (await OutboxTable(db, _untranslated).sessions([unreadable]))[unreadable].kind == "group"
    mine.session.facts["y"] = "2"
    await store.save(mine.session)
    assert (await store.load(KEY, "private")).facts == {"y": "2"}


@pytest.mark.fault(19, "back to an older program, which cannot read a session")
async def test_a_session_with_a_part_that_cannot_be_read_keeps_language_and_large_letters(
    store: ConversationStore,
) -> None:
    """Language and large letters are kept; open questions, flows and replies that had not left are lost."""
    await store.save(Session(KEY, locale="en", large=True, out_seq=2, sent_seq=2))
    await SessionRow.filter(chat_id="1").update(state='{"k":"private","l":"en","g":1,"f":1}')
    assert await store.load(KEY, "private") == Session(KEY, version=1, out_seq=2, sent_seq=2, locale="en", large=True)


class Refused(str):
    """A word that knows more than its characters."""


def test_what_is_written_is_what_the_core_s_own_json_is() -> None:
    """Mechanism: words of a class of its own, as a refusal's, are written as the characters that they are."""
    session = Session(Key("web", "1"), version=2, out_seq=3, locale="vi", facts={"met": "1"})
    session.flows["7"] = Flow("giấy", "tên", {"ai": "Hòa “đen” \\ \n \u2028 😀"})
    button = Button("Xem", "g|a", apart=True)
    session.lists = [OpenList((button,), 1, True, "choice", "", "", 3)]
    session.out = [Outgoing(3, Message(Text.verbatim(Refused("Không được")), (button,)))]
    assert session_to_json(session) == core_json(session)
    with pytest.raises(TypeError):
        to_json({"a": object()})


async def test_attempts_are_counted_one_by_one(store: ConversationStore) -> None:
    (recorded,) = await store.record([_said("a")])
    assert [await store.begin_attempt(recorded.seq) for _ in range(3)] == [1, 2, 3]
    assert [await store.begin_attempt(recorded.seq, known) for known in (2, 2)] == [3, 3], "it was counted"
    assert (await store.unfinished())[0].attempts == 3
    assert await store.begin_attempt(recorded.seq, 3) == 4


async def test_a_mark_of_a_session_that_moved_away_counts_nothing_of_the_one_that_began_there(
    store: ConversationStore,
) -> None:
    """Another process moved the chat while this one had a mark to write: what is said there now is still to be sent."""
    session = Session(KEY, out_seq=2, out=[Outgoing(n, Message(Text.verbatim(str(n)))) for n in (1, 2)])
    await store.save(session)
    await store.mark([(KEY, 12), (Key("fake", "other"), 1)], [])
    (unsent,) = await store.unsent()
    assert [reply.seq for reply in unsent.out] == [1, 2]


async def _saved_with_changes(store: ConversationStore, session: Session) -> None:
    async with store.changes(session):
        await store.save(session)


@pytest.mark.parametrize("together", [False, True], ids=["by itself", "with changes"])
@pytest.mark.parametrize("failed", [False, True], ids=["answered", "failed"])
async def test_a_new_session_is_not_begun_by_an_event_that_was_handled(
    store: ConversationStore, failed: bool, together: bool
) -> None:
    """Another process handled it and moved the chat: no session is left whose number would tell of it."""
    (noted,) = await store.record([_said("a")])
    mine, theirs = noted.session.copy(), noted.session
    mine.done_seq = theirs.done_seq = noted.seq
    if failed:
        await store.save_failed(theirs, noted.seq, "ValueError: x")
    else:
        await store.save(theirs)
    await store.save(theirs, moves_to=Key("fake", "new"))
    with pytest.raises(VersionConflict):
        await (_saved_with_changes(store, mine) if together else store.save(mine))
    assert (await store.load(KEY, "private")).version == 0
    (later,) = await store.record([_said("b")])
    later.session.done_seq = later.seq
    await store.save(later.session)
    assert (await store.load(KEY, "private")).done_seq == later.seq


async def test_replies_wait_until_they_are_marked_and_a_late_mark_takes_nothing_back(store: ConversationStore) -> None:
    session = Session(KEY, out_seq=2, out=[Outgoing(n, Message(Text.verbatim(str(n)))) for n in (1, 2)])
    await store.save(session)
    assert [item.out for item in await store.unsent()] == [session.out]
    await store.mark([(KEY, 1)], [])
    (left,) = await store.unsent()
    assert [reply.seq for reply in left.out] == [2]
    await store.mark([(KEY, 2)], [])
    await store.mark([(KEY, 1)], [])
    assert await store.unsent() == []
    session.sent_seq = 0
    await store.save(session)
    assert (await store.load(KEY, "private")).sent_seq == 2


async def test_effects_and_session_are_one_commit(store: ConversationStore) -> None:
    session = await store.load(KEY, "private")
    async with store.changes(session):
        await GuideCount.create(guide="g", step="s", what="w", day="2026-11-24", count=1)
        session.facts["x"] = "1"
        await store.save(session, ["x" * 100])
    assert (await store.load(KEY, "private")).facts == {"x": "1"}
    assert await GuideCount.all().count() == 1


async def test_when_something_breaks_nothing_of_it_is_kept(store: ConversationStore) -> None:
    session = await store.load(KEY, "private")

    async def breaks() -> None:
        async with store.changes(session):
            await GuideCount.create(guide="g", step="s", what="w", day="2026-11-24", count=1)
            await store.save(session, ["x" * 100])
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        await breaks()
    assert await GuideCount.all().count() == 0
    assert await SessionRow.all().count() == 0
    assert await store.action(token_of("x" * 100)) is None


async def test_whoever_is_cancelled_while_a_transaction_begins_leaves_the_database_to_the_others(
    store: ConversationStore,
) -> None:
    """Otherwise the connection's lock stays taken: nothing is written any more, and the process never ends."""

    async def writes() -> None:
        async with store.changes(Session(Key("fake", "cancelled"))):
            await current().execute_query_dict("select 1 as one")
            await asyncio.Event().wait()

    for steps in range(30):
        task = asyncio.create_task(writes())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(10):
            await store.save(Session(Key("fake", str(steps))))
    assert (await store.load(Key("fake", "cancelled"), "private")).version == 0


async def test_whoever_is_cancelled_inside_a_transaction_leaves_nothing_of_it_behind(db: BaseDBAsyncClient) -> None:
    """PostgreSQL's pool resets no session: what was open is rolled back all the same before others get it."""
    written = asyncio.Event()

    async def writes() -> None:
        async with in_transaction("default"):
            await GuideCount.create(guide="g", step="s", what="w", day=AT.date(), count=1)
            written.set()
            await asyncio.Event().wait()

    for _ in range(8):
        written.clear()
        task = asyncio.create_task(writes())
        await written.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await GuideCount.all().count() == 0
    await GuideCount.create(guide="g", step="s", what="w", day=AT.date(), count=1)
    assert await GuideCount.all().count() == 1


async def test_a_long_action_is_found_by_its_token_and_kept_once(store: ConversationStore) -> None:
    session = Session(KEY)
    for _ in range(2):
        await store.save(session, ["dài" * 40, "khác" * 40])
    assert await store.action(token_of("dài" * 40)) == "dài" * 40
    assert await store.action("~nosuchtoken") is None


async def test_an_action_is_not_kept_when_the_session_was_overtaken(store: ConversationStore) -> None:
    session = Session(KEY)
    await store.save(session)
    with pytest.raises(VersionConflict):
        await store.save(Session(KEY), ["x" * 100])
    assert await store.action(token_of("x" * 100)) is None


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("asks", [False, True])
async def test_what_an_event_relies_on_is_looked_at_again_with_its_commit(
    store: ConversationStore, *, known: bool, asks: bool
) -> None:
    """In a chat that has no session yet, too: its first event may be that of somebody whose role has ended."""
    if known:
        await store.save(Session(KEY))
    session = await store.load(KEY, "private")

    async def writes() -> None:
        async with store.changes(session):
            if asks:  # and so needs its transaction
                await GuideCount.all().count()
            await GuideCount.create(guide="g", step="s", what="w", day=AT.date(), count=1)
            await store.save(session)

    with store.reading():
        reads = current_reads()
        assert reads is not None
        reads.watch(Watched("select cast(count(*) as text) from stored_actions", (), "1"))
        with pytest.raises(VersionConflict):
            await writes()
    assert await GuideCount.all().count() == 0
    assert (await store.load(KEY, "private")).version == int(known)


async def test_a_chat_that_moved_keeps_its_session_and_moving_twice_does_no_harm(store: ConversationStore) -> None:
    new = Key("fake", "new")
    await store.save(Session(KEY, facts={"x": "1"}))
    for _ in range(2):
        session = await store.load(KEY, "group")
        await store.save(session, moves_to=new)
        assert session.key == new
    assert (await store.load(new, "group")).facts == {"x": "1"}
    assert (await store.load(KEY, "group")).version == 0


async def test_a_move_is_part_of_the_changes_that_it_is_made_in(store: ConversationStore) -> None:
    new = Key("fake", "new")
    await store.save(Session(KEY, facts={"x": "1"}))
    session = await store.load(KEY, "group")

    async def breaks() -> None:
        async with store.changes(session):
            await store.save(session, moves_to=new)
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        await breaks()
    assert (await store.load(KEY, "group")).facts == {"x": "1"}
    assert (await store.load(new, "group")).version == 0


async def test_a_session_that_somebody_else_saved_does_not_move(store: ConversationStore) -> None:
    await store.save(Session(KEY))
    late = await store.load(KEY, "group")
    await store.save(await store.load(KEY, "group"))
    with pytest.raises(VersionConflict):
        await store.save(late, moves_to=Key("fake", "new"))
    assert (await store.load(KEY, "group")).version == 2


async def test_what_was_done_before_a_move_is_not_done_again(store: ConversationStore) -> None:
    """Without a session at the old id no number tells that it is done; what came later is still to be done."""
    done, later = await store.record([_said("a"), _said("b")])
    session = done.session
    session.done_seq = done.seq
    await store.save(session, moves_to=Key("fake", "new"))
    assert [recorded.seq for recorded in await store.unfinished()] == [later.seq]


async def test_a_move_onto_a_chat_that_has_a_session_keeps_the_newer_one(store: ConversationStore) -> None:
    new = Key("fake", "new")
    await store.save(Session(KEY, facts={"x": "old"}))
    await store.save(Session(new, facts={"x": "new"}))
    await store.save(await store.load(KEY, "group"), moves_to=new)
    assert (await store.load(new, "group")).facts == {"x": "new"}
    assert (await store.load(KEY, "group")).version == 0


async def test_the_longest_pause_counts_and_those_that_are_over_are_not_told(store: ConversationStore) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    await store.pause("fake", "1", now + timedelta(hours=2))
    await store.pause("fake", "1", now + timedelta(hours=1))
    await store.pause("fake", "", now + timedelta(hours=3))
    await store.pause("fake", "2", now - timedelta(hours=1))
    assert sorted(await store.pauses()) == [
        ("fake", "", now + timedelta(hours=3)),
        ("fake", "1", now + timedelta(hours=2)),
    ]


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (OperationalError("database is locked"), True),
        (OperationalError("database or disk is full"), True),
        (OperationalError("attempt to write a readonly database"), True),
        (OperationalError("no such table: inbox"), False),
        (ConnectionRefusedError("no"), True),
        (ValueError("a bug"), False),
        (ValueError("no active connection"), True),  # of a process that ends: the vendor is to bring it again
    ],
)
def test_only_what_passes_by_itself_is_waited_for(error: Exception, *, passing: bool) -> None:
    with pytest.raises(StoreUnavailable if passing else type(error)), available():
        raise error
