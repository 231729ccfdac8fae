"""A commune that makes recordings for its loudspeakers: the outbox, the jobs and the files are real."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.context import Context
from bot.core.events import Chat, FileSent, Incoming, VoiceSent
from bot.core.pacing import Pacer
from bot.core.router import Router
from bot.features import units
from bot.features.announcements.model import attachments_to_json, package
from bot.features.audit import Audit
from bot.features.commune import settings as commune
from bot.features.groups import channels
from bot.features.jobs.queue import JobRefused, JobRunner, Jobs
from bot.features.loudspeaker import making, mastering, recordings
from bot.features.loudspeaker.mastering import Mastered
from bot.features.loudspeaker.plan_notices import PlanNotices
from bot.features.loudspeaker.recordings import LoudspeakerRecording
from bot.features.loudspeaker.reminding import PlanReminders
from bot.features.notices.mail import Mail
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.features.units import Place
from bot.features.voice.port import VoiceFailed
from bot.handlers.loudspeaker import plan as loudspeaker_plan
from bot.handlers.loudspeaker import planning as loudspeaker_planning
from bot.handlers.loudspeaker import plays as loudspeaker_plays
from bot.handlers.loudspeaker import recordings as loudspeaker
from bot.handlers.loudspeaker import wording as loudspeaker_texts
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from bot.storage.tables.announcements import Announcement, AnnouncementTarget
from bot.testing import FakePlatform, Participant, World
from tests.features.loudspeaker.sounds import voice, wav
from tests.features.village import KEY, Places, group, places, somebody
from tests.front import front
from tests.kit import catalogues

SOUND = wav(voice(1.6))
TRANSLATE = catalogues().translate
PAGES = "https://xa.example/media"


class Parrot:
    """A machine that reads aloud, or fails to; `read` is what it was given."""

    name = "parrot"

    def __init__(self) -> None:
        self.read: list[str] = []
        self.fails = False

    async def speak(self, words: str) -> bytes:
        if self.fails:
            raise VoiceFailed
        self.read.append(words)
        return SOUND


@dataclass
class Village:
    """`stored` are the files by name, `refused` what a job said instead of a result."""

    world: World
    at: Places
    box: Outbox
    parrot: Parrot = field(default_factory=Parrot)
    stored: dict[str, bytes] = field(default_factory=dict)
    refused: list[JobRefused] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    async def sends_sound(self, talk: Participant, data: bytes = SOUND, *, seconds: int = 2, file: str = "") -> None:
        """A voice note, or with a name a file."""
        ref = f"f{next(self._numbers)}"
        self.world.platform.files[ref] = data
        incoming = Incoming(ref, "application/octet-stream", len(data), file)
        common = talk._common()
        await talk._does(FileSent(*common, file=incoming) if file else VoiceSent(*common, incoming, seconds))

    def maker(self) -> making.Making:
        platform = self.world.platform
        return making.Making({platform.name: platform}, self.parrot, self.store_as, self.box, loudspeaker_texts.heard)

    async def works(self, talk: Participant | None = None) -> None:
        """Jobs run and the outbox is sent; `talk` then hears only what came by that."""
        if talk is not None:
            talk._before = list(talk.shown)
        clock, platform = self.world.clock, self.world.platform
        runner = JobRunner({making.KIND: self.maker().call}, self.world.db, self._refused, clock.now)
        while (delay := await runner.run()) is not None:
            clock.passes(seconds=delay)
        sender = OutboxSender(
            platform=platform,
            pacer=Pacer(1000.0, clock),
            rows=self.box.rows,
            store=ConversationStore(self.world.db),
            turn=Alone(),
            clock=clock,
            report=self._lost,
        )
        for _ in range(20):
            if (delay := await sender.run()) is None:
                return
            clock.passes(seconds=delay)

    async def recording(self) -> LoudspeakerRecording:
        """One that was made, heard and approved; what it sounds like does not matter."""
        now, at = self.world.clock.now(), self.at
        one = await recordings.begin(at.commune, "voice", "Họp thôn", author=None, now=now)
        name = await self.store_as(f"loa-{one.id}.mp3", b"ID3")
        assert await recordings.made(one.id, name, Mastered(b"ID3", 80.0, -16.0, -2.0)) is not None
        assert await recordings.decide(one.id, "approved", None, now)
        found = await recordings.get(one.id)
        assert found is not None
        return found

    async def ticks(self, talk: Participant | None = None) -> None:
        """The clock of the plans, and what it writes is sent; `talk` then hears only what came by that."""
        if talk is not None:
            talk._before = list(talk.shown)
        await PlanReminders(self.box).tick(self.world.clock.now())
        await self.works(talk)

    async def announced(self, number: int, one: LoudspeakerRecording, *groups: str) -> int:
        """The recording went to these groups (g1 when none is named) as TB-`number`; the id of the announcement."""
        now = self.world.clock.now()
        row = await Announcement.create(
            commune_id=self.at.commune, number=number, title=f"Họp thôn lần {number}", text="Mời bà con đến họp.",
            attachments=attachments_to_json([one.attachment]), state="done", everybody=True, approved_at=now,
            created_at=now, updated_at=now,
        )  # fmt: skip
        for name in groups or ("g1",):
            await self._reaches(row.id, name, one)
        await OutboxRow.filter(announcement=row.id).update(state="sent")
        return int(row.id)

    async def _reaches(self, announcement_id: int, group: str, one: LoudspeakerRecording) -> None:
        now = self.world.clock.now()
        channel = await channels.of_chat(self.world.platform.name, group)
        assert channel is not None
        await AnnouncementTarget.create(
            announcement_id=announcement_id, channel_id=channel.id, unit_id=channel.unit_id, platform=channel.platform,
            native_id=group,
        )  # fmt: skip
        async with in_transaction():
            await self.box.add(
                Chat(channel.platform, group, "group"), loudspeaker_texts.heard(one, TRANSLATE, "vi"),
                key=package(announcement_id, channel.id), now=now, announcement=announcement_id,
            )  # fmt: skip

    async def store_as(self, name: str, data: bytes) -> str:
        where = f"{next(self._numbers):032x}/{name}"
        self.stored[where] = data
        return where

    async def _refused(self, body: object, refusal: JobRefused) -> None:
        self.refused.append(refusal)

    async def _lost(self, event: object) -> None:
        raise AssertionError(event)


async def make_village(db: BaseDBAsyncClient, platform: FakePlatform, *, has_voice: bool = True) -> Village:
    """Lan is an officer, Nam a chair; Hoa leads Lạc Hiền, where Tư is a resident; Xa is an officer elsewhere."""
    assert mastering.installed()
    at = await places()
    box = Outbox(Rows(db, TRANSLATE), {platform.name: platform.capabilities}, TRANSLATE, lambda name: f"{PAGES}/{name}")

    async def lives_in(ctx: Context) -> Place | None:
        return await units.get("lac-hien") if ctx.private and ctx.sender.id == "id-tu" else None

    def router() -> Router:
        played = loudspeaker_plays.LoudspeakerPlayConversation(box, lambda name: f"{PAGES}/{name}")
        letters, audit = PlanNotices(Mail(box)), Audit(KEY)
        planning = loudspeaker_planning.PlanWriting(letters, audit)
        planned = loudspeaker_plan.LoudspeakerPlanConversation(planning, letters, audit, lives_in)
        loud = loudspeaker.LoudspeakerConversation(
            Jobs(db), played, planned, has_voice=has_voice, url_of=lambda name: f"{PAGES}/{name}"
        )
        root = Router()
        root.include(
            loudspeaker.build(loud),
            loudspeaker_plays.build(played),
            loudspeaker_plan.build(planned),
            loudspeaker_planning.build(planning),
            front(
                commune=lambda ctx: commune.DEMO,
                languages={},
                menu_items=[loud.menu_items],
                links=[],
                understand=[planned.understand],
            ),
        )
        return root

    world = World(db, router, TRANSLATE, platform)
    now = world.clock.now()
    for name, role, unit in (
        ("lan", "officer", at.commune),
        ("nam", "chair", at.commune),
        ("hoa", "leader", at.village),
        ("xa", "officer", at.other_commune),
    ):
        await somebody(name, role, unit, now)
    for name, unit in (("g1", at.village), ("g2", at.other_village)):
        await group(platform.name, name, unit, f"Nhóm {name}", now)
    return Village(world, at, box)
