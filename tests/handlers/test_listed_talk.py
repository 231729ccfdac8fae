"""An officer sees who is listed and has not come, gives each a code or a slip, and they come as who they are."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field

import pytest
from docx import Document
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.pacing import Pacer
from bot.features.invites.service import NO_GOOD
from bot.features.invites.tries import MOST_WRONG
from bot.features.jobs.queue import JobRefused, JobRunner
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.people.inviting import InviteListed
from bot.handlers.people.listed import EndCodes, MakeSlips
from bot.handlers.people.slips import KIND, SlipJob
from bot.storage.core_tables.jobs import JobRow
from bot.storage.store import ConversationStore
from bot.storage.tables.people import Invite, Person
from bot.testing import FakePlatform, Participant
from tests.kit import catalogues

from .people_world import Village, village

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b")
TRANSLATE = catalogues().translate


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await village(db, platform)


async def on_list(here: Village, name: str, *roles: tuple[str, int]) -> int:
    person_id = await people.create(name, here.world.clock.now(), listed=True)
    for role, unit_id in roles:
        await people.grant(person_id, role, unit_id, here.world.clock.now())
    return person_id


async def links_at(code: str, unit_id: int) -> list[str]:
    return [f"https://chat.example/{code}"]


def code_in(talk: Participant) -> str:
    found = CODE.search(talk.heard)
    assert found is not None, talk.heard
    return found[0]


async def roles_of(talk: Participant) -> list[tuple[str, int | None]]:
    who = await people.who(Account("fake", talk.sender.id), talk.world.clock.now())
    return [(grant.role, grant.unit_id) for grant in who.grants]


async def test_an_officer_sees_who_has_not_come_and_gives_one_their_own_code(here: Village) -> None:
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await on_list(here, "Trần Văn Bình", ("leader", here.at.other_village))
    await officer.says("mời")
    await officer.picks("Người có tên mà chưa vào: 2")
    assert "2 người" in officer.heard
    assert "• thôn Lạc Hiền: 1" in officer.heard
    await officer.picks("thôn Lạc Hiền")
    assert "• Nguyễn Thị Hoa: Tổ trưởng Tổ công nghệ số" in officer.heard
    await officer.picks("Mã cho Nguyễn Thị Hoa")
    assert "Mã riêng của Nguyễn Thị Hoa (Tổ trưởng Tổ công nghệ số, thôn Lạc Hiền)" in officer.heard

    hoa = here.world.talk("Hoa 🌸")
    await hoa.says(code_in(officer))
    assert "Mã này mời bác Nguyễn Thị Hoa: Tổ trưởng Tổ công nghệ số, thôn Lạc Hiền." in hoa.heard
    await hoa.restarts()
    await hoa.picks("Đồng ý")
    assert "Chào mừng bác Nguyễn Thị Hoa! Từ nay bác là Tổ trưởng Tổ công nghệ số, thôn Lạc Hiền." in hoa.heard
    assert await roles_of(hoa) == [("leader", here.at.village)]
    for _ in range(MOST_WRONG + 1):
        await hoa.says(code_in(officer))
        assert "Bác đã dùng mã này rồi, không cần dùng lại." in hoa.heard
    assert await Person.filter(name__in=["Hoa 🌸", "Nguyễn Thị Hoa"]).count() == 1
    await officer.says("ai chưa vào")
    assert "Trần Văn Bình" in officer.heard
    assert "Hoa" not in officer.heard


async def test_who_is_asked_for_by_role_and_village_is_offered_by_name(here: Village) -> None:
    """Otherwise the leader of the list and the leader who comes would be two people."""
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await officer.says("mời")
    await officer.picks("Tổ trưởng Tổ công nghệ số")
    await officer.picks("thôn Lạc Hiền")
    assert "Thôn Lạc Hiền đã ghi tên Nguyễn Thị Hoa làm Tổ trưởng Tổ công nghệ số mà chưa vào." in officer.heard
    assert officer.choices[:3] == ["Mời Nguyễn Thị Hoa", "Thay người cũ", "Cùng làm"]
    await officer.picks("Mời Nguyễn Thị Hoa")
    assert "Mã riêng của Nguyễn Thị Hoa" in officer.heard
    await on_list(here, "Lê Thị Mai", ("member", here.at.village))
    await officer.says("mời")
    await officer.picks("Thành viên Tổ công nghệ số")
    await officer.picks("thôn Lạc Hiền")
    assert officer.choices[:2] == ["Mời Lê Thị Mai", "Người khác"]
    await officer.picks("Người khác")
    assert "Mã mời Thành viên Tổ công nghệ số, thôn Lạc Hiền" in officer.heard


async def test_who_has_talked_before_says_that_it_is_them_and_nobody_else_is_made(here: Village) -> None:
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    hoa = await here.talk_as("Hoa", "member", here.at.village)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await officer.says("ai chưa vào")
    await officer.picks("Mã cho Nguyễn Thị Hoa")
    code = code_in(officer)
    await officer.says(code)
    assert "Bác không phải người này thì đừng nhận" in officer.heard
    await officer.picks("Về menu")
    await hoa.says(code)
    assert await roles_of(hoa) == [("member", here.at.village)]
    await hoa.picks("Đúng là tôi")
    assert sorted(await roles_of(hoa)) == [("leader", here.at.village), ("member", here.at.village)]
    await hoa.picks("Về menu")
    other = here.world.talk("Lan")
    await other.says(code)
    assert NO_GOOD in other.heard


async def test_the_list_of_a_village_says_who_has_not_come(here: Village) -> None:
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await here.talk_as("Nam", "member", here.at.village)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await officer.says("/nguoilam")
    await officer.picks("thôn Lạc Hiền")
    assert "• Tổ trưởng Tổ công nghệ số: Nguyễn Thị Hoa (chưa vào)" in officer.heard
    assert "• Thành viên Tổ công nghệ số: Nam\n" in f"{officer.heard}\n"
    await officer.picks("Người chưa vào")
    assert "Mã cho Nguyễn Thị Hoa" in officer.choices


async def test_codes_that_were_given_out_can_be_ended(here: Village) -> None:
    officer = await here.talk_as("Minh", "officer", here.at.commune)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await officer.says("ai chưa vào")
    assert "Bỏ các mã chưa dùng" not in officer.choices
    await officer.picks("Mã cho Nguyễn Thị Hoa")
    code = code_in(officer)
    await officer.says("ai chưa vào")
    assert "(đã có mã, đến " in officer.heard
    await officer.picks("Bỏ các mã chưa dùng")
    await officer.picks("Bỏ các mã")
    assert "Đã bỏ 1 mã." in officer.heard
    hoa = here.world.talk("Hoa")
    await hoa.says(code)
    assert NO_GOOD in hoa.heard


async def test_residents_and_members_of_other_villages_forge_in_vain(here: Village) -> None:
    person = await on_list(here, "Nguyễn Thị Hoa", ("member", here.at.village))
    leader = await here.talk_as("Lan", "leader", here.at.other_village)
    invites = await Invite.all().count()
    for talk in (leader, here.world.talk("Trộm")):
        for action in (InviteListed(person), MakeSlips("lac-hien", again=True), EndCodes("lac-hien", sure=True)):
            await talk.forges(pack(action))
        await talk.says("ai chưa vào")
        assert "Hoa" not in talk.heard
    assert await Invite.all().count() == invites
    assert await JobRow.all().count() == 0


@dataclass
class Printer:
    """The worker that makes slips."""

    here: Village
    public: bool = True
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world, platform = self.here.world, self.here.world.platform
        kinds = {platform.name: platform.capabilities}
        self.outbox = Outbox(Rows(world.db, TRANSLATE), kinds, TRANSLATE, self._link)
        self.job = SlipJob(self.here.invites, self.outbox, self._store, links_at)
        rows, store = self.outbox.rows, ConversationStore(world.db)
        self.sender = OutboxSender(
            platform=platform, pacer=Pacer(1000.0, world.clock), rows=rows, store=store, turn=Alone(),
            clock=world.clock, report=lambda event: world.engine.receive([event]),
        )  # fmt: skip

    def _link(self, name: str) -> str | None:
        return f"https://xa.example/media/{name}" if self.public else None

    async def _store(self, name: str, data: bytes) -> str:
        self.files[f"{len(self.files):032}/{name}"] = data
        return f"{len(self.files) - 1:032}/{name}"

    async def works(self) -> None:
        async def refused(*_: object) -> None:
            raise AssertionError("slips were refused")

        runner = JobRunner({KIND: self.job}, self.here.world.db, refused, self.here.world.clock.now)
        while await runner.run() == 0.0:
            pass
        await self.sender.run()

    def slips(self) -> str:
        """What the newest file says."""
        document = Document(io.BytesIO([*self.files.values()][-1]))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(one.text for one in document.paragraphs), *cells])

    def code_of(self, name: str) -> str:
        said = self.slips()
        found = CODE.search(said, said.index(name))
        assert found is not None
        return found[0]


async def test_an_officer_gets_slips_for_all_and_each_leads_to_its_person(here: Village) -> None:
    officer, printer = await here.talk_as("Minh", "officer", here.at.commune), Printer(here)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await on_list(here, "Trần Văn Bình", ("deputy", here.at.village), ("volunteer", here.at.commune))
    await officer.says("ai chưa vào")
    await officer.picks("Phiếu mời 2 người (Word)")
    await printer.works()
    said = printer.slips()
    assert "đưa tận tay đúng người" in said
    assert said.count("Kính gửi bác") == 2
    hoa, binh = printer.code_of("Nguyễn Thị Hoa"), printer.code_of("Trần Văn Bình")
    stored = str(await Invite.all().values())
    assert hoa not in stored
    assert binh not in stored
    talk = here.world.talk("Bình")
    await talk.says(binh)
    await talk.picks("Đồng ý")
    assert sorted(await roles_of(talk)) == [("deputy", here.at.village), ("volunteer", here.at.commune)]

    await on_list(here, "Lê Thị Mai", ("member", here.at.village))
    await officer.says("ai chưa vào")
    await officer.picks("Phiếu mời 1 người (Word)")
    await printer.works()
    assert "Lê Thị Mai" in printer.slips()
    assert "Nguyễn Thị Hoa" not in printer.slips(), "who holds a slip keeps it"
    talk = here.world.talk("Hoa")
    await talk.says(hoa)
    assert "Mã này mời bác Nguyễn Thị Hoa" in talk.heard


async def test_who_presses_twice_gets_one_file_whose_codes_hold(here: Village) -> None:
    """Otherwise the second file would end the codes on the first one, which may be printed already."""
    officer, printer = await here.talk_as("Minh", "officer", here.at.commune), Printer(here)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await officer.forges(pack(MakeSlips("", again=False)))
    await on_list(here, "Lê Thị Mai", ("member", here.at.village))
    for again in (False, True):
        await officer.forges(pack(MakeSlips("", again=again)))
        assert "Tôi đang làm phiếu mời, bác chờ một chút." in officer.heard
    await printer.works()
    said = [*printer.files]
    assert len(said) == 2, "hers, and that of who was listed in between"
    assert await Invite.filter(purpose="listed", uses_left=0).count() == 0
    assert await Invite.filter(purpose="listed", uses_left=1).count() == 2


async def test_slips_that_are_made_twice_after_a_crash_leave_the_codes_on_the_paper_that_was_sent(
    here: Village,
) -> None:
    officer, printer = await here.talk_as("Minh", "officer", here.at.commune), Printer(here)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await officer.says("ai chưa vào")
    await officer.picks("Phiếu mời 1 người (Word)")
    job = await JobRow.get(kind=KIND)
    await printer.works()
    first = printer.code_of("Nguyễn Thị Hoa")
    await printer.job(json.loads(job.body), here.world.clock.now())
    assert len(printer.files) == 2
    assert "Phiếu mời của 1 người" in officer.heard
    hoa = here.world.talk("Hoa")
    await hoa.says(first)
    assert "Mã này mời bác Nguyễn Thị Hoa" in hoa.heard


async def test_where_no_file_arrives_the_codes_that_were_given_out_still_hold(here: Village) -> None:
    officer, printer = await here.talk_as("Minh", "officer", here.at.commune), Printer(here, public=False)
    await on_list(here, "Nguyễn Thị Hoa", ("leader", here.at.village))
    await officer.says("ai chưa vào")
    await officer.picks("Mã cho Nguyễn Thị Hoa")
    code = code_in(officer)
    await officer.says("ai chưa vào")
    await officer.picks("Làm lại phiếu, 1 người")
    body = json.loads((await JobRow.get(kind=KIND)).body)
    hoa = here.world.talk("Hoa")
    if here.world.platform.capabilities["private"].file_limit:
        await printer.job(body, here.world.clock.now())
        await hoa.says(code)
        assert NO_GOOD in hoa.heard
    else:
        with pytest.raises(JobRefused, match="chưa gửi được tệp"):
            await printer.job(body, here.world.clock.now())
        await hoa.says(code)
        assert "Mã này mời bác Nguyễn Thị Hoa" in hoa.heard
