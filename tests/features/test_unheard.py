"""What was not understood is masked before it is kept, waits ten minutes at most, and is gone after thirty days."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.guard import MASK
from bot.core.sessions import Key, Session, session_from_json, session_to_json
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.naming import names_in, names_somebody
from bot.features.privacy import Subject, consent, retention
from bot.features.unheard import pending, personal_data, words
from bot.features.unheard.masking import ADDRESS, LONGEST, NAME, masked
from bot.features.unheard.pending import PendingWords
from bot.features.unheard.tables import UnheardWord
from bot.storage.core_tables.conversation import SessionRow

from .village import NOW

HOA = Account("fake", "id-hoa")


def a_word(key: str = "k1", at: datetime = NOW, **changed: object) -> PendingWords:
    values: dict[str, object] = {"text": "nước yếu", "offered": ("dien-nuoc",), "sure": False, **changed}
    return PendingWords(key=key, at=at, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("gọi tôi số 0912 345 678 nhé", f"gọi tôi số {MASK} nhé"),
        ("máy bàn 0229.3867.123", f"máy bàn {MASK}"),
        ("sim +84 912 345 678", f"sim {MASK}"),
        ("cccd 037012345678 hết hạn", f"cccd {MASK} hết hạn"),
        ("chuyển vào stk 19021234567 giúp", f"chuyển vào stk {MASK} giúp"),
        ("mã khách hàng PA05 1234567", f"mã khách hàng PA05 {MASK}"),
        ("bà Lan Anh bên cạnh bị mất sổ", f"{NAME} bên cạnh bị mất sổ"),
        ("Nguyễn Văn Bình xin cấp lại sổ", f"{NAME} xin cấp lại sổ"),
        ("tên tôi là hoa xin giấy khai sinh", f"tên tôi là {NAME} sinh"),
        ("Trịnh thị tuyết lan xin giấy", f"{NAME} xin giấy"),
        ("cháu Hoa quên mật khẩu", f"{NAME} quên mật khẩu"),
        ("gửi vào hoa.tran@gmail.com hay https://a.example/x?id=1", f"gửi vào {ADDRESS} hay {ADDRESS}"),
        ("cháu ở trường, bà ấy hỏi năm 2026 giá 15.000 đồng", "cháu ở trường, bà ấy hỏi năm 2026 giá 15.000 đồng"),
        ("tên là gì cũng được", "tên là gì cũng được"),
    ],
)
def test_numbers_addresses_and_names_that_can_be_seen_are_taken_out(said: str, kept: str) -> None:
    assert masked(said, ["Trịnh Thị Tuyết Lan"]) == kept


def test_no_more_than_four_hundred_letters_are_kept() -> None:
    assert len(masked("đường lầy quá " * 100)) <= LONGEST == 400


@pytest.mark.parametrize("said", ["cháu ở trường", "bà ấy đi chợ", "em ạ", "chị ăn cơm"])
def test_a_small_letter_is_no_capital_of_a_name(said: str) -> None:
    assert (names_somebody(said), list(names_in(said))) == ("", [])


def test_words_wait_ten_minutes_and_three_at_a_time() -> None:
    session = Session(Key("fake", "c"))
    pending.write(session, [a_word(str(number)) for number in range(5)])
    assert [one.key for one in pending.waiting(session, NOW + timedelta(minutes=10))] == ["2", "3", "4"]
    assert pending.waiting(session, NOW + timedelta(minutes=10, seconds=1)) == []
    assert pending.waiting(session, NOW - timedelta(seconds=1)) == [], "a clock that was put back"
    pending.write(session, [])
    assert pending.FACT not in session.facts


@pytest.mark.parametrize("stored", ["", "{", "7", "[1]", '[["a"]]', '[["a","b",1,0,"yesterday",0,""]]'])
def test_what_cannot_be_read_in_a_session_is_forgotten(stored: str) -> None:
    session = Session(Key("fake", "c"), facts={pending.FACT: stored})
    assert pending.waiting(session, NOW) == []


def test_a_sure_answer_that_was_chosen_says_that_the_words_were_understood() -> None:
    sure, unclear, other = a_word("1", sure=True), a_word("2"), a_word("3", sure=True, offered=("vneid",))
    assert [(one.key, one.chosen) for one in pending.chose([sure, unclear, other], "dien-nuoc")] == [
        ("2", "dien-nuoc"),
        ("3", "dien-nuoc"),
    ]
    (no,) = pending.refused([sure])
    assert [one.chosen for one in pending.chose([no], "dien-nuoc")] == ["dien-nuoc"], "“Không phải”, then all the same"


async def test_words_are_kept_once_and_what_is_chosen_later_is_added(db: BaseDBAsyncClient) -> None:
    person = await people.remember(HOA, "chat", "Hoa", NOW)
    await words.keep([a_word(refused=True)], person, "yen-mo")
    await words.keep([a_word(refused=True, chosen="dien-nuoc")], person, "yen-mo")
    assert [(row.text, row.chosen) for row in await UnheardWord.all()] == [("nước yếu", "dien-nuoc")]


async def test_consent_to_keep_words_and_consent_to_a_role_are_two_things(db: BaseDBAsyncClient) -> None:
    assert await consent.about_words(HOA, words.VERSION) is None
    await consent.agree(HOA, "chat", "Hoa", NOW)
    assert await consent.about_words(HOA, words.VERSION) is None
    await consent.agree_to_words(HOA, "chat", "Hoa", NOW + timedelta(minutes=1), words.VERSION)
    assert await consent.about_words(HOA, words.VERSION) is True
    await consent.decline(HOA, NOW + timedelta(minutes=2), words.VERSION)
    assert await consent.about_words(HOA, words.VERSION) is False
    assert await consent.has_consent(HOA), "the role stays"
    assert await consent.about_words(HOA, f"{consent.WORDS}2099") is None, "a new text asks again"


async def test_they_are_gone_after_thirty_days_named_or_not(db: BaseDBAsyncClient) -> None:
    person = await people.remember(HOA, "chat", "Hoa", NOW)
    await words.keep([a_word("old"), a_word("new", NOW + timedelta(days=1))], person, "yen-mo")
    await UnheardWord.filter(key="old").update(named="dien-nuoc")
    gone = await retention.sweep(personal_data.rules(), NOW + timedelta(days=30, seconds=1))
    assert gone == {"unheard_words": 1}
    assert [row.key for row in await UnheardWord.all()] == ["new"]


async def test_words_of_somebody_who_said_nothing_more_leave_the_session_at_night(db: BaseDBAsyncClient) -> None:
    session = Session(Key("fake", "c"), locale="en", facts={"met": "1"})
    pending.write(session, [a_word()])
    row = await SessionRow.create(
        platform="fake", chat_id="c", version=3, done_seq=1, out_seq=0, sent_seq=0, state=session_to_json(session),
        updated_at=NOW,
    )  # fmt: skip
    await retention.sweep(personal_data.rules(), NOW + timedelta(minutes=30))
    assert pending.FACT in (await SessionRow.get(id=row.id)).state, "perhaps it is at work"
    await retention.sweep(personal_data.rules(), NOW + timedelta(hours=2))
    swept = await SessionRow.get(id=row.id)
    left = session_from_json(Key("fake", "c"), swept.version, 1, 0, 0, swept.state)
    assert (left.facts, left.locale, left.version) == ({"met": "1"}, "en", 4)


async def test_erasing_takes_these_words_by_themselves(db: BaseDBAsyncClient) -> None:
    person = await people.remember(HOA, "chat", "Hoa", NOW)
    other = await people.remember(Account("fake", "id-lan"), "chat-lan", "Lan", NOW)
    await words.keep([a_word("1")], person, "yen-mo")
    await words.keep([a_word("2")], other, "yen-mo")
    (table,) = personal_data.personal_tables()
    await table.erase(Subject((), person))
    assert [row.key for row in await UnheardWord.all()] == ["2"]


async def test_the_export_names_texts_and_meanings_and_nobody(db: BaseDBAsyncClient) -> None:
    person = await people.remember(HOA, "chat", "Hoa", NOW)
    await words.keep([a_word("1"), a_word("2"), a_word("3", text="chưa ai nói")], person, "yen-mo")
    await UnheardWord.filter(key__in=["1", "2"]).update(named="dien-nuoc")
    assert await words.named() == [("nước yếu", "dien-nuoc")]
