"""An act that is done on a page leaves the same entries in the audit log as in a chat: one function, two faces."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
import pytest_asyncio
from tortoise.transactions import in_transaction

from bot.core.actions import Action, pack
from bot.core.events import Chat, Commanded, Event, Pressed, Sender, TextSent
from bot.core.probing import Probe
from bot.features import units
from bot.features.announcements.actions import CorrectIt
from bot.features.calendar.vietnam import today
from bot.features.checkins import plans
from bot.features.checkins.actions import DirectDifficulty, SwitchPlan
from bot.features.demo import village
from bot.features.difficulties import difficulties
from bot.features.outbox.pauses import LiftPause
from bot.features.people import people
from bot.features.practices import practices
from bot.features.rights.table import CHAIR, OFFICER
from bot.features.showcase.actions import ReturnProduct
from bot.features.showcase.tables import Product
from bot.features.tasks.actions import NewTask
from bot.features.unheard.tables import UnheardWord
from bot.features.upkeep.actions import ConfirmGuide
from bot.framework.process import CLOCK
from bot.handlers.commune.settings import EditSetting
from bot.handlers.people.group_codes import MakeGroupCode
from bot.handlers.practices.common import RefusePractice
from bot.handlers.unheard.naming import NameUnheard
from bot.storage.probes import ProbeStore
from bot.storage.tables.announcements import Announcement as News
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Account
from bot.understanding.model import NONE

from .news_room import NewsRoom, NewsSeat, commune_id, news_room
from .seats import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SEEN = re.compile(r'name="xem" value="(\w+)"')
_HIDDEN_VERSION = re.compile(r'name="ban" value="(\d+)"')
_NUMBERS, _GUIDES = count(1), count()


@dataclass
class Phone:
    """The messenger of an official, from which they write in private."""

    office: Office
    chat: Chat
    sender: Sender

    async def press(self, action: Action) -> None:
        await self._hears(Pressed(self._id(), self.chat, self.sender, CLOCK.now(), pack(action)))

    async def say(self, *texts: str) -> None:
        """Say one thing after the other; the label of a button presses it."""
        for text in texts:
            await self._hears(TextSent(self._id(), self.chat, self.sender, CLOCK.now(), text))

    async def command(self, name: str, words: str = "") -> None:
        await self._hears(Commanded(self._id(), self.chat, self.sender, CLOCK.now(), name, words))

    async def _hears(self, event: Event) -> None:
        await self.office.bot.engine.receive([event])
        await self.office.bot.engine.idle()

    def _id(self) -> str:
        return f"phone-{next(_NUMBERS)}"


@dataclass
class Both:
    """An official with a seat at the desk and a phone."""

    room: NewsRoom
    seat: NewsSeat
    phone: Phone


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewsRoom]:
    async with news_room(tmp_path_factory.mktemp("entries")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def officials(room: NewsRoom) -> dict[str, Both]:
    return {role: await _both(room, role) for role in (OFFICER, CHAIR)}


async def _both(room: NewsRoom, role: str) -> Both:
    person = await room.office.person(role)
    reached = (await people.reachable(person))[0]
    account = await Account.get(platform=reached.platform, chat_id=reached.chat_id)
    sender = Sender(account.native_id, "Cô Lan")
    phone = Phone(room.office, Chat(reached.platform, reached.chat_id, "private"), sender)
    return Both(room, await room.sits(person), phone)


async def _village() -> int:
    place = await units.get(village.VILLAGE)
    assert place is not None
    return place.id


# What the acts are done to: each is made twice.


async def _difficulty(room: NewsRoom) -> int:
    async with in_transaction():
        one = await difficulties.raise_one(await _village(), "Mất sóng", reporter=None, owner=None, now=CLOCK.now())
    return one.id


async def _word(room: NewsRoom) -> int:
    key, person = f"k{next(_NUMBERS)}", await room.office.person(OFFICER)
    row = await UnheardWord.create(key=key, commune="", text=key, offered="", at=CLOCK.now(), person_id=person)
    return int(row.id)


async def _product(room: NewsRoom) -> int:
    owner = await room.office.person("leader", village.VILLAGE)
    row = await Product.create(
        unit_id=await _village(), owner_id=owner, behalf=False, name="Mật ong", text="Ngon", price=None, per="",
        contact="0912345678", state="waiting", changed_at=CLOCK.now(),
    )  # fmt: skip
    return int(row.id)


async def _practice(room: NewsRoom) -> int:
    leader = await room.office.person("leader", village.VILLAGE)
    async with in_transaction():
        one = await practices.write(
            await _village(), "Đọc loa", "Hai lần", "Ai cũng nghe", author=leader, now=CLOCK.now()
        )
        assert await practices.hand_in(one, named=False)
    return one.id


async def _news(room: NewsRoom) -> int:
    one = await room.sent()
    await News.filter(id=one.id).update(state="done")
    return one.id


async def _pause(room: NewsRoom) -> int:
    now, probes = CLOCK.now(), ProbeStore()
    old = next((one for one in await probes.probes() if one.platform == "plain"), None)
    await probes.swap_probe("plain", old, Probe("plain", now, now.replace(year=now.year + 1), 3))
    return 0


async def _plan(room: NewsRoom) -> int:
    """Nobody asks the villages each quarter."""
    async with in_transaction():
        await plans.stop(await commune_id(), "quarter")
    return 0


async def _guide(room: NewsRoom) -> int:
    """A guide that nobody has looked at today."""
    return next(_GUIDES)


async def _nothing(room: NewsRoom) -> int:
    return 0


# On the page, and in the chat.


async def _direct_here(both: Both, one: int) -> None:
    await both.seat.get(f"/kho-khan/{one}")
    await both.seat.send(f"/kho-khan/{one}", {"loi": "Mua ngay", "ban": _version(both), "viec": "chi-dao"})


async def _direct_there(both: Both, one: int) -> None:
    await both.phone.press(DirectDifficulty(one, 1))
    await both.phone.say("Mua ngay")


async def _drop_here(both: Both, one: int) -> None:
    await both.seat.get("/loi-chua-hieu")
    await both.seat.press("Không có bài")


async def _drop_there(both: Both, one: int) -> None:
    await both.phone.press(NameUnheard(one, NONE))


async def _return_here(both: Both, one: int) -> None:
    await both.seat.get("/san-pham")
    await both.seat.press("Trả lại")
    await both.seat.send("/noi", {"loi": "Ảnh mờ", "ve": "/ban/san-pham"})


async def _return_there(both: Both, one: int) -> None:
    await both.phone.press(ReturnProduct(one, 1))
    await both.phone.say("Ảnh mờ")


async def _refuse_here(both: Both, one: int) -> None:
    await both.seat.get("/cach-lam-hay")
    await both.seat.press("Không đăng")
    await both.seat.send("/noi", {"loi": "Đã có rồi", "ve": "/ban/cach-lam-hay"})


async def _refuse_there(both: Both, one: int) -> None:
    found = await practices.get(one)
    assert found is not None
    await both.phone.press(RefusePractice(one, found.version))
    await both.phone.say("Đã có rồi")


async def _set_here(both: Both, one: int) -> None:
    await both.seat.get("/cai-dat/phone")
    await both.seat.send("/cai-dat/phone", {"gia-tri": "0229 3 111 222", "ban": _version(both)})


async def _set_there(both: Both, one: int) -> None:
    await both.phone.press(EditSetting(village.COMMUNE, "phone"))
    await both.phone.say("0229 3 333 444", "Đúng")


async def _code_here(both: Both, one: int) -> None:
    await both.seat.get(f"/thon/{village.VILLAGE}")
    await both.seat.press("Mã nhóm của thôn")


async def _code_there(both: Both, one: int) -> None:
    await both.phone.press(MakeGroupCode("village", village.VILLAGE))


async def _lift_here(both: Both, one: int) -> None:
    await both.seat.get("/suc-khoe")
    await both.seat.press("Gửi lại ngay")


async def _lift_there(both: Both, one: int) -> None:
    await both.phone.press(LiftPause("plain"))


async def _correct_here(both: Both, one: int) -> None:
    news = await News.get(id=one)
    page = f"/ban/thong-bao/TB-{news.number:04}"
    await both.seat.reads(page)
    await both.seat.sends(page, {"noi-dung": "Chiều mai mới quét đường."})


async def _correct_there(both: Both, one: int) -> None:
    await both.phone.press(CorrectIt(one, recall=False))
    await both.phone.say("Chiều mai mới quét đường.")


async def _plan_here(both: Both, one: int) -> None:
    await both.seat.get("/so-lieu/dot")
    await both.seat.press("Đặt lịch hỏi và nhắc")
    await both.seat.press("Hỏi hằng quý")


async def _plan_there(both: Both, one: int) -> None:
    await both.phone.press(SwitchPlan("quarter", on=True))


async def _guide_here(both: Both, one: int) -> None:
    slug = sorted(both.room.bot.services.shown.library.guides)[one]
    await both.seat.get(f"/bai/{slug}")
    await both.seat.press("Đã kiểm tra, còn đúng")


async def _guide_there(both: Both, one: int) -> None:
    library = both.room.bot.services.shown.library
    guide = library.guides[sorted(library.guides)[one]]
    await both.phone.press(ConfirmGuide(guide.slug, guide.content))


def _version(both: Both) -> str:
    found = _HIDDEN_VERSION.search(both.seat.page)
    assert found is not None, both.seat.words
    return found[1]


async def _give_here(both: Both, one: int) -> None:
    due = today(CLOCK.now()) + timedelta(days=5)
    await both.seat.get("/viec")
    await both.seat.send("/viec", {"thon": village.VILLAGE, "viec": "Dán áp phích", "han": due.isoformat()})
    for _ in ("how", "from whom"):
        await both.seat.send("/noi", {"loi": "bỏ qua", "ve": "/ban/viec"})
    await both.seat.press("Ai nhận cũng được")


async def _give_there(both: Both, one: int) -> None:
    due = today(CLOCK.now()) + timedelta(days=5)
    await both.phone.press(NewTask(village.VILLAGE))
    await both.phone.say(f"Dán áp phích, hạn {due:%d/%m/%Y}", "bỏ qua", "bỏ qua", "Ai nhận cũng được")


Make = Callable[[NewsRoom], Awaitable[int]]
Does = Callable[[Both, int], Awaitable[None]]


@dataclass(frozen=True)
class SameAct:
    """An act of a role: what it is done to, how it is done on the page and in the chat, and what the log then has."""

    name: str
    make: Make
    here: Does
    there: Does
    leaves: tuple[str, ...]
    role: str = OFFICER


_ACTS = (
    SameAct("direct a difficulty", _difficulty, _direct_here, _direct_there, ("difficulty_directed",), CHAIR),
    SameAct("drop words", _word, _drop_here, _drop_there, ("unheard_named",)),
    SameAct("return a product", _product, _return_here, _return_there, ("product_returned",)),
    SameAct("refuse a practice", _practice, _refuse_here, _refuse_there, ("practice_refused",)),
    SameAct("change a setting", _nothing, _set_here, _set_there, ("setting_changed",)),
    SameAct("make a code for a group", _nothing, _code_here, _code_there, ("invite",)),
    SameAct("lift a pause", _pause, _lift_here, _lift_there, ("pause_lifted",)),
    SameAct("give a task", _nothing, _give_here, _give_there, ("task_given",)),
    SameAct("ask each quarter", _plan, _plan_here, _plan_there, ("rounds_planned",)),
    SameAct("confirm a guide", _guide, _guide_here, _guide_there, ("guide_checked",)),
    SameAct(
        "correct an announcement",
        _news,
        _correct_here,
        _correct_there,
        ("announcement.created", "announcement.corrected"),
    ),
)


@dataclass(frozen=True)
class LogEntry:
    """A row of the log without what differs each time: numbers of things, versions and moments."""

    act: str
    kind: str
    details: str
    actor: int | None


async def _since(row: int) -> Sequence[LogEntry]:
    found = await AuditRow.filter(id__gt=row).order_by("id")
    return [LogEntry(one.act, one.object.partition(":")[0], _plain(one.details), one.actor) for one in found]


def _plain(details: str) -> str:
    known = json.loads(details)
    return json.dumps({name: "#" if type(value) is int else value for name, value in known.items()}, sort_keys=True)


async def _newest() -> int:
    last = await AuditRow.all().order_by("-id").first()
    return 0 if last is None else last.id


@pytest.mark.parametrize("act", _ACTS, ids=lambda one: one.name)
async def test_page_and_chat_leave_the_same_entries(room: NewsRoom, officials: dict[str, Both], act: SameAct) -> None:
    both = officials[act.role]
    left = []
    for does in (act.here, act.there):
        one = await act.make(room)
        before = await _newest()
        await does(both, one)
        left.append(await _since(before))
    on_page, in_chat = left
    assert on_page == in_chat
    assert tuple(one.act for one in on_page) == act.leaves
