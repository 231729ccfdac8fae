"""What `make cluster` counts as lost and as twice, without a cluster."""

from __future__ import annotations

from bot.core.lean.values import replace
from tools.cluster.accounts import of_communes
from tools.cluster.books import Books, Said, Talk, Words
from tools.cluster.brokers import url
from tools.cluster.faults import Fault
from tools.cluster.verdict import Noted, Waits, verdict, waits

LARGE, MENU = Words("chữ lớn", "mỗi câu một tin"), Words("/menu", "Bác cần việc gì?")
ALL_WELL = Noted(
    done=frozenset({1, 2}), open=frozenset(), failed={}, doubted=frozenset(), versions={7: 2}, unsent=0,
    rows={-1: "sent"}, listed=1, inbox={},
)  # fmt: skip


def _books() -> Books:
    """One person said two things and was answered; one group was written to."""
    talk = Talk(7)
    books = Books({7: talk})
    for number, words in enumerate((LARGE, MENU), start=1):
        said = talk.says(number, words)
        said.accepted = said.at
        books.took(7, f"Dạ. {words.answered}")
    books.took(-1, "Mời bà con họp thôn.")
    return books


def _wrong(books: Books, found: Noted, groups: int = 1) -> list[str]:
    lines = verdict(books, skipped=0, groups=groups, now=found).lines
    return [name for name, number, must_be_none in lines if must_be_none and number]


def test_what_is_answered_and_sent_once_is_well() -> None:
    assert _wrong(_books(), ALL_WELL) == []


def test_each_loss_and_each_thing_twice_is_named() -> None:
    assert _wrong(_books(), replace(ALL_WELL, done=frozenset({1}), versions={7: 1})) == [
        "accepted, but not in the inbox"
    ]
    assert _wrong(_books(), replace(ALL_WELL, versions={7: 3})) == [
        "effects twice: a session counts more events than its inbox"
    ]
    assert _wrong(_books(), replace(ALL_WELL, versions={})) == ["effects missing: it counts fewer"]
    assert _wrong(_books(), ALL_WELL, groups=2) == ["rows to groups that are not in the outbox"]
    silent = _books()
    silent.talks[7].said[1].answers.clear()
    assert _wrong(silent, ALL_WELL) == ["accepted, but without an answer"]
    silent.groups.clear()
    assert "sent, but not in the messenger's books" in _wrong(silent, ALL_WELL)
    twice = _books()
    twice.took(7, MENU.answered)
    assert _wrong(twice, ALL_WELL) == ["answers that came twice, and not told of"]
    assert _wrong(twice, replace(ALL_WELL, doubted=frozenset({2}))) == []
    again = _books()
    again.took(-1, "Mời bà con họp thôn.")
    assert _wrong(again, ALL_WELL) == ["sent, and twice in its books"]


def test_an_answer_belongs_to_the_newest_words_that_it_answers() -> None:
    books = _books()
    books.took(7, f"{LARGE.answered}, {books.talks[7].chat}")
    assert [len(said.answers) for said in books.all_said()] == [2, 1]
    assert books.unknown == 0


def test_a_message_through_another_communes_account_is_named() -> None:
    books = _books()
    first, second = books.accounts = of_communes(2)
    books.talks[7].account = second
    for chat, one in ((7, second), (-2, first), (-3, second)):
        books.took(chat, LARGE.answered, one.token)
    assert books.strange == 0
    books.took(7, LARGE.answered, first.token)
    books.took(-3, "Mời bà con họp thôn.", first.token)
    assert books.strange == 2


def test_a_wait_counts_from_the_fault_on_and_not_what_was_answered_before() -> None:
    before, over, after = (
        Said(1, LARGE, 1.0, 1.1, [2.0]),
        Said(2, LARGE, 4.0, 5.5, [7.0]),
        Said(3, MENU, 8.0, 8.1, [8.2]),
    )
    fault = Fault("process", "kill -9: serve 1", 5.0)
    (found,) = waits(Books({7: Talk(7, [before, over, after])}), [fault], 10.0)
    assert replace(found, accepted=round(found.accepted, 3)) == Waits(fault, 0.5, 2.0, 1, 0.0)


def test_what_was_said_just_before_the_next_fault_waited_for_that_one_alone() -> None:
    long_before, just_before = Said(1, LARGE, 20.0, 20.1, [29.0]), Said(2, MENU, 24.99, 25.0, [29.4])
    process = Fault("process", "kill -9: serve 1", 5.0)
    primary = Fault("postgresql", "kill -9: the primary, postgres 1", 25.0)
    first, second = waits(Books({7: Talk(7, [just_before])}), [process, primary], 40.0)
    assert (first.answered, first.late) == (0.0, 0)
    assert (round(second.answered, 3), second.late) == (4.4, 1)
    first, second = waits(Books({7: Talk(7, [long_before])}), [process, primary], 40.0)
    assert (first.answered, second.answered) == (9.0, 4.0)  # it was late before the second one struck


def test_a_process_knows_its_own_node_of_the_broker_first() -> None:
    assert url(2) == "amqp://guest:guest@10.77.33.2:5672,10.77.33.3:5672,10.77.33.1:5672/"
