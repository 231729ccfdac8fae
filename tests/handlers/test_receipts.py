"""After an announcement has left: who has it, who confirms, what is uncertain, and whether a number is genuine."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.router import Router
from bot.features import units
from bot.features.announcements.audience import Audience
from bot.features.announcements.letter import letter
from bot.features.announcements.model import announcement, package
from bot.features.announcements.receipts import evidence
from bot.features.announcements.receipts.receipt import Receipt, receipt
from bot.features.announcements.receipts.reminding import LADDERS, Reminders
from bot.features.audit import Audit
from bot.features.calendar import periods
from bot.features.calendar.vietnam import VIETNAM
from bot.features.commune.commune_settings import UNKNOWN
from bot.features.groups import channels
from bot.features.jobs.queue import Jobs
from bot.features.outbox import bodies
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.states import State
from bot.handlers.announcements import receipts
from bot.handlers.announcements import verification as genuine
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement, AnnouncementTarget
from bot.storage.tables.commune import PassingFile
from bot.testing import FakePlatform, Participant, World
from tests.conversations import KEY, content
from tests.features.village import Places, places, somebody
from tests.kit import catalogues

TRANSLATE = catalogues().translate
GROUPS = ("lac-hien", "dong-cao")


@dataclass
class Sent:
    """Yên Mô has announced TB-0007 to the groups of two villages; a test says what became of its messages."""

    world: World
    at: Places
    box: Outbox
    id: int
    targets: list[AnnouncementTarget] = field(default_factory=list)

    async def is_now(self, group: str, state: State, reason: str = "", part: int = 1) -> None:
        """The messenger did its part, as the sender would record it."""
        await OutboxRow.filter(chat_id=group, part=part, announcement=self.id).update(
            state=state, reason=reason, updated_at=self.world.clock.now()
        )

    async def receipt(self) -> Receipt:
        found = await receipt(self.id, periods.today(self.world.clock.now()))
        assert found is not None
        return found

    def group(self, name: str, person: str) -> Participant:
        return self.world.talk(person, chat=name, kind="group")

    async def shows(self, group: str, person: str) -> Participant:
        """The group has the message on its screen; somebody looks at it."""
        row = await OutboxRow.get(chat_id=group, part=1, announcement=self.id)
        shown = letter(
            announcement(await Announcement.get(id=self.id)),
            commune="xã Yên Mô",
            corrects="",
            translate=TRANSLATE,
            locale="vi",
            target=next(one.id for one in self.targets if one.native_id == row.chat_id),
        )[0]
        talk = self.group(group, person)
        await talk.forges(shown.buttons[0].data)
        return talk


@pytest.fixture
async def sent(db: BaseDBAsyncClient, platform: FakePlatform) -> Sent:
    at = await places()
    box = Outbox(
        Rows(db, TRANSLATE), {platform.name: platform.capabilities}, TRANSLATE, lambda name: f"https://x/{name}"
    )
    talk = receipts.ReceiptConversation(box, Jobs(db), content().search, Reminders(box, TRANSLATE), Audit(KEY))

    numbers = genuine.Verification(lambda ctx: UNKNOWN)

    def router() -> Router:
        root = Router()
        root.include(receipts.build(talk), genuine.build(numbers))

        @root.command("kiemtra", takes_args=True)
        async def check(ctx: Context) -> None:
            if not await numbers.verify(ctx, ctx.args):
                ctx.reply(ctx.t("không có số"))

        return root

    world = World(db, router, TRANSLATE, platform)
    now = world.clock.now()
    author = await somebody("lan", "officer", at.commune, now)
    await somebody("tu", "leader", at.village, now)
    await somebody("mai", "deputy", at.village, now)
    await somebody("long", "leader", at.far_village, now)
    row = await Announcement.create(
        commune_id=at.commune, number=7, title="Họp thôn", text="Tối nay họp ở nhà văn hóa.", source="Văn phòng xã",
        author_id=author.person_id, state="sending", approved_at=now, created_at=now, updated_at=now,
        channels=2, rows=2,
    )  # fmt: skip
    sent = Sent(world, at, box, row.id)
    for name, unit in zip(GROUPS, (at.village, at.other_village), strict=True):
        made = await channels.register(platform.name, name, unit, "village", f"Nhóm {name}", now)
        assert isinstance(made, channels.Registered)
        target = await AnnouncementTarget.create(
            announcement_id=row.id, channel_id=made.channel.id, unit_id=unit, platform=platform.name, native_id=name
        )
        sent.targets.append(target)
        messages = letter(
            announcement(row), commune="xã Yên Mô", corrects="", translate=TRANSLATE, locale="vi", target=target.id
        )
        async with in_transaction("default"):
            await box.add(
                Chat(platform.name, name, "group"), messages, key=package(row.id, made.channel.id), now=now,
                klass="routine", announcement=row.id,
            )  # fmt: skip
    return sent


async def opened(sent: Sent, name: str = "lan") -> Participant:
    talk = sent.world.talk(name)
    await talk.forges(f"tq|{sent.id}")
    return talk


async def test_the_receipt_counts_groups_by_their_worst_message_and_says_why(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    await sent.is_now("dong-cao", "failed", "Forbidden: bot was kicked from the supergroup chat")
    lan = await opened(sent)
    assert "TB-0007 “Họp thôn” (đang gửi)" in lan.heard
    assert "Đã chuyển tới 1/2 nhóm." in lan.heard
    assert "thôn Đông Cao: tôi không còn trong nhóm. Nhờ quản trị viên nhóm thêm tôi vào lại" in lan.heard
    assert "Chưa xác nhận: thôn Lạc Hiền." in lan.heard
    assert "đã đọc" not in lan.heard


async def test_whatever_becomes_of_the_messages_their_sum_is_what_was_frozen(sent: Sent) -> None:
    states: tuple[State, ...] = ("pending", "held", "leased", "sending", "sent", "failed", "uncertain", "expired")
    for state in states:
        await sent.is_now("dong-cao", state)
        found = await sent.receipt()
        assert found.total == found.announcement.rows == 2
        assert sum(len(found.groups(one)) for one in evidence.WORDS) == 2


async def test_a_village_that_begins_on_the_day_of_an_early_announcement_is_named_as_not_reached(sent: Sent) -> None:
    """Before seven in the morning it is still yesterday in Greenwich."""
    early = datetime(2026, 12, 1, 6, 30, tzinfo=VIETNAM)
    await units.create("moi", "thôn", "Mới", parent="yen-mo", valid_from=early.date())
    everybody = Audience(every=True).to_json()
    await Announcement.filter(id=sent.id).update(approved_at=early.astimezone(UTC), audience=everybody)
    assert (await sent.receipt()).unreached == ("thôn Mới",)


async def test_a_leader_confirms_once_and_the_second_press_says_when(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    tu = await sent.shows("lac-hien", "tu")
    assert "✅ Thôn Lạc Hiền đã nhận TB-0007" in tu.heard
    mai = await sent.shows("lac-hien", "mai")
    assert "Thôn Lạc Hiền đã xác nhận TB-0007 lúc" in mai.heard
    lan = await opened(sent)
    assert "Đã xác nhận: 1/2 thôn." in lan.heard


async def test_a_press_in_the_group_proves_that_it_arrived_whoever_pressed(sent: Sent) -> None:
    """Taking out `arrived` leaves the row uncertain."""
    await sent.is_now("lac-hien", "uncertain", "timeout")
    neighbour = await sent.shows("lac-hien", "Sáu")
    assert neighbour.heard == ""
    found = await sent.receipt()
    assert [one.village for one in found.groups("sent")] == ["thôn Lạc Hiền"]
    assert not found.acknowledged


async def test_a_press_from_elsewhere_proves_nothing(sent: Sent) -> None:
    """The button of one group, pressed in another or by somebody of another commune."""
    await sent.is_now("lac-hien", "uncertain", "timeout")
    far = sent.world.talk("long")
    await far.forges(f"tn|{sent.id}|{sent.targets[0].id}")
    assert "Bác có quyền làm việc này, nhưng không phải ở đơn vị này." in far.heard
    await sent.group("dong-cao", "long").forges(f"tn|{sent.id}|{sent.targets[0].id}")
    found = await sent.receipt()
    assert [one.village for one in found.groups("uncertain")] == ["thôn Lạc Hiền"]
    assert not found.acknowledged


async def test_the_official_decides_what_is_uncertain(sent: Sent) -> None:
    await sent.is_now("lac-hien", "uncertain", "timeout")
    await sent.is_now("dong-cao", "uncertain", "timeout")
    lan = await opened(sent)
    await lan.picks("Quyết định tin chưa rõ (2)")
    assert "2 nhóm chưa rõ đã có TB-0007 chưa:" in lan.heard
    await lan.picks("Chọn từng nhóm")
    assert "Còn 2 tin chưa rõ đã tới chưa." in lan.heard
    assert "Thôn Lạc Hiền" in lan.heard
    await lan.picks("Nhóm đã nhận")
    assert "Còn 1 tin chưa rõ đã tới chưa." in lan.heard
    await lan.picks("Gửi lại")
    assert "Đã chuyển tới 1/2 nhóm." in lan.heard
    assert "thôn Đông Cao: đang chờ đến lượt" in lan.heard
    repeat = await OutboxRow.get(resend_of__gt=0)
    (said,) = await bodies.messages_of([repeat])
    assert "(gửi lại)" in said.text.plain
    assert (await sent.receipt()).total == 2


async def test_what_is_given_up_has_not_arrived(sent: Sent) -> None:
    await sent.is_now("dong-cao", "uncertain", "timeout")
    lan = await opened(sent)
    await lan.picks("Quyết định tin chưa rõ (1)")
    await lan.picks("Bỏ")
    assert "thôn Đông Cao: không rõ tin đã tới chưa, đã thôi không gửi lại" in lan.heard


async def test_a_group_that_took_the_bot_back_gets_it_with_one_press(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    await sent.is_now("dong-cao", "failed", "Forbidden: bot was kicked from the group chat")
    await Announcement.filter(id=sent.id).update(state="done")
    lan = await opened(sent)
    await lan.picks("Gửi lại nhóm bị lỗi")
    assert "Tôi gửi tiếp 1 tin." in lan.heard
    assert (await Announcement.get(id=sent.id)).state == "sending"
    await lan.forges(f"tk|{sent.id}")
    assert "Không còn tin nào để gửi tiếp." in lan.heard
    await lan.picks("Biên nhận")
    assert "thôn Đông Cao: đang chờ đến lượt" in lan.heard
    assert (await sent.receipt()).total == 2


async def test_what_the_breaker_stopped_goes_on_when_an_official_says_so(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    await sent.is_now("dong-cao", "held", "breaker")
    lan = await opened(sent)
    assert "thôn Đông Cao: tạm dừng vì nhiều nhóm bị lỗi. Xem các nhóm bị lỗi, rồi chọn Gửi tiếp." in lan.heard
    await lan.picks("Gửi tiếp")
    assert "Tôi gửi tiếp 1 tin." in lan.heard


async def test_nothing_more_is_sent_of_what_was_stopped(sent: Sent) -> None:
    await sent.is_now("dong-cao", "failed", "Forbidden: bot was kicked from the group chat")
    await Announcement.filter(id=sent.id).update(state="cancelled")
    lan = sent.world.talk("lan")
    await lan.forges(f"tk|{sent.id}")
    assert "đã dừng, không gửi thêm được" in lan.heard
    await sent.is_now("lac-hien", "uncertain", "timeout")
    row = await OutboxRow.get(chat_id="lac-hien")
    await lan.forges(f"tz|{row.id}|resend")
    assert "đã dừng, không gửi thêm được" in lan.heard
    assert not await OutboxRow.filter(resend_of__gt=0).exists()
    await lan.forges(f"tz|{row.id}|received")
    assert (await OutboxRow.get(id=row.id)).state == "sent"


async def test_two_officials_decide_once(sent: Sent) -> None:
    await sent.is_now("dong-cao", "uncertain", "timeout")
    row = await OutboxRow.get(chat_id="dong-cao")
    lan = await opened(sent)
    await lan.forges(f"tz|{row.id}|resend")
    await lan.forges(f"tz|{row.id}|resend")
    assert "đã có người quyết định" in lan.heard
    assert await OutboxRow.filter(resend_of__gt=0).count() == 1


async def test_a_leader_may_not_decide_nor_read_the_receipt(sent: Sent) -> None:
    await sent.is_now("dong-cao", "uncertain", "timeout")
    row = await OutboxRow.get(chat_id="dong-cao")
    tu = sent.world.talk("tu")
    for data in (f"tq|{sent.id}", f"tz|{row.id}|resend", f"ty|{sent.id}", f"tk|{sent.id}", f"tj|{sent.id}"):
        await tu.forges(data)
        assert "không phải ở đơn vị này" in tu.heard
    assert not await OutboxRow.filter(resend_of__gt=0).exists()
    assert not await JobRow.exists()


async def test_the_silent_are_reminded_step_by_step_and_only_they(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    await sent.is_now("dong-cao", "sent")
    reminders = Reminders(sent.box, TRANSLATE)
    await reminders.tick(sent.world.clock.now())
    assert await notices() == {}
    sent.world.clock.passes(hours=3)
    for _ in range(2):  # as if the process had died after it
        await reminders.tick(sent.world.clock.now())
    assert await notices() == {"chat-tu": 1}
    await sent.shows("lac-hien", "tu")
    sent.world.clock.passes(hours=50)
    await reminders.tick(sent.world.clock.now())
    told = await notices()
    assert told == {"chat-tu": 1, "chat-lan": 1}, "who confirmed is left alone; the author hears of the other village"
    lan = await OutboxRow.get(chat_id="chat-lan")
    assert "1 thôn chưa xác nhận: thôn Đông Cao" in lan.message


async def test_an_official_has_the_silent_reminded_once_an_hour(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    lan = await opened(sent)
    await lan.picks("Nhắc thôn chưa xác nhận")
    assert "Đã nhắc người phụ trách của 1 thôn chưa xác nhận." in lan.heard
    assert await notices() == {"chat-tu": 1, "chat-mai": 1}
    await lan.picks("Biên nhận")
    await lan.picks("Nhắc thôn chưa xác nhận")
    assert "Không nhắc thêm ai: các thôn ấy vừa được nhắc" in lan.heard
    assert await notices() == {"chat-tu": 1, "chat-mai": 1}
    sent.world.clock.passes(hours=1)
    await Reminders(sent.box, TRANSLATE).tick(sent.world.clock.now())
    assert await notices() == {"chat-tu": 1, "chat-mai": 1}, "it is no step of the ladder"
    await Announcement.filter(id=sent.id).update(expires_at=sent.world.clock.now())
    await lan.forges(f"tn3|{sent.id}")
    assert "TB-0007 đã hết hạn" in lan.heard
    await sent.shows("lac-hien", "tu")
    assert "Nhắc thôn chưa xác nhận" not in (await opened(sent)).heard


async def test_an_outage_skips_steps_it_does_not_make_up_for_them(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    sent.world.clock.passes(hours=21)
    await Reminders(sent.box, TRANSLATE).tick(sent.world.clock.now())
    assert await notices() == {"chat-tu": 1, "chat-mai": 1}


async def test_nobody_is_reminded_of_what_has_expired(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    await Announcement.filter(id=sent.id).update(expires_at=sent.world.clock.now() + timedelta(hours=1))
    sent.world.clock.passes(hours=3)
    await Reminders(sent.box, TRANSLATE).tick(sent.world.clock.now())
    assert await notices() == {}
    assert LADDERS["urgent"][-1] <= timedelta(hours=1)


@pytest.mark.parametrize("state", ["sending", "done"])
async def test_nobody_is_reminded_of_what_was_taken_back(sent: Sent, state: str) -> None:
    """Mechanism: what a later announcement corrects is left out. A leader was asked to confirm a recalled one."""
    await sent.is_now("lac-hien", "sent")
    now = sent.world.clock.now()
    await Announcement.create(
        commune_id=sent.at.commune, number=8, title="Thu hồi: Họp thôn", text="Thôi họp.", corrects=sent.id,
        template="recall", state=state, approved_at=now, created_at=now, updated_at=now, rows=1,
    )  # fmt: skip
    sent.world.clock.passes(hours=3)
    await Reminders(sent.box, TRANSLATE).tick(sent.world.clock.now())
    assert await notices() == {}
    hoa = sent.world.talk("Hoa")
    await hoa.says("/kiemtra TB-0007")
    assert "⚠️ Xã đã thu hồi tin này bằng TB-0008." in hoa.heard


async def test_an_urgent_one_is_asked_about_at_night_too(sent: Sent) -> None:
    await Announcement.filter(id=sent.id).update(klass="urgent")
    sent.world.clock.passes(hours=(22 - sent.world.clock.now().astimezone(VIETNAM).hour) % 24)
    await sent.is_now("lac-hien", "sent")
    sent.world.clock.passes(minutes=16)
    await Reminders(sent.box, TRANSLATE).tick(sent.world.clock.now())
    assert (await OutboxRow.get(chat_id="chat-tu")).state == "pending"


async def notices() -> Mapping[str, int]:
    found: dict[str, int] = {}
    for row in await OutboxRow.filter(klass="notice", part=1):
        found[row.chat_id] = found.get(row.chat_id, 0) + 1
    return found


async def test_anybody_can_check_whether_a_number_is_genuine(sent: Sent) -> None:
    hoa = sent.world.talk("Hoa")
    await hoa.says("/kiemtra TB-0007")
    assert "✅ Tin thật: TB-0007 “Họp thôn” do Ủy ban nhân dân xã Yên Mô gửi lúc" in hoa.heard
    assert "Nguồn: Văn phòng xã" in hoa.heard
    await hoa.says("/kiemtra tb 8")
    assert "❌ Xã không gửi thông báo số TB-0008." in hoa.heard
    await hoa.says("/kiemtra")
    assert "không có số" in hoa.heard


@pytest.mark.parametrize("words", ["kiểm tra TB-0007", "kiem tra tb 7", "Kiểm tra 0007", "TB-0007", "tb0007"])
async def test_the_number_is_understood_however_it_is_typed(sent: Sent, words: str) -> None:
    hoa = sent.world.talk("Hoa")
    await hoa.says(words)
    assert "✅ Tin thật: TB-0007" in hoa.heard


async def test_checking_something_else_is_left_to_others(sent: Sent) -> None:
    hoa = sent.world.talk("Hoa")
    for words in ("kiểm tra tin giả", "kiểm tra", "tb", "7"):
        await hoa.says(words)
        assert "TB-" not in hoa.heard


async def test_a_draft_is_not_genuine_and_a_correction_is_told(sent: Sent) -> None:
    now = sent.world.clock.now()
    later = await Announcement.create(
        commune_id=sent.at.commune, number=8, title="Đổi giờ họp", text="20 giờ", corrects=sent.id, state="draft",
        created_at=now, updated_at=now,
    )  # fmt: skip
    hoa = sent.world.talk("Hoa")
    await hoa.says("/kiemtra TB-0008")
    assert "❌" in hoa.heard
    await Announcement.filter(id=later.id).update(state="done", rows=1)
    await hoa.says("/kiemtra TB-0007")
    assert "⚠️ Đã có đính chính: TB-0008 “Đổi giờ họp”." in hoa.heard


async def test_who_writes_opens_an_announcement_by_its_number(sent: Sent) -> None:
    """Its own author was told that what was planned might be false; older ones than the list shows had no way in."""
    now = sent.world.clock.now()
    await Announcement.create(
        commune_id=sent.at.commune, number=8, title="Đổi giờ họp", text="20 giờ", state="draft", created_at=now,
        updated_at=now,
    )  # fmt: skip
    lan = sent.world.talk("lan")
    await lan.says("TB-0008")
    assert lan.heard.startswith("TB-0008 chưa gửi cho bà con.")
    assert "Mở TB-0008" in lan.choices
    await lan.says("kiểm tra TB-0007")
    assert "✅ Tin thật: TB-0007" in lan.heard
    await lan.picks("Biên nhận")
    assert "Đã chuyển tới" in lan.heard
    tu = sent.world.talk("tu")
    await tu.says("TB-0008")
    assert "❌" in tu.heard
    assert tu.choices == []


async def test_the_receipt_as_excel_holds_every_group_and_the_evidence(sent: Sent) -> None:
    await sent.is_now("lac-hien", "sent")
    await sent.shows("lac-hien", "tu")
    await sent.is_now("dong-cao", "failed", "Bad Request: not enough rights to send text messages to the chat")
    lan = await opened(sent)
    await lan.picks("Tải Excel")
    assert "Đang soạn tệp" in lan.heard
    job = await JobRow.get()
    stored: dict[str, bytes] = {}

    async def store_as(name: str, data: bytes) -> str:
        stored[name] = data
        return name

    files = evidence.ReceiptFiles(sent.box, store_as)
    body: Mapping[str, str] = json.loads(job.body)
    for _ in range(2):  # a job may run twice; the file goes out once
        await files.make(body, sent.world.clock.now())
    assert (await PassingFile.get()).until - sent.world.clock.now() == evidence.KEPT, "it holds names"
    book = CalamineWorkbook.from_filelike(io.BytesIO(stored["bien-nhan-TB-0007.xlsx"]))
    rows = book.get_sheet_by_name("Bien nhan").to_python()
    assert [row[0] for row in rows[1:]] == ["thôn Lạc Hiền", "thôn Đông Cao"]
    assert rows[1][2] == "đã chuyển tới nhóm"
    assert rows[1][7] == "tu"
    assert rows[2][3] == "nhóm không cho tôi gửi tin"
    page = {row[0]: row[1] for row in book.get_sheet_by_name("Chung cu").to_python()}
    assert page["Nội dung"] == "Tối nay họp ở nhà văn hóa."
    assert page["Người soạn"] == "lan"
    assert page["Số tin đã chốt"] == "2; đếm lại theo tình trạng: 2"
    assert await OutboxRow.filter(chat_id="chat-lan").count() == 1


async def test_a_text_that_begins_like_a_formula_stays_a_text(sent: Sent) -> None:
    await Announcement.filter(id=sent.id).update(title="=1+1", text='=HYPERLINK("http://x")')
    found = await sent.receipt()
    book = CalamineWorkbook.from_filelike(io.BytesIO(evidence.workbook(found, {}, sent.world.clock.now())))
    page = {row[0]: row[1] for row in book.get_sheet_by_name("Chung cu").to_python()}
    assert page["Tiêu đề"] == "=1+1"
    assert page["Nội dung"] == '=HYPERLINK("http://x")'
