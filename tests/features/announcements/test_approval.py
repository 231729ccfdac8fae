"""Two persons, one version: what an approval is for, and that nothing else ever leaves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement, AnnouncementRefused
from bot.features.groups import channels
from bot.features.outbox import bodies
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement as Row
from tests.features.village import somebody
from tests.kit import catalogues

from .office import AUDIO, Office, office


@pytest.fixture
async def desk(db: BaseDBAsyncClient) -> Office:
    return await office(db)


async def test_an_approval_writes_the_groups_and_every_row(desk: Office) -> None:
    one = await desk.draft()
    async with in_transaction("default"):
        assert await desk.features.drafts.attach(one, desk.lan, AUDIO, desk.now) is None
    done = await desk.approved(await desk.fresh(one))
    assert (done.state, done.channels, done.rows, done.approver_id) == ("sending", 2, 4, desk.nam.person_id)
    assert sum((await desk.rows(done)).values()) == done.rows
    targets = await store.targets(done.id)
    assert {to.channel_id for to in targets} == set(desk.ids.values())
    for to in targets:
        parts = await OutboxRow.filter(package=to.package).order_by("part")
        words, file = await bodies.messages_of(parts)
        assert (words.attachment, file.attachment is not None) == (None, True)
        assert "Mời bà con" in words.text.plain
        assert "Mời bà con" not in file.text.plain
    assert await desk.acts(done) == ["created", "asked", "approved"]


async def test_what_stands_around_the_words_is_in_the_language_that_the_group_chose(db: BaseDBAsyncClient) -> None:
    desk = await office(db, translate=catalogues().translate)
    await channels.set_locale("fake", "dong-cao", "en", desk.now)
    one = await desk.approved(await desk.draft())
    rows = {row.chat_id: row for row in await OutboxRow.filter(announcement=one.id)}
    assert {chat: row.locale for chat, row in rows.items()} == {"lac-hien": "vi", "dong-cao": "en"}
    said = dict(zip(rows, [one.text.plain for one in await bodies.messages_of(list(rows.values()))], strict=True))
    assert "Nguồn: Ủy ban nhân dân xã Yên Mô" in said["lac-hien"]
    assert "Source: Ủy ban nhân dân xã Yên Mô" in said["dong-cao"]
    assert all("Mời bà con quét đường." in words for words in said.values())


@pytest.mark.fault(10, "approved by its author")
async def test_its_author_cannot_approve_it_from_any_account(desk: Office) -> None:
    async with in_transaction("default"):
        made = await desk.features.drafts.create(
            desk.at.commune, desk.nam, desk.now, title="Họp", text="Mời bà con họp.", source="x",
            audience=Audience(every=True),
        )  # fmt: skip
        assert isinstance(made, Announcement)
        assert desk.nam.person_id is not None
        phone = Account("fake", "id-nam-zalo")
        assert await people.link(phone, "chat-nam-zalo", desk.nam.person_id, desk.now)
    desk.lan, lan = desk.nam, desk.lan
    asked = await desk.ask(made)
    for account in (desk.nam.account, phone):
        refused = await desk.approve(asked, await people.who(account, desk.now))
        assert isinstance(refused, AnnouncementRefused)
        assert "chính bác soạn" in refused.why
    by_officer = await desk.approve(asked, lan)
    assert isinstance(by_officer, AnnouncementRefused), "an officer drafts, a chair approves"
    assert (await desk.fresh(made)).state == "waiting"
    assert isinstance(await desk.approve(asked, desk.hoa), Announcement)


async def test_a_change_takes_the_approval_back(desk: Office) -> None:
    asked = await desk.ask(await desk.draft())
    async with in_transaction("default"):
        assert await desk.features.drafts.set_text(asked, desk.lan, "Mời bà con chuyển khoản.", desk.now) is None
    refused = await desk.approve(asked)
    assert isinstance(refused, AnnouncementRefused)
    assert (await desk.fresh(asked)).state == "draft"
    assert await OutboxRow.filter(announcement=asked.id).count() == 0


@pytest.mark.fault(10, "changed after it was shown to the approver")
async def test_words_that_changed_behind_the_approver_void_it(desk: Office) -> None:
    """Not by a change that the program knows: by whatever wrote into the table."""
    asked = await desk.ask(await desk.draft())
    await Row.filter(id=asked.id).update(text="Mời bà con chuyển khoản.")
    refused = await desk.approve(asked)
    assert isinstance(refused, AnnouncementRefused)
    assert "khác với bản" in refused.why
    assert (await desk.fresh(asked)).state == "draft"


@pytest.mark.fault(11, "between asking and approving")
async def test_another_list_of_groups_voids_it(desk: Office) -> None:
    asked = await desk.ask(await desk.draft())
    async with in_transaction("default"):
        await channels.left("fake", "dong-cao", channels.LEFT, desk.now)
    refused = await desk.approve(asked)
    assert isinstance(refused, AnnouncementRefused)
    assert "Danh sách nhóm nhận" in refused.why
    again = await desk.fresh(asked)
    assert (again.state, again.content_hash) == ("draft", "")
    done = await desk.approved(again)
    assert done.channels == 1


@pytest.mark.fault(11, "a group that comes after the approval")
async def test_a_group_that_comes_later_gets_nothing(desk: Office) -> None:
    done = await desk.approved(await desk.draft())
    async with in_transaction("default"):
        await units.create("moi", "thôn", "Mới", parent="yen-mo", valid_from=desk.now.date())
    place = await units.get("moi")
    assert place is not None
    await desk.group("moi", place.id)
    await desk.ticks(timedelta(minutes=1))
    assert {to.chat.id for to in await store.targets(done.id)} == {"lac-hien", "dong-cao"}
    assert sum((await desk.rows(done)).values()) == done.rows == 2


async def test_groups_that_cannot_be_reached_are_named_and_not_counted(desk: Office) -> None:
    async with in_transaction("default"):
        made = await channels.register("switched-off", "g9", desk.at.other_village, "village", "Nhóm 9", desk.now)
        assert isinstance(made, channels.Registered)
        await channels.left("fake", "dong-cao", channels.LEFT, desk.now)
    found = await desk.features.approval.resolve(await desk.draft(), desk.now)
    assert [channel.native_id for channel in found.channels] == ["lac-hien"]
    assert [place.id for place in found.unreached] == [desk.at.other_village]


async def test_each_part_of_an_audience_finds_its_groups(desk: Office) -> None:
    await desk.group("chung", desk.at.commune, "commune")
    await desk.group("to", desk.at.village, "team")
    await desk.group("dn", desk.at.commune, "enterprise")
    await desk.group("thu", desk.at.commune, "sandbox")
    for audience, groups in (
        (Audience(every=True), {"lac-hien", "dong-cao"}),
        (Audience(villages=frozenset({desk.at.village})), {"lac-hien"}),
        (Audience(kinds=frozenset({"thôn"})), {"lac-hien", "dong-cao"}),
        (Audience(kinds=frozenset({"xóm"})), set()),
        (Audience(extra=frozenset({"commune", "enterprise"})), {"chung", "dn"}),
        (Audience(villages=frozenset({desk.at.village}), extra=frozenset({"team"})), {"lac-hien", "to"}),
        (Audience(villages=frozenset({desk.at.far_village})), set()),
    ):
        found = await desk.features.approval.resolve(await desk.draft(audience=audience), desk.now)
        assert {channel.native_id for channel in found.channels} == groups, audience


@pytest.mark.fault(14, "two approvers at once")
async def test_two_who_press_at_once_are_one_approval(desk: Office) -> None:
    asked = await desk.ask(await desk.draft())
    first, second = await asyncio.gather(desk.approve(asked, desk.nam), desk.approve(asked, desk.hoa))
    assert sorted(type(done).__name__ for done in (first, second)) == ["Announcement", "AnnouncementRefused"]
    assert await OutboxRow.filter(announcement=asked.id).count() == 2
    assert (await desk.acts(asked)).count("approved") == 1


async def test_a_failed_approval_leaves_nothing_behind(desk: Office) -> None:
    """Groups, rows and the approval are one transaction."""
    asked = await desk.ask(await desk.draft())

    async def dies() -> None:
        async with in_transaction("default"):
            done = await desk.features.approval.approve(asked, asked.version, desk.nam, desk.now)
            assert isinstance(done, Announcement)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await dies()
    assert (await desk.fresh(asked)).state == "waiting"
    assert await store.targets(asked.id) == []
    assert await OutboxRow.filter(announcement=asked.id).count() == 0


async def test_nobody_to_hear_and_nobody_to_approve(db: BaseDBAsyncClient) -> None:
    desk = await office(db, groups=False)
    refused = await desk.try_to_ask(await desk.draft())
    assert isinstance(refused, AnnouncementRefused)
    assert "Chưa có nhóm nào" in refused.why
    await desk.group("lac-hien", desk.at.village)
    for chair in (desk.nam, desk.hoa):
        assert chair.person_id is not None
        await people.end_all(chair.person_id, "chair", desk.at.commune, desk.now)
    refused = await desk.try_to_ask(await desk.draft())
    assert isinstance(refused, AnnouncementRefused)
    assert "Chưa có ai khác" in refused.why


async def test_urgent_news_goes_without_a_second_person_but_not_without_a_reason(desk: Office) -> None:
    one = await desk.draft("Nước lên nhanh. Bà con lên chỗ cao ngay.")
    short = await desk.override(one, "gấp")
    assert isinstance(short, AnnouncementRefused)
    done = await desk.override(one)
    assert isinstance(done, Announcement)
    assert (done.state, done.klass, done.approver_id, done.reason) == ("sending", "urgent", None, "Nước đang lên nhanh")
    assert await desk.acts(one) == ["created", "overridden"]
    row = await OutboxRow.filter(announcement=one.id).order_by("id").first()
    assert row is not None
    assert row.any_hour
    again = await desk.override(one)
    assert isinstance(again, AnnouncementRefused)


async def test_a_doubtful_text_needs_a_second_person_even_when_it_is_urgent(desk: Office) -> None:
    one = await desk.draft("Bà con vào http://vneid-xa.top để nhận tiền.")
    refused = await desk.override(one)
    assert isinstance(refused, AnnouncementRefused)
    assert "người thứ hai" in refused.why
    assert await OutboxRow.filter(announcement=one.id).count() == 0


async def test_a_text_that_asks_for_secrets_goes_nowhere(desk: Office) -> None:
    refused = await desk.try_to_ask(await desk.draft("Bà con gửi mã OTP cho cán bộ xã."))
    assert isinstance(refused, AnnouncementRefused)
    assert "⛔" in refused.why


async def test_the_police_approve_the_warning_of_a_scam_and_nothing_else(desk: Office) -> None:
    police = await somebody("cong", "police", desk.at.commune)
    plain = await desk.ask(await desk.draft())
    assert isinstance(await desk.approve(plain, police), AnnouncementRefused)
    async with in_transaction("default"):
        made = await desk.features.drafts.create(
            desk.at.commune, desk.lan, desk.now, title="Cảnh báo", text="Kẻ gian giả danh công an.", source="x",
            template="scam", audience=Audience(every=True),
        )  # fmt: skip
    assert isinstance(made, Announcement)
    assert isinstance(await desk.approve(await desk.ask(made), police), Announcement)
