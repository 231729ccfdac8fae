"""The list of changes before they are written: each figure before and after, what is doubtful, then one press.

It is a report that waits, as in a chat; “Ghi” is the chat's “Đúng”, with the same rights, questions and entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from msgspec import Struct

from bot.core.text import Text
from bot.features import units
from bot.features.checkins import answers, reported
from bot.features.checkins.actions import Confirm, Correct, Drop, Settle
from bot.features.checkins.answers import Answer, AnswerBody, FigureLine, Review, ShownLine
from bot.features.checkins.reading import cells
from bot.features.rights import Act
from bot.handlers.checkins.common import named
from bot.handlers.checkins.wording import line_text, question
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Do, Go, Sheet, Visit
from bot.office.desk.visit import Answer as Reply

from .ground import DRAFT, ENTER, TABLE, FiguresGround, to

_GONE = msg("Bản này đã ghi, đã bỏ, hoặc là của người khác.")
_OPEN = msg("Còn {count} ô phải trả lời hoặc bỏ ra trước khi ghi.")
_CHANGED = msg("Vừa có người khác ghi vào những ô có dấu “vừa đổi”. Mời xem lại rồi bấm lần nữa.")


class Change(Struct, frozen=True):
    """A line of the list. `ask` is the question about it, `sure`: it may be answered with “đúng số này”.

    `meanwhile` is what somebody else wrote since the line was made.
    """

    number: int
    place: str
    label: str
    before: str
    after: str
    text: Text
    ask: Text | None
    sure: bool
    meanwhile: Text | None


class DraftPage:
    def __init__(self, ground: FiguresGround) -> None:
        self._ground = ground

    async def newest(self, visit: Visit) -> Reply:
        """Lead to the last list that waits for this official: where a form that was sent twice ends."""
        found = await answers.waiting_of(visit.person_id)
        return Go(to(TABLE), visit.t(_GONE)) if found is None else Go(f"{HOME}{DRAFT}/{found.id}")

    async def show(self, visit: Visit) -> Reply:
        answer = await self._own(visit)
        return Go(to(TABLE), visit.t(_GONE)) if answer is None else await self._sheet(visit, answer)

    async def take(self, visit: Visit) -> Reply:
        """Settle what is ticked, then let the conversation write: it asks again where something is still open."""
        answer = await self._own(visit)
        if answer is None:
            return Go(to(TABLE), visit.t(_GONE))
        before = await self._review(answer)
        if visit.said("xem") != _seen(answer, before):
            # Somebody wrote one of these figures since this page was shown, or the list was changed in another window.
            return await self._sheet(visit, answer, visit.t(_CHANGED))
        lines = _settled(answer, before, _numbers(visit, "chac"), _numbers(visit, "bo"))
        looked = await answers.review(lines, await self._ground.service.indicators(), self._ground.service.cut_off)
        body = answer.body.model_copy(update={"lines": lines, "bases": looked.bases})
        if lines and body != answer.body:
            async with visit.once(f"{HOME}{DRAFT}/{answer.id}") as first:
                if first:
                    answer = await answers.change(answer, body) or answer
        if not lines:
            return Do(Drop(answer.id, answer.version), self._back(answer), visit.word("Bỏ, không ghi"))
        if looked.doubt is not None:
            count = sum(one.doubt is not None for one in looked.shown)
            return await self._sheet(visit, answer, visit.t(_OPEN, count=count))
        shown = visit.t("Ghi {count} số liệu", count=len(lines)).plain
        return Do(Confirm(answer.id, answer.version), self._back(answer), shown)

    async def _own(self, visit: Visit) -> Answer | None:
        """Return the list that the address names, if it is this official's and still waits."""
        number = visit.path.get("so", "")
        answer = await answers.get(int(number)) if number.isdecimal() and len(number) < 16 else None
        mine = answer is not None and answer.author_id == visit.person_id and answer.state == "waiting"
        return answer if mine and answer is not None and answer.body.lines else None

    async def _review(self, answer: Answer) -> Review:
        service = self._ground.service
        return await answers.review(answer.body.lines, await service.indicators(), service.cut_off)

    async def _sheet(self, visit: Visit, answer: Answer, note: Text | None = None) -> Sheet:
        looked = await self._review(answer)
        places = await units.by_ids({one.line.unit_id for one in looked.shown})
        codes = {one.line.indicator for one in looked.shown}
        told = await reported.versions(list(places), codes, looked.shown[0].period.name) if looked.shown else {}
        changes = [
            _change(visit, at, one, places[one.line.unit_id].full_name, answer.body.bases[at], told)
            for at, one in enumerate(looked.shown)
        ]
        of = looked.shown[0].period
        place = places[looked.shown[0].line.unit_id] if len(places) == 1 else None
        shows: Mapping[str, object] = {
            "asked": [one for one in changes if one.ask is not None or one.meanwhile is not None],
            "plain": [one for one in changes if one.ask is None and one.meanwhile is None],
            "count": len(changes),
            "note": note,
            "seen": _seen(answer, looked),
            "said": answer.body.note,
            "drop": Drop(answer.id, answer.version),
            "here_draft": f"{HOME}{DRAFT}/{answer.id}",
            "back": self._back(answer),
            "edit": to(ENTER, ky=of.name, noi="" if place is None else place.code, nhap=str(answer.id)),
        }
        title = visit.t("Xem lại {count} số, {period}", count=len(changes), period=named(visit, of))
        return Sheet("checkins/draft.html", title, shows, 200 if note is None else 409)

    def _back(self, answer: Answer) -> str:
        return to(TABLE, ky=answer.body.lines[0].period)

    def pages(self) -> Sequence[DeskPage]:
        about = msg("Chưa ghi gì. Mời xem từng số trước và sau, rồi bấm Ghi một lần.")
        reaches = (Confirm.code, Correct.code, Drop.code, Settle.code)
        return [
            DeskPage(DRAFT, self.newest, act=Act.UPDATE_FIGURES),
            DeskPage(f"{DRAFT}/{{so}}", self.show, self.take, act=Act.UPDATE_FIGURES, about=about, reaches=reaches),
        ]


async def begin(visit: Visit, ground: FiguresGround, lines: Sequence[FigureLine], note: str) -> Reply:
    """Keep lines as a report that waits, and lead to its list of changes. A form that comes twice makes one."""
    indicators = await ground.service.indicators()
    unit_ids = {one.unit_id for one in lines}
    async with visit.once(f"{HOME}{DRAFT}") as first:
        if not first:
            return Go(f"{HOME}{DRAFT}")
        looked = await answers.review(lines, indicators, ground.service.cut_off)
        body = AnswerBody(lines=tuple(lines), bases=looked.bases, source="form", note=note)
        unit_id = unit_ids.pop() if len(unit_ids) == 1 else visit.commune.id
        answer = await answers.begin(unit_id, body, author=visit.person_id, now=visit.now)
    return Go(f"{HOME}{DRAFT}/{answer.id}")


def _numbers(visit: Visit, name: str) -> frozenset[int]:
    return frozenset(int(one) for one in visit.all_said(name) if one.isdecimal() and len(one) < 6)


def _settled(answer: Answer, looked: Review, sure: frozenset[int], left_out: frozenset[int]) -> tuple[FigureLine, ...]:
    found = []
    for at, one in enumerate(looked.shown):
        choice = "leave" if at in left_out else "sure" if at in sure else ""
        line = answers.settled(answer.body.lines[at], one.doubt, choice) if choice else answer.body.lines[at]
        if line is not None:
            found.append(line)
    return tuple(found)


def _seen(answer: Answer, looked: Review) -> str:
    """Return what the list was made from, in few letters: its own version, and those of the figures it replaces."""
    return sha256(f"{answer.version} {looked.bases}".encode()).hexdigest()[:16]


def _change(
    visit: Visit,
    at: int,
    one: ShownLine,
    place: str,
    old: int,
    told: Mapping[tuple[str, int], Sequence[reported.FigureVersion]],
) -> Change:
    last = next(iter(reversed(told.get((one.indicator.code, one.line.unit_id), ()))), None)
    meanwhile = None
    if last is not None and one.base != old:
        meanwhile = _taken(visit, one, last)
    doubt = None if one.doubt is None else question(visit, one)
    before = "–" if one.before is None else cells.shown(one.before, None, one.indicator)
    after = cells.shown(one.total, one.whole, one.indicator)
    sure = one.doubt in ("falling", "jump")
    return Change(at, place, one.indicator.label, before, after, line_text(visit, one), doubt, sure, meanwhile)


def _taken(visit: Visit, one: ShownLine, last: reported.FigureVersion) -> Text:
    return visit.t("vừa đổi: {name} ghi {value}", name=last.name or "–",
                   value=cells.shown(last.value, last.out_of, one.indicator))  # fmt: skip
