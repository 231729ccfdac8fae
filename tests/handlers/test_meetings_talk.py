"""A leader calls the team or the village together, writes the minutes, and gives what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.messages import Message
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.commune import settings as commune
from bot.features.difficulties.tables import Difficulty
from bot.features.jobs.queue import JobRefused, JobRunner, chat_of
from bot.features.meetings.actions import (
    AssignPoint,
    CallMeeting,
    CancelMeeting,
    OpenMeeting,
    PassOnPoint,
    ReportMeeting,
    WriteMinutes,
)
from bot.features.meetings.tables import Meeting, MeetingPoint
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.reports import Reports
from bot.handlers.kit.base import Content
from bot.handlers.meetings import papers as meeting_papers
from bot.handlers.papers import documents
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.tasks import Task
from bot.testing import FakePlatform, Participant
from tests.conversations import KEY
from tests.features.reports.nd30_rules import faults
from tests.features.reports.reading import text_of
from tests.features.village import somebody

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@dataclass
class Hall:
    """Tu leads Lạc Hiền, with Hoa as a member; it is Tuesday, the 24th, 15:00."""

    yard: Yard
    db: BaseDBAsyncClient
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outbox = self.yard.features.outbox
        reports = Reports(self.db, Audit(KEY), {"yen-mo": commune.DEMO}.get)
        post = documents.PaperNotices(reports, outbox, self.store, outbox.translate)
        kinds = {meeting_papers.KIND: meeting_papers.MeetingPaperJob(post)}
        self.runner = JobRunner(kinds, self.db, self.refused, self.yard.world.clock.now)

    async def store(self, file_name: str, data: bytes) -> str:
        name = f"{len(self.files):032}/{file_name}"
        self.files[name] = data
        return name

    async def refused(self, body: Mapping[str, str], refusal: JobRefused) -> None:
        chat, now = chat_of(body), self.yard.world.clock.now()
        assert chat is not None
        message = Message(Text.of(refusal.template, **refusal.values))
        await self.yard.features.outbox.add(chat, message, key="refused", now=now, answering=True)

    async def works(self) -> None:
        while await self.runner.run() == 0.0:
            pass
        await self.yard.sends()

    @property
    def paper(self) -> str:
        """The text of the newest Word file, which keeps to the layout of the decree."""
        name, content = list(self.files.items())[-1]
        assert faults(content, dated="GM-" in name, numbered="TCNSCĐ" in text_of(content)) == []
        return text_of(content)

    def tu(self) -> Participant:
        return self.yard.world.talk("tu")


@pytest.fixture
async def hall(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Hall:
    made = await yard(db, platform, shipped)
    await somebody("hoa", "member", made.at.village, made.world.clock.now())
    return Hall(made, db)


async def asked(hall: Hall, words: str = "họp tổ") -> Participant:
    """The leader has answered all and hears it read back."""
    tu = hall.tu()
    await tu.says(words)
    await tu.says("bàn việc cài VNeID cho bà con.")
    await tu.says("19 giờ 30 thứ Năm")
    await tu.says("nhà văn hóa thôn")
    await tu.says("- Kết quả tháng 11\n- Chia việc tháng 12")
    return tu


async def called(hall: Hall, words: str = "họp tổ") -> Participant:
    tu = await asked(hall, words)
    await tu.picks("Đúng, mời họp")
    await hall.yard.sends()
    return tu


async def minuted(hall: Hall, words: str = "họp tổ") -> Participant:
    tu = await called(hall, words)
    await tu.picks("Viết biên bản")
    for said in (
        "25 người",
        "Lê Thị Cúc",
        "1. Dán áp phích ở chợ - anh Ba - hạn 5/12.\n2. Giữ nguyên lịch trực",
        "Bao giờ có sóng 4G?\nĐiện thoại cũ có cài được không?",
    ):
        await tu.says(said)
    return tu


async def test_the_team_is_called_by_the_bot(hall: Hall) -> None:
    tu = await asked(hall)
    for phrase in ("thôn Lạc Hiền: bàn việc cài VNeID cho bà con", "19 giờ 30, thứ Năm, 26/11/2026", "Đúng không ạ?"):
        assert phrase in tu.heard
    assert not await Meeting.exists()
    await tu.picks("Đúng, mời họp")
    assert "Tôi đã nhắn tin trên cho Tổ." in tu.heard
    await hall.yard.sends()
    told = hall.yard.texts("chat-hoa")[-1]
    for phrase in ("Kính mời các anh chị trong Tổ", "19 giờ 30, thứ Năm, 26/11/2026", "- Chia việc tháng 12"):
        assert phrase in told
    assert "Kính mời" not in "".join(hall.yard.texts("g-lac-hien")), "a village hears nothing on one person's word"
    assert (await AuditRow.filter(act="meeting_called").get()).details.find("VNeID") < 0


async def test_a_group_of_the_team_is_told_instead_of_each_member(hall: Hall) -> None:
    await hall.yard.group("g-to", hall.yard.at.village, "team")
    await called(hall)
    assert "Kính mời các anh chị" in hall.yard.texts("g-to")[-1]
    assert hall.yard.texts("chat-hoa") == []


async def test_for_a_village_the_words_are_ready_to_pass_on(hall: Hall) -> None:
    tu = await called(hall, "hop thon")
    own = next(message.text.plain for message in tu.news if "Kính gửi bà con" in message.text.plain)
    assert own.splitlines()[0] == "Kính gửi bà con thôn Lạc Hiền,"
    assert own.endswith("Mỗi nhà cử một người. Trân trọng cảm ơn bà con.")
    assert "- Kết quả tháng 11" in own
    assert "Chuyển tiếp" in tu.heard
    assert not await OutboxRow.exists()


@pytest.mark.parametrize(
    ("words", "asked_next", "heard"),
    [
        ("họp tổ tối mai 7 giờ bàn việc cài VNeID.", "Họp ở đâu?", ("19 giờ, thứ Tư, 25/11", ": bàn việc cài VNeID")),
        (
            "moi hop thon 19h30 thu nam",
            "họp về việc gì?",
            ("19 giờ 30, thứ Năm, 26/11/2026", "Họp bà con thôn Lạc Hiền"),
        ),
        ("hop to dan pho ve viec truc loa", "họp về việc gì?", ("làm đường", "Họp bà con")),
        ("Mời họp tổ về việc trực loa", "Họp lúc nào?", ("về việc trực loa", "Họp Tổ")),
        ("mai họp tổ 7h tối ở nhà văn hóa", "họp về việc gì?", ("19 giờ, thứ Tư, 25/11", "tại nhà văn hóa")),
    ],
)
async def test_what_the_first_words_say_is_not_asked_again(
    hall: Hall, words: str, asked_next: str, heard: tuple[str, ...]
) -> None:
    tu = hall.tu()
    await tu.says("menu")
    await tu.says(words)
    assert asked_next in tu.heard
    for question, said in (
        ("họp về việc gì?", "làm đường"),
        ("Họp lúc nào?", "mai 8 giờ"),
        ("Họp ở đâu?", "đình làng"),
        ("Nội dung họp", "bỏ qua"),
    ):
        if question in tu.heard:
            await tu.says(said)
    assert "Đúng không ạ?" in tu.heard
    for phrase in heard:
        assert phrase in tu.heard
    await tu.says("hủy")
    await tu.says("họp thôn 2")
    assert "Số hội nghị, họp thôn có lồng ghép: 2 cuộc" in tu.heard, "a figure stays a figure"
    await tu.says("họp thôn 3")
    assert "có lồng ghép: 3 cuộc" in tu.heard, "also while it waits"


async def test_talk_of_a_meeting_calls_nobody(hall: Hall) -> None:
    tu = hall.tu()
    await tu.says("menu")
    await tu.says("tôi vừa đi họp thôn về")
    assert "họp về việc gì?" not in tu.heard
    await tu.says("bao giờ họp tổ")
    assert "Mời họp Tổ" in tu.choices


async def test_who_leads_two_villages_is_asked_which_and_nothing_again(hall: Hall) -> None:
    await somebody("tu", "deputy", hall.yard.at.other_village, hall.yard.world.clock.now())
    tu = hall.tu()
    await tu.says("menu")
    await tu.says("họp tổ bàn việc cài VNeID")
    assert "Bác mời họp ở thôn nào?" in tu.heard
    await tu.picks("thôn Đông Cao")
    assert "Họp lúc nào?" in tu.heard
    await tu.says("mai 8 giờ")
    await tu.says("đình làng")
    await tu.says("bỏ qua")
    await tu.picks("Đúng, mời họp")
    assert (await Meeting.get()).subject == "bàn việc cài VNeID"


async def test_yes_said_twice_calls_once(hall: Hall) -> None:
    tu = await called(hall)
    await tu.forges(pack(CallMeeting()))
    assert await Meeting.all().count() == 1
    assert "chưa có biên bản" in tu.heard
    assert len([text for text in hall.yard.texts("chat-hoa") if "Kính mời" in text]) == 1


async def test_wrong_answers_are_asked_again_and_a_word_ends_it(hall: Hall) -> None:
    tu = hall.tu()
    await tu.says("mời họp")
    await tu.picks("Mời bà con họp")
    await tu.says("làm đường")
    for said, answer in (
        ("hôm nào cũng được", "Tôi chưa rõ ngày giờ."),
        ("8h 24/11", "Giờ này đã qua rồi."),
        ("8h 24/12/2028", "xa quá một năm"),
    ):
        await tu.says(said)
        assert answer in tu.heard
    await tu.restarts()
    await tu.says("tối mai 7 giờ")
    await tu.says("đình làng")
    await tu.says("bỏ qua")
    assert "19 giờ, thứ Tư, 25/11/2026, tại đình làng" in tu.heard
    await tu.says("thôi để tôi xem")
    assert "Tôi chưa mời ai." in tu.heard
    await tu.says("hủy")
    await tu.forges(pack(CallMeeting()))
    assert not await Meeting.exists()


async def test_a_meeting_whose_hour_passed_before_the_yes_is_asked_again(hall: Hall) -> None:
    tu = await asked(hall)
    hall.yard.world.clock.passes(days=3)
    await tu.picks("Đúng, mời họp")
    assert "Giờ này đã qua rồi." in tu.heard
    assert not await Meeting.exists()


async def test_the_minutes_come_as_a_paper(hall: Hall) -> None:
    tu = await minuted(hall)
    assert "Đang soạn biên bản" in tu.heard
    await hall.works()
    assert "BB-lac-hien-2026-11-26.docx" in tu.heard
    text = hall.paper
    for phrase in (
        "BIÊN BẢN",
        "Họp Tổ công nghệ số cộng đồng: bàn việc cài VNeID",
        "/BB-TCNSCĐ", "TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG", "Thành phần tham dự: 25 người.", "Chủ trì: tu.",
        "Lê Thị Cúc", "- Dán áp phích ở chợ - anh Ba - hạn 5/12.", "- Bao giờ có sóng 4G?\n", "THƯ KÝ",
    ):  # fmt: skip
        assert phrase in text, phrase
    assert (await JobRow.get()).body == "{}", "the name of who wrote it does not outlive the work"
    assert "Cúc" not in str(await Meeting.all().values()) + str(await MeetingPoint.all().values())


async def test_the_minutes_of_a_village_are_the_village_s_without_a_number(hall: Hall) -> None:
    await minuted(hall, "họp thôn")
    await hall.works()
    assert "THÔN LẠC HIỀN" in hall.paper
    assert "Họp thôn: bàn việc cài VNeID cho bà con" in hall.paper
    assert "Số:" not in hall.paper


async def test_a_village_is_invited_as_neighbours(hall: Hall) -> None:
    tu = await called(hall, "họp thôn")
    await tu.picks("Giấy mời (Word)")
    await hall.works()
    assert "Kính mời bà con tới dự" in hall.paper
    assert "đồng chí" not in hall.paper


async def test_an_invitation_with_its_agenda_comes_as_a_paper(hall: Hall) -> None:
    tu = await called(hall)
    await tu.picks("Giấy mời (Word)")
    await hall.works()
    assert "GM-lac-hien-2026-11-26.docx" in tu.heard
    for phrase in ("GIẤY MỜI", "/GM-TCNSCĐ", "Nội dung: Kết quả tháng 11; Chia việc tháng 12."):
        assert phrase in hall.paper, phrase


async def test_what_was_decided_becomes_a_task_with_its_day(hall: Hall) -> None:
    tu = await minuted(hall)
    await tu.picks("Giao việc: Dán áp phích ở chợ - anh Ba - hạn 5…")
    assert "Làm sao biết là xong?" in tu.heard
    await tu.says("20 tờ")
    await tu.picks("hoa (0)")
    made = await Task.get()
    assert (made.title, str(made.due_on), made.state) == ("Dán áp phích ở chợ, anh Ba", "2026-12-05", "given")
    await tu.forges(pack(AssignPoint((await MeetingPoint.filter(kind="decision").order_by("-id").first() or made).id)))
    assert "Đến bao giờ phải xong?" in tu.heard


async def test_a_question_goes_to_the_commune_once(hall: Hall) -> None:
    tu = await minuted(hall)
    await tu.picks("Chuyển xã: Bao giờ có sóng 4G?")
    assert "Đã chuyển xã" in tu.heard
    assert "• Bao giờ có sóng 4G? (đã chuyển xã)" in tu.heard
    point = await MeetingPoint.filter(kind="question").order_by("id").first()
    assert point is not None
    await tu.forges(pack(PassOnPoint(point.id)))
    assert "đã chuyển xã rồi" in tu.heard
    assert [one.text for one in await Difficulty.all()] == ["Bao giờ có sóng 4G?"]
    await hall.yard.sends()
    assert "Bao giờ có sóng 4G?" in hall.yard.texts("chat-lan")[-1]


async def test_questions_are_collected_after_the_meeting_too(hall: Hall) -> None:
    tu = await minuted(hall)
    await tu.picks("Ghi câu hỏi của bà con")
    await tu.says("bao giờ có sóng 4g?\nBao giờ có sóng 4G?\n- Ai sửa loa?")
    assert "Đã ghi thêm 2 câu hỏi." in tu.heard
    assert "Chuyển xã: Ai sửa loa?" in tu.choices


async def test_the_figures_of_a_meeting_are_read_back_before_they_count(hall: Hall) -> None:
    tu = await minuted(hall, "họp thôn")
    await tu.picks("Đưa vào số liệu")
    assert "Số hội nghị, họp thôn có lồng ghép" in tu.heard
    assert "25" in tu.heard
    assert "Đúng không ạ" in tu.heard


async def test_minutes_that_are_written_again_replace_what_was_decided(hall: Hall) -> None:
    tu = await minuted(hall)
    old = await Meeting.get()
    await tu.picks("Viết lại biên bản")
    for said in ("không nhớ", "0", "24", "Lê Thị Cúc", "Hoãn việc dán áp phích", "bỏ qua"):
        await tu.says(said)
    assert [one.text for one in await MeetingPoint.filter(kind="decision")] == ["Hoãn việc dán áp phích"]
    assert await MeetingPoint.filter(kind="question").count() == 2
    assert (await Meeting.get()).present == 24
    await tu.forges(pack(WriteMinutes(old.id, old.version)))
    assert "vừa thay đổi" in tu.heard


async def test_a_meeting_is_put_off_and_the_team_hears_it(hall: Hall) -> None:
    tu = await called(hall)
    await tu.picks("Hoãn họp")
    await tu.picks("Không, để nguyên")
    await tu.picks("Hoãn họp")
    await tu.picks("Đúng, hoãn họp")
    await hall.yard.sends()
    assert "hoãn lại" in hall.yard.texts("chat-hoa")[-1]
    one = await Meeting.get()
    assert one.state == "cancelled"
    await tu.forges(pack(CancelMeeting(one.id, 1, sure=True)))
    assert "vừa thay đổi" in tu.heard
    await tu.forges(pack(WriteMinutes(one.id, one.version)))
    assert "Cuộc họp này đã hoãn." in tu.heard
    await tu.says("họp tổ")
    assert "họp về việc gì?" in tu.heard


async def test_only_who_leads_the_village_calls_it_and_reads_its_minutes(hall: Hall) -> None:
    await minuted(hall)
    one = await Meeting.get()
    now, at = hall.yard.world.clock.now(), hall.yard.at
    await somebody("xa", "leader", at.other_village, now)
    await somebody("phu", "leader", at.far_village, now)
    for name in ("hoa", "lan", "xa", "phu", "mai"):
        talk = hall.yard.world.talk(name)
        await talk.says("menu")
        if name in ("hoa", "lan", "mai"):
            await talk.says("họp tổ")
            assert "là của Tổ trưởng, Tổ phó." in talk.heard
        point = await MeetingPoint.filter(kind="question").first()
        assert point is not None
        for action in (
            OpenMeeting(one.id), WriteMinutes(one.id, one.version), CancelMeeting(one.id, one.version, sure=True),
            PassOnPoint(point.id), AssignPoint(point.id), ReportMeeting(one.id),
        ):  # fmt: skip
            await talk.forges(pack(action))
            assert "VNeID" not in talk.heard
            assert "là của Tổ trưởng, Tổ phó." in talk.heard
    assert (await Meeting.get()).version == one.version
    assert not await Difficulty.exists()


async def test_a_leader_whose_role_ended_meanwhile_gets_no_minutes(hall: Hall) -> None:
    await minuted(hall)
    who = await people.who(Account("fake", "id-tu"), hall.yard.world.clock.now())
    await people.end(who.grants[0].id, who.person_id or 0, hall.yard.world.clock.now())
    await hall.works()
    assert hall.files == {}
    assert "là của Tổ trưởng, Tổ phó." in hall.yard.texts("chat-tu")[-1]


async def test_in_a_group_nothing_is_asked(hall: Hall) -> None:
    talk = hall.yard.world.talk("tu", chat="g-lac-hien", kind="group")
    await talk.says("họp tổ")
    assert "trong cuộc trò chuyện riêng" in talk.heard
    await talk.forges(pack(CallMeeting()))
    assert not await Meeting.exists()
