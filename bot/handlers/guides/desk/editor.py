"""The editor of a guide: Markdown, the checker's lines, two phones, what would change. Nothing typed is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.platform import PLAIN, RICH, Capabilities
from bot.core.text import Text
from bot.features.calendar.vietnam import today
from bot.features.commune.commune_settings import CommuneSettings
from bot.features.guides.changes import StepChange, changes
from bot.features.guides.findings import GuideFinding
from bot.features.guides.model import Guide
from bot.features.people import people
from bot.features.rights import Act
from bot.features.upkeep import texts
from bot.features.upkeep.actions import HandInText, SendText
from bot.features.upkeep.deciding import SEVERAL
from bot.features.upkeep.incoming import SAME
from bot.features.upkeep.shown import UNREADABLE
from bot.features.upkeep.texts import NewText
from bot.handlers.guides.page import PageReader
from bot.handlers.guides.preview import on_phones
from bot.handlers.guides.upkeep import GuideUpkeepService
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.addresses import number_of
from bot.office.desk.visit import HOME, Answer, Go, No, Sheet, Visit

from .listed import ADDRESS, TEXTS

if TYPE_CHECKING:
    from bot.features.guides.checking.single import SingleCheck

_PHONES: Mapping[str, Capabilities] = {
    msg("Điện thoại có nút bấm"): RICH["private"],
    msg("Điện thoại chỉ có chữ"): PLAIN["private"],
}
_NOT_WRITERS = frozenset({"unverified", "review-overdue", "verified-future", "untranslated", "fuzzy-translation"})
"""Findings about a guide that no change of its text mends."""
_FAULTS = msg(
    "Bản này còn {count} lỗi nên chưa lưu được; chữ vẫn còn nguyên ở dưới. Sửa theo các dòng bên cạnh rồi lưu lại."
)
_MOVED = msg(
    "Bài này vừa đổi sau khi mở trang, nên tôi chưa lưu gì. Chữ vẫn còn ở dưới; “Sẽ đổi” nay so với bản mới. "
    "Xem kỹ kẻo bỏ mất chỗ người khác vừa sửa, rồi lưu lần nữa."
)
_ELSEWHERE = msg(
    "Bản nháp của bài này vừa được lưu ở một cửa sổ khác, nên tôi chưa lưu đè. Chữ vẫn còn ở dưới; lưu lần nữa là "
    "thay bản nháp kia."
)
_GONE = msg("Bài hướng dẫn này nay không còn nữa.")
_LARGEST = 1_500_000


class TypedText(Struct, frozen=True):
    """A text in the editor. `base` is the guide that it began from, `draft` the stored draft then, 0 for none."""

    text: str
    base: str
    draft: int
    step: str = ""


class CheckedText(Struct, frozen=True):
    """A text as the checker sees it; `guide` is None where it cannot be read."""

    guide: Guide | None
    findings: Sequence[GuideFinding]

    @property
    def errors(self) -> int:
        return sum(one.severity == "error" for one in self.findings)


class GuideEditor:
    def __init__(self, service: GuideUpkeepService, settings: CommuneSettings) -> None:
        self._service = service
        self._settings = settings

    @cached_property
    def _checker(self) -> SingleCheck:
        from bot.features.guides.checking.single import SingleCheck

        library = self._service.shown.library
        return SingleCheck(library.folder, library.allowed, library.facts)

    def _check(
        self, slug: str, text: str, sources: Mapping[str, str], day: date
    ) -> tuple[Guide | None, list[GuideFinding]]:
        """Check in a thread of its own, which also loads what reads guides when it is first wanted."""
        return self._checker.check(slug, text, sources, day)

    async def show(self, visit: Visit) -> Answer:
        found = await self._begun(visit)
        if isinstance(found, No):
            return found
        guide, mine = found
        if mine is not None:
            typed = TypedText(mine.text, mine.base, mine.id)
        else:
            source = await asyncio.to_thread(self._service.shown.source, guide.slug)
            if source is None:
                return No(visit.t(UNREADABLE))
            typed = TypedText(source, guide.content, 0)
        moved = visit.t(_MOVED) if typed.base != guide.content else None
        return await self._sheet(visit, guide, replace(typed, base=guide.content), why=moved, status=200)

    async def _begun(self, visit: Visit) -> tuple[Guide, NewText | None] | No:
        """Return the guide as it is shown now, and the present draft of who edits it."""
        if self._settings.several:
            return No(visit.t(SEVERAL), 403)
        await self._service.refresh()
        guide = self._service.shown.library.get(visit.path["slug"])
        if guide is None:
            return No(visit.t(_GONE))
        return guide, await self._draft(visit, guide)

    async def _draft(self, visit: Visit, guide: Guide) -> NewText | None:
        drafts = await texts.drafts(guide.slug)
        return next((one for one in drafts if one.author_id == visit.person_id), None)

    async def _checked(self, visit: Visit, guide: Guide, text: str) -> CheckedText:
        sources = self._service.shown.sources()
        new, found = await asyncio.to_thread(self._check, guide.slug, text, sources, today(visit.now))
        return CheckedText(new, [one for one in found if one.code not in _NOT_WRITERS])

    async def _sheet(
        self,
        visit: Visit,
        guide: Guide,
        typed: TypedText,
        checked: CheckedText | None = None,
        *,
        why: Text | None = None,
        status: int = 400,
    ) -> Sheet:
        checked = checked or await self._checked(visit, guide, typed.text)
        new = checked.guide
        changed: Sequence[StepChange] = () if new is None else changes(guide, new)
        lines = typed.text.split("\n")
        begun = [one for one in await texts.begun(guide.slug) if one.unit_id == visit.commune.id]
        names = await people.names_of({one.author_id for one in begun if one.author_id is not None})
        step = self._step(new, typed.step, changed)
        return Sheet(
            "guides/editor.html",
            visit.t("Sửa bài: {title}", title=guide.title),
            {
                "guide": guide,
                "typed": typed,
                "findings": [(one, _line(lines, one.line)) for one in checked.findings],
                "errors": checked.errors,
                "changes": changed,
                "steps": {} if new is None else {one.id: one.filled().title for one in new.steps.values()},
                "step": step,
                "phones": {} if new is None else self._phones(visit, new, step),
                "others": [
                    (one, names.get(one.author_id or 0, "")) for one in begun if one.unit_id == visit.commune.id
                ],
                "why": why,
                "home": HOME + ADDRESS,
                "to_texts": HOME + TEXTS,
            },
            status,
        )

    def _step(self, new: Guide | None, wanted: str, changed: Sequence[StepChange]) -> str:
        """Return the step to preview: the one that is asked for, else the first one that would change."""
        if new is None or wanted in new.steps:
            return wanted
        return next((one.step for one in changed if one.step in new.steps), new.start)

    def _phones(self, visit: Visit, guide: Guide, step: str) -> Mapping[str, Sequence[Message]]:
        commune = self._settings.of(visit.commune.code)
        # Residents read the language of the files, whatever the officer reads.
        reader = PageReader("vi", visit.translate, {} if commune is None else commune.values)
        phones = {visit.word(name): limits for name, limits in _PHONES.items()}
        return on_phones(guide, guide.steps[step], reader, phones)

    async def take(self, visit: Visit) -> Answer:
        """Check what was typed; with the button of it keep it as a draft."""
        found = await self._begun(visit)
        if isinstance(found, No):
            return found
        guide = found[0]
        given = visit.fields.get("chu", ("",))[0]
        typed = TypedText(given, visit.said("goc"), number_of(visit.said("nhap")), visit.said("buoc"))
        checked = await self._checked(visit, guide, given)
        if visit.said("viec") != "luu":
            return await self._sheet(visit, guide, typed, checked, status=200)
        if checked.errors or checked.guide is None:
            return await self._sheet(visit, guide, typed, checked, why=visit.t(_FAULTS, count=max(checked.errors, 1)))
        if not changes(guide, checked.guide):
            return await self._sheet(visit, guide, typed, checked, why=visit.t(SAME))
        return await self._kept(visit, guide, typed, checked)

    async def _kept(self, visit: Visit, guide: Guide, typed: TypedText, checked: CheckedText) -> Answer:
        """Keep the draft once; not over what somebody else, or another window, has written since the page was shown."""
        why = ""
        async with visit.once(HOME + ADDRESS) as first:
            mine = await self._draft(visit, guide)
            if first and typed.base != guide.content:
                why = _MOVED
            elif first and (0 if mine is None else mine.id) != typed.draft:
                why = _ELSEWHERE
            elif first:
                mine = await texts.write(
                    visit.commune.id, guide.slug, guide.content, typed.text, author=visit.person_id, now=visit.now
                )
        if why:
            fresh = replace(typed, base=guide.content, draft=0 if mine is None else mine.id)
            return await self._sheet(visit, guide, fresh, checked, why=visit.t(why), status=409)
        if mine is None:
            return Go(f"{HOME}{ADDRESS}/{guide.slug}")
        return Go(f"{HOME}{TEXTS}/{mine.id}", visit.t("Đã lưu bản nháp. Xem chỗ sửa rồi gửi duyệt."))

    def page(self) -> DeskPage:
        about = msg("Mỗi bước một đầu đề “#”. Bấm “Xem” để kiểm và xem trước; gửi duyệt thì lãnh đạo mới thấy.")
        return DeskPage(
            f"{ADDRESS}/{{slug}}/sua",
            self.show,
            self.take,
            act=Act.VERIFY_GUIDE,
            about=about,
            largest=_LARGEST,
            reaches=(SendText.code, HandInText.code),
        )


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1][:80] if 0 < number <= len(lines) else ""
