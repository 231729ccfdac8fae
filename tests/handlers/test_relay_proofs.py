"""A picture of the village's group after “đã dán”: kept for officials, taken back, gone with its sender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.events import Incoming, PhotoSent
from bot.core.messages import Message
from bot.core.platform import Usage
from bot.core.text import Text
from bot.features.announcements import personal_data
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.receipts.actions import ShowProofs
from bot.features.announcements.relays import proofs
from bot.features.announcements.relays.actions import DropProof
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, JobRunner, chat_of
from bot.features.privacy.personal_table import Subject
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import RelayAsk
from bot.storage.tables.people import Person
from bot.storage.tables.places import Channel
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard
from .test_checkin_photos import photo
from .test_relays import PASTED, sent

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@dataclass
class Album:
    """Tu leads Lạc Hiền, Mai is the deputy there; the group takes no bots."""

    yard: Yard
    db: BaseDBAsyncClient
    stored: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        platform, outbox = self.yard.world.platform, self.yard.features.outbox
        take = proofs.TakeProof({platform.name: platform}, self.store, outbox)
        self.runner = JobRunner({proofs.KIND: take.run}, self.db, self.refused, self.yard.world.clock.now)

    async def store(self, data: bytes, mime: str) -> str:
        self.stored.append(data)
        return f"{len(self.stored):032}.jpg"

    async def refused(self, body: Mapping[str, str], refusal: JobRefused) -> None:
        chat, now = chat_of(body), self.yard.world.clock.now()
        assert chat is not None
        text = Text.of(refusal.template, **refusal.values)
        await self.yard.features.outbox.add(chat, Message(text), key=text.plain[:80], now=now, answering=True)

    async def shows(self, talk: Participant, data: bytes | None = None, caption: str = "") -> None:
        """Somebody sends a picture in private, and the worker takes it in."""
        data = photo() if data is None else data
        self.yard.world.platform.files["picture"] = data
        await talk._does(
            PhotoSent(*talk._common(), files=(Incoming("picture", "image/jpeg", len(data)),), caption=caption)
        )
        await self.works()

    async def works(self) -> None:
        while await self.runner.run() == 0.0:
            pass
        await self.yard.sends()

    def last(self, name: str) -> str:
        return self.yard.texts(f"chat-{name}")[-1]

    async def receipt(self) -> Participant:
        lan = self.yard.world.talk("lan")
        await lan.forges(pack(OpenReceipt(1)))
        return lan

    async def swept(self) -> list[str]:
        """Names of the files that the next sweep removes."""
        gone: list[str] = []

        async def remove(name: str) -> None:
            gone.append(name)

        async def needed(name: str) -> bool:
            return False

        await temporary_files.sweep(self.yard.world.clock.now(), remove, needed)
        return gone


@pytest.fixture
async def album(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Album:
    here = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    await somebody("mai", "deputy", here.at.village, here.world.clock.now())
    return Album(here, db)


async def test_who_pasted_it_may_send_a_picture_and_the_official_opens_it_from_the_receipt(album: Album) -> None:
    _, tu, _ = await sent(album.yard)
    await tu.picks(PASTED)
    assert "Muốn thì bác gửi thêm một ảnh chụp nhóm: chỉ cán bộ xã xem được" in tu.heard
    before = len(album.yard.texts("chat-tu"))
    await album.shows(tu)
    assert "✅ Đã nhận ảnh nhóm của thôn Lạc Hiền cho TB-0001." in album.last("tu")
    assert len(album.yard.texts("chat-tu")) == before + 1
    assert b"SecretCamera" not in album.stored[0]
    lan = await album.receipt()
    await lan.picks("Xem ảnh nhóm (1)")
    (message,) = lan.news
    assert message.text.plain.startswith("Thôn Lạc Hiền: TB-0001, tu gửi.")
    assert message.attachment is not None
    assert message.attachment.media == f"{1:032}.jpg"


async def test_a_picture_with_the_words_says_both_at_once(album: Album) -> None:
    _, tu, _ = await sent(album.yard)
    await album.shows(tu, caption="đã dán")
    assert "Muốn thì" not in "\n".join(album.yard.texts("chat-tu"))
    assert "không lưu lại" not in "\n".join(album.yard.texts("chat-tu"))
    row = await RelayAsk.get()
    assert (row.state, bool(row.proof)) == ("pasted", True)


async def test_a_picture_before_the_answer_is_not_kept_and_the_answer_is_asked_for(album: Album) -> None:
    _, tu, _ = await sent(album.yard)
    await album.shows(tu)
    assert "Ảnh nhóm đã có TB-0001 thì bác chọn “Đã dán vào nhóm” trước" in tu.heard
    assert not album.stored
    await tu.picks(PASTED)
    await album.shows(tu)
    assert (await RelayAsk.get()).proof


async def test_residents_and_leaders_never_see_it_and_nobody_in_a_group(album: Album) -> None:
    """The leader of another village, the deputy of this one, a resident; the officer in a group."""
    _, tu, mai = await sent(album.yard)
    await tu.picks(PASTED)
    await album.shows(tu)
    await somebody("cao", "leader", album.yard.at.other_village, album.yard.world.clock.now())
    world = album.yard.world
    for talk in (mai, tu, world.talk("cao"), world.talk("dan"), world.talk("lan", chat="g9", kind="group")):
        await talk.forges(pack(ShowProofs(1, 0)))
        assert not any(message.attachment for message in talk.news)
        if talk is not tu:
            await talk.forges(pack(DropProof((await RelayAsk.get()).id)))
            assert "Ảnh này đã bỏ rồi" in talk.heard
    assert (await RelayAsk.get()).proof


async def test_it_is_taken_back_with_a_tap_and_goes_when_it_was_not_pasted_after_all(album: Album) -> None:
    _, tu, _ = await sent(album.yard)
    await tu.picks(PASTED)
    await album.shows(tu)
    await tu.forges(pack(DropProof((await RelayAsk.get()).id)))
    assert "Đã bỏ ảnh. Việc bác đã dán TB-0001 tôi vẫn ghi." in tu.heard
    assert await album.swept() == [f"{1:032}.jpg"]
    await album.shows(tu)
    await tu.says("bấm nhầm")
    assert await album.swept() == [f"{2:032}.jpg"]
    lan = await album.receipt()
    assert "Xem ảnh nhóm" not in lan.heard
    await lan.forges(pack(ShowProofs(1, 0)))
    assert "Không còn ảnh nhóm nào của TB-0001" in lan.heard


async def test_a_second_picture_takes_the_place_of_the_first_and_what_is_none_is_refused(album: Album) -> None:
    _, tu, _ = await sent(album.yard)
    await tu.picks(PASTED)
    await album.shows(tu, b"%PDF-1.7 no photo")
    assert "Tôi chỉ nhận được ảnh chụp" in album.last("tu")
    await album.shows(tu)
    await album.shows(tu)
    assert await album.swept() == [f"{1:032}.jpg"]
    assert (await RelayAsk.get()).proof == f"{2:032}.jpg"


async def test_much_later_a_picture_is_just_a_picture(album: Album) -> None:
    _, tu, _ = await sent(album.yard)
    await tu.picks(PASTED)
    album.yard.world.clock.passes(hours=3)
    await album.shows(tu)
    assert "không lưu lại" in tu.heard
    assert not (await RelayAsk.get()).proof


async def test_after_a_year_it_is_gone_and_with_its_sender_at_once(album: Album) -> None:
    _, tu, _ = await sent(album.yard)
    await tu.picks(PASTED)
    await album.shows(tu)
    kept = next(table for table in personal_data.personal_tables() if table.table == "relay_asks")
    person = await Person.get(name="tu")
    facts = await kept.read(Subject((), person.id))
    assert [fact.values["count"] for fact in facts] == [1, 1]
    now = album.yard.world.clock.now()
    there = [await temporary_files.kept([f"{1:032}.jpg"], now + timedelta(days=days)) for days in (364, 366)]
    assert [bool(names) for names in there] == [True, False]
    await kept.erase(Subject((), person.id))
    assert await album.swept() == [f"{1:032}.jpg"]
    assert (await RelayAsk.get()).state == "pasted"


async def test_where_each_message_is_one_of_a_plan_nobody_is_invited_and_one_picture_costs_one_answer(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    here = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    platform.used = Usage(sent=100, sent_limit=3000)
    album = Album(here, db)
    _, tu, _ = await sent(here)
    await tu.says("menu")
    before = len(here.texts("chat-tu"))
    await tu.says("đã dán")
    assert len(here.texts("chat-tu")) == before
    await album.shows(tu)
    assert len(here.texts("chat-tu")) == before + 1
