"""Every role before every page of the desk, looked at and sent an empty form: the table of rights says the answer.

The right that a page takes is written here once more, by hand: a page that forgets its own lets a role in and is red.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import ClientResponse
from tortoise.transactions import in_transaction

from bot.features import rights, units
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.meetings import book
from bot.features.people import people
from bot.features.rights import Act, Condition, RightsCell, Scope
from bot.features.rights.table import AT_THE_DESK, CHAIR, IN_VILLAGES, OFFICER, ROLES
from bot.framework.process import CLOCK
from bot.office.desk.desk import ENTER
from bot.office.desk.forms import ID, TOKEN, new_id
from bot.office.desk.visit import HOME, DeskPage
from bot.storage.tables.audit import AuditRow

from .seats import Office, Seat, office

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANYBODY: tuple[Act, ...] = ()
"""Pages for everybody who has a seat: today, the conversation, one's own sessions."""
_NEEDS: Mapping[str, tuple[Act, ...]] = {
    "": ANYBODY,
    "/tro-ly": ANYBODY,
    "/toi": ANYBODY,
    "/thong-bao": (Act.BROADCAST,),
    "/thong-bao/{label}": (Act.BROADCAST, Act.APPROVE_CONTENT),
    "/thong-bao/{label}/sua": (Act.BROADCAST,),
    "/thong-bao/{label}/ben": (Act.BROADCAST,),
    "/thong-bao/{label}/song": (Act.BROADCAST,),
    "/thong-bao/{label}/bien-nhan": (Act.BROADCAST,),
    "/thong-bao/{label}/chua-ro": (Act.BROADCAST,),
    "/thon": (Act.INVITE,),
    "/kenh": (Act.REGISTER_CHAT,),
    "/nguoi": (Act.INVITE,),
    "/so-lieu": (Act.EXPORT_REPORTS,),
    "/so-lieu/sua": (Act.UPDATE_FIGURES,),
    "/so-lieu/dan": (Act.UPDATE_FIGURES,),
    "/so-lieu/ghi": (Act.UPDATE_FIGURES,),
    "/chi-tieu": (Act.SET_TARGETS,),
    "/chi-tieu/da-doi": (Act.EXPORT_REPORTS,),
    "/bao-cao": (Act.EXPORT_REPORTS,),
    "/kho-khan": (Act.HANDLE_DIFFICULTIES,),
    "/giup-do": (Act.ANSWER_HELP,),
    "/viec": (Act.ASSIGN_TASKS,),
    "/hop": (Act.ASSIGN_TASKS,),
    "/bai": (Act.APPROVE_CONTENT,),
    "/bai/{slug}/sua": (Act.VERIFY_GUIDE,),
    "/bai-duoc-xem": (Act.EXPORT_REPORTS,),
    "/van-ban": (Act.EXPORT_REPORTS,),
    "/tap-huan": (Act.TEACH,),
    "/loa": (Act.PLAN_LOUDSPEAKER,),
    "/loi-chua-hieu": (Act.VERIFY_GUIDE,),
    "/cach-lam-hay": (Act.GOOD_PRACTICE,),
    "/san-pham": (Act.GOOD_PRACTICE,),
    "/suc-khoe": (Act.READ_AUDIT,),
    "/rieng-tu": (Act.READ_AUDIT,),
    "/nhat-ky": (Act.READ_AUDIT,),
    "/cai-dat": (Act.CHANGE_SETTINGS,),
    "/phan-mem": (Act.CONNECT_PROGRAMS,),
}
"""The beginning of an address → the acts of which each one opens it. The longest beginning counts."""
_REPORT = "/bao-cao"
_STREAM = "text/event-stream"


def needs(path: str) -> tuple[Act, ...]:
    at = path
    while at not in _NEEDS:
        at = at.rpartition("/")[0]
        assert at, f"no right is written down for {path}"
    return _NEEDS[at]


def opens(cell: RightsCell, act: Act, path: str, *, sends: bool) -> bool:
    """Tell whether this cell of the table opens a page about the whole commune."""
    if path == _REPORT:  # sums are a report as well; who only looks takes no file of it
        return cell.scope in (Scope.COMMUNE, Scope.AGGREGATE) and not (sends and cell.condition is Condition.VIEW)
    if act is Act.APPROVE_CONTENT and path.startswith("/thong-bao") and cell.condition is not Condition.APPROVE:
        return False  # whoever drafts texts, or decides about some of them alone, approves no announcement
    return cell.scope is Scope.COMMUNE


def may(role: str, path: str, *, sends: bool = False) -> bool:
    acts = needs(path)
    return acts is ANYBODY or any(opens(rights.cell_of(role, act), act, path, sends=sends) for act in acts)


@dataclass
class Commune:
    """The bot, somebody of each role, and what variable parts of addresses may name."""

    office: Office
    holders: Mapping[str, int]
    named: Mapping[str, str]
    drafts: Mapping[str, str]

    @property
    def pages(self) -> Sequence[DeskPage]:
        """All pages; one's own sessions come last: an empty form ends them."""
        return sorted(self.office.bot.joined.desk, key=lambda page: page.path == "/toi")

    def address(self, page: DeskPage, role: str) -> str:
        path = HOME + page.path.replace("{label}", self.drafts.get(role, self.drafts[OFFICER]))
        for part, value in self.named.items():
            path = path.replace(part, value)
        return re.sub(r"\{[^}]*\}", "0", path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def commune(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Commune]:
    async with office(tmp_path_factory.mktemp("rights")) as found:
        now = CLOCK.now()
        place, thon = await units.get(village.COMMUNE), await units.get(village.VILLAGE)
        assert place is not None
        assert thon is not None
        async with in_transaction():
            holders = {role: await people.create(ROLES[role], now) for role in ROLES}
            for role, person in holders.items():
                await people.grant(person, role, (thon if role in IN_VILLAGES else place).id, now)
            trouble = await difficulties.raise_one(
                thon.id, "Có kẻ lừa đảo gọi điện", reporter=None, owner=None, now=now
            )
            meeting = await book.call(thon.id, "team", "Bàn việc", now, "Nhà văn hóa", "", by=None, now=now)
            drafts = {}
            for role in (OFFICER, CHAIR):  # a draft is changed by its author alone
                writer = await people.who_is(holders[role], now)
                news = await found.bot.services.announcements.drafts.create(
                    place.id, writer, now, title="Tin", text="Mai quét đường.", source="", audience=Audience(every=True)
                )
                assert isinstance(news, Announcement)
                drafts[role] = news.label
        named = {
            "{ma}": village.VILLAGE,
            "/kho-khan/{id}": f"/kho-khan/{trouble.id}",
            "{slug}": "bhyt-vneid-vssid",
            "{muc}": "phone",
            "{nguoi}": str(holders[OFFICER]),
            "{hop}": str(meeting.id),
        }
        yield Commune(found, holders, named, drafts)


async def _sits(commune: Commune, seat: Seat, role: str) -> None:
    key = await commune.office.bot.services.desk.offer(commune.holders[role])
    await commune.office.enters(seat, ma=key.link)


async def _look(seat: Seat, address: str) -> ClientResponse:
    async with seat.client.get(address, allow_redirects=False) as answer:
        if answer.content_type != _STREAM:
            await answer.read()
        return answer


async def _send(seat: Seat, address: str, token: str) -> ClientResponse:
    data = {TOKEN: token, ID: new_id()}
    async with seat.client.post(address, data=data, allow_redirects=False) as answer:
        await answer.read()
        return answer


def _told(answer: ClientResponse, *, allowed: bool) -> bool:
    """Tell whether an answer is what somebody gets who may, or may not: a refusal is 403, and nothing breaks."""
    at_the_door = answer.headers.get("Location", "").startswith(ENTER)
    return answer.status < 500 and not at_the_door and (answer.status != 403) == allowed


@pytest.mark.parametrize("role", sorted(AT_THE_DESK))
async def test_who_has_a_seat_opens_what_the_table_of_rights_says(commune: Commune, role: str) -> None:
    wrong: list[str] = []
    before = await AuditRow.filter(act="right_refused").count()
    async with commune.office.seat() as seat:
        await _sits(commune, seat, role)
        assert seat.address == HOME
        token = re.search(rf'name="{TOKEN}" value="([^"]+)"', seat.page)
        assert token is not None
        listed = set(re.findall(r'<a href="(/ban[^"]*)"', seat.page.partition("<nav")[2].partition("</nav>")[0]))
        assert listed == {HOME + one.path for one in commune.pages if one.label and may(role, one.path)}
        for page in commune.pages:
            address = commune.address(page, role)
            if page.show is not None:
                looked = await _look(seat, address)
                if not _told(looked, allowed=may(role, page.path)):
                    wrong.append(f"GET {address}: {looked.status}")
            if page.take is not None:
                sent = await _send(seat, address, token[1])
                if not _told(sent, allowed=may(role, page.path, sends=True)):
                    wrong.append(f"POST {address}: {sent.status}")
    assert not wrong
    noted = await AuditRow.filter(act="right_refused").count() > before
    assert noted == any(not may(role, page.path) for page in commune.pages), "refusals are in the audit log"


@pytest.mark.parametrize("role", ["", *sorted(ROLES.keys() - AT_THE_DESK)])
async def test_whose_work_is_not_at_a_table_gets_to_the_door_from_every_page(commune: Commune, role: str) -> None:
    """The role "" is somebody whom nobody has signed in."""
    async with commune.office.seat() as seat:
        if role:
            await _sits(commune, seat, role)
            assert seat.address == ENTER
        for page in commune.pages:
            address = commune.address(page, role)
            looked = await _look(seat, address) if page.show is not None else None
            sent = await _send(seat, address, "x") if page.take is not None else None
            assert looked is None or looked.headers.get("Location") == ENTER, address
            # What somebody typed is shown to them again: their session may have ended meanwhile.
            assert sent is None or sent.status == 403, address


async def test_every_row_written_here_is_of_a_page(commune: Commune) -> None:
    paths = {page.path for page in commune.pages}
    assert {path for path in _NEEDS if not any(one == path or one.startswith(f"{path}/") for one in paths)} == set()
