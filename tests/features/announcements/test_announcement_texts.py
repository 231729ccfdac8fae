"""What is typed, filled in, linted and shown, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import Attachment
from bot.features.announcements import schedule
from bot.features.announcements.audience import Audience
from bot.features.announcements.letter import letter, trial
from bot.features.announcements.model import Announcement, number_in
from bot.features.announcements.schedule import MISFIRE, When
from bot.features.announcements.writing import files
from bot.features.announcements.writing.lint import lint, names_a_paper, reading_seconds
from bot.features.announcements.writing.preview import looks
from bot.features.announcements.writing.templates import TEMPLATES
from bot.features.calendar.vietnam import VIETNAM
from bot.features.guides.contacts import Allowed
from bot.testing import PLAIN, RICH
from tests.features.outbox_rig import same

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""Tuesday, 15:00 in Vietnam."""


def one(text: str = "Mời bà con.", **columns: object) -> Announcement:
    values: dict[str, object] = {
        "id": 7, "commune_id": 1, "number": 123, "klass": "routine", "template": "", "title": "Tin", "text": text,
        "attachments": (), "source": "", "not_before": None, "expires_at": None, "audience": Audience(every=True),
        "author_id": 1, "approver_id": None, "state": "draft", "version": 1, "content_hash": "", "audience_hash": "",
        "channels": 0, "rows": 0, "everybody": False, "corrects": 0, "reason": "", "refusal": "", "created_at": NOW,
        "updated_at": NOW, "approved_at": None, "ended_at": None,
    }  # fmt: skip
    return Announcement(**{**values, **columns})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "local"),
    [
        ("17:00", "24/11/2026 17:00"),
        ("17h", "24/11/2026 17:00"),
        ("17 giờ 30", "24/11/2026 17:30"),
        ("hôm nay 17g15", "24/11/2026 17:15"),
        ("14:59", "24/11/2026 14:59"),
        ("mai 7:30", "25/11/2026 07:30"),
        ("Ngày mai 7h", "25/11/2026 07:00"),
        ("sáng mai 7h30", "25/11/2026 07:30"),
        ("7 giờ rưỡi tối mai", "25/11/2026 19:30"),
        ("ngay kia 8h", "26/11/2026 08:00"),
        ("25/11 19:00", "25/11/2026 19:00"),
        ("19:00 25/11", "25/11/2026 19:00"),
        ("tomorrow 7:30", "25/11/2026 07:30"),
        ("19 giờ ngày 25-11-2026", "25/11/2026 19:00"),
        ("20/11 7:00", "20/11/2026 07:00"),
        ("2/1 7:00", "02/01/2027 07:00"),
        ("31/12 7h", "31/12/2026 07:00"),
    ],
)
def test_times_as_people_type_them(typed: str, local: str) -> None:
    when = schedule.read(typed, NOW)
    assert isinstance(when, When)
    assert f"{when.at.astimezone(VIETNAM):%d/%m/%Y %H:%M}" == local


@pytest.mark.parametrize(
    "typed", ["", "17", "31/11 7:00", "30/2 7:00", "24:00", "7:5", "chiều", "0/0 7:00", "1/1/0000 5:00"]
)
def test_what_is_no_time(typed: str) -> None:
    assert schedule.read(typed, NOW) is None


@pytest.mark.parametrize("typed", ["ngay", "Gửi ngay.", "BÂY GIỜ"])
def test_at_once(typed: str) -> None:
    assert schedule.read(typed, NOW) == "now"


@given(st.text(max_size=80) | st.from_regex(r"(mai |\d{1,2}/\d{1,2}(/\d{4})? )?\d{1,2}[:hg]\d{0,2}", fullmatch=True))
def test_reading_a_time_is_total(typed: str) -> None:
    for found in (schedule.read(typed, NOW), schedule.find(typed, NOW)):
        assert not isinstance(found, When) or found.at.tzinfo is not None


@pytest.mark.parametrize(
    ("typed", "local"),
    [
        ("19 giờ 30, thứ Năm 26/11 tại nhà văn hóa", "26/11/2026 19:30"),
        ("19h 26/11", "26/11/2026 19:00"),
        ("thứ 5, 26/11, lúc 7 giờ rưỡi tối", "26/11/2026 19:30"),
        ("tối mai lúc 19h", "25/11/2026 19:00"),
    ],
)
def test_a_time_in_a_sentence_takes_no_figure_of_the_day_for_the_clock(typed: str, local: str) -> None:
    when = schedule.find(typed, NOW)
    assert isinstance(when, When)
    assert f"{when.at.astimezone(VIETNAM):%d/%m/%Y %H:%M}" == local


def test_plans_lie_ahead_and_before_the_end() -> None:
    ahead = NOW + timedelta(hours=2)
    assert schedule.plan_problem(NOW, None, NOW) is not None
    assert schedule.plan_problem(NOW + timedelta(days=400), None, NOW) is not None
    assert schedule.plan_problem(ahead, ahead, NOW) is not None
    assert schedule.plan_problem(ahead, ahead + MISFIRE, NOW) is None
    assert schedule.expiry_problem(NOW, None, NOW) is not None
    assert schedule.expiry_problem(ahead, ahead, NOW) is not None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Bà con gửi mã OTP cho cán bộ xã.", ["SECRET"]),
        ("Bà con đọc mật khẩu để nhận quà.", ["SECRET"]),
        ("Bà con không đọc mã OTP cho ai.", []),
        ("Bà con đừng bao giờ nhập mật khẩu vào trang lạ.", []),
        ("Bà con tuyệt đối không cung cấp mật khẩu.", []),
        ("Để tránh lừa đảo, bà con gửi mã OTP cho xã.", ["SECRET"]),
        ("Bà con không cần lên xã, chỉ gửi mã OTP.", ["SECRET"]),
        ("Kẻ gian gọi điện, bảo bà con đọc mã OTP.", ["SECRET"]),
        ("Bà con chuyển khoản tiền quỹ vào tài khoản sau.", ["MONEY"]),
        ("Bà con không chuyển tiền cho người lạ.", []),
        ("Bà con vào https://xa-yenmo.top để nhận quà.", ["LINK"]),
        ("Bà con vào https://dichvucong.gov.vn để nộp hồ sơ.", []),
        ("Mời bà con họp lúc 19 giờ.", ["EXPIRY"]),
        ("Cần hỏi, gọi 0912 345 678.", ["PHONE"]),
        ("Đề nghị BCĐ và các TCSCĐ cùng làm.", ["SHORT"]),
        ("Ban chỉ đạo (BCĐ) nhắc bà con. BCĐ cảm ơn.", []),
        ("Bà con nhớ dọn vườn. " * 70, ["LONG"]),
        ("Người từ 75 tuổi được trợ cấp hằng tháng.", ["SOURCE"]),
        ("Nghi quyet moi ho tro tien hoc.", ["SOURCE"]),
    ],
)  # fmt: skip
def test_a_careful_colleague(text: str, codes: list[str]) -> None:
    assert [finding.code for finding in lint(one(text), Allowed())] == codes


def test_telling_of_a_trick_needs_a_second_look_but_in_the_warning_made_for_it() -> None:
    text = "Kẻ gian gọi điện, bảo bà con đọc mã OTP."
    assert [finding.level for finding in lint(one(text), Allowed())] == ["doubt"]
    assert lint(one(text, template="scam"), Allowed()) == []


@pytest.mark.parametrize(
    ("source", "known"),
    [
        ("Công văn số 12/UBND-VHXH ngày 20/11/2026", True), ("Nghị định 30/2020/NĐ-CP", True),
        ("57-NQ/TW", True), ("Luật số 91/2025/QH15", True), ("cv 12/ubnd", True),
        ("Ủy ban nhân dân xã Yên Mô", False), ("họp ngày 20/11/2026", False), ("nghị định của Chính phủ", False),
    ],
)  # fmt: skip
def test_a_policy_names_the_number_of_its_paper(source: str, known: bool) -> None:
    assert names_a_paper(source) is known
    policy = TEMPLATES["policy"].fill({"what": "tiền học", "who": "học sinh", "do": "nộp đơn", "source": source})
    found = lint(one(policy, template="policy", source=source), Allowed())
    assert [(finding.code, finding.level) for finding in found] == ([] if known else [("SOURCE", "error")])
    free = lint(one("Chính sách mới về tiền học.", source=source), Allowed())
    assert [(finding.code, finding.level) for finding in free] == ([] if known else [("SOURCE", "doubt")])


def test_the_templates_pass_their_own_lint() -> None:
    for template in TEMPLATES.values():
        answers = {question.field: "việc chung" for question in template.questions}
        text = template.fill(answers)
        tomorrow = NOW + timedelta(days=1)
        made = one(text, template=template.key, expires_at=tomorrow, source="12/UBND-VHXH")
        found = lint(made, Allowed())
        assert found == []
        assert "{" not in text


def test_a_skipped_answer_takes_its_line_along() -> None:
    text = TEMPLATES["storm"].fill({"what": "bão số 5 **{x}**", "when": "tối nay", "do": "ở nhà", "call": ""})
    assert "gọi" not in text
    assert "bão số 5 **{x}**" in text


def test_reading_takes_its_time() -> None:
    assert reading_seconds("một hai ba bốn năm sáu bảy tám chín mười") == 4


def test_the_words_come_first_and_each_file_is_a_message_of_its_own() -> None:
    item = Attachment("audio", "a.mp3", "bản đọc loa", 9)
    messages = letter(
        one("A < b **c**", attachments=(item,), source="Công văn 12", expires_at=NOW),
        commune="xã Yên Mô", corrects="TB-0100", translate=same, locale="vi", target=5,
    )  # fmt: skip
    words, audio = messages
    assert words.text.plain == (
        "Ủy ban nhân dân xã Yên Mô\nTB-0123 · 15 giờ, 24/11/2026\nĐính chính thông báo TB-0100\n\n"
        "Tin\n\nA < b **c**\n\n"
        "Nguồn: Công văn 12\nTin có giá trị đến 15 giờ, 24/11/2026\n"
        "Muốn biết tin này thật hay giả, gõ: kiểm tra TB-0123"
    )
    assert [button.data for button in words.buttons] == ["tn|7|5", "tp|7|5"]
    assert audio.attachment == item
    assert "A <" not in audio.text.plain
    assert all(message.buttons == () for message in trial(messages, same, "vi"))


def test_messengers_that_show_it_alike_share_one_look() -> None:
    messages = letter(one("x" * 3000), commune="xã", corrects="", translate=same, locale="vi", target=1)
    capabilities = {"a": RICH, "b": PLAIN, "c": RICH}
    seen = looks(messages, ["a", "b", "c"], capabilities, link_to=lambda name: None, translate=same, locale="vi")
    assert [(look.platforms, len(look.messages)) for look in seen] == [(("a", "c"), 1), (("b",), 2)]


def test_a_choice_of_groups_is_kept_as_it_is() -> None:
    chosen = Audience().toggled("unit:3").toggled("kind:xóm").toggled("team")
    assert Audience.from_json(chosen.to_json()) == chosen
    assert chosen.toggled("team").toggled("unit:3").toggled("kind:xóm").empty
    assert Audience.from_json("{}").empty
    assert chosen.toggled("all") == Audience(every=True, extra=frozenset({"team"}))
    for wrong in ("", "unit:x", "sandbox", "kind:"):
        with pytest.raises(ValueError, match="audience"):
            chosen.toggled(wrong)
    with pytest.raises(ValueError, match="fixed"):
        Audience(only=frozenset({1})).toggled("all")


def test_numbers_as_people_write_them() -> None:
    assert [number_in(text) for text in ("TB-0123", "tb 123", "0123", "TB123", "x", "", "TB-")] == [123] * 4 + [
        None
    ] * 3


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "photo"),
        (b"\x89PNG\r\n\x1a\n", "photo"),
        (b"ID3\x04", "audio"),
        (b"\xff\xfb\x90", "audio"),
        (b"OggS", "audio"),
        (b"RIFF....WAVE", "audio"),
        (b"....ftypM4A ", "audio"),
        (b"%PDF-1.7", "file"),
        (b"PK\x03\x04..word/document.xml", "file"),
        (b"....ftypisom", None),
        (b"MZ\x90", None),
        (b"PK\x03\x04..classes.dex", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(start: bytes, kind: str | None) -> None:
    found = files.kind_of(start)
    assert (None if found is None else found.kind) == kind
