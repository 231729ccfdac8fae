"""Writing an announcement on one page: the words, the remarks beside them, for whom, when, how it will look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.text import Text, upper_first
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.actions import (
    AskApproval,
    ChangeDraft,
    ChooseAudience,
    ChooseVillages,
    NewAnnouncement,
    Preview,
    Toggle,
)
from bot.features.announcements.audience import EXTRA, Audience, ResolvedAudience
from bot.features.announcements.model import LONGEST_TEXT, LONGEST_TITLE, Announcement, AnnouncementRefused
from bot.features.announcements.writing import preview
from bot.features.announcements.writing.draft import NEWER, editable
from bot.features.announcements.writing.templates import LONGEST_ANSWER, TEMPLATES
from bot.features.calendar.vietnam import today
from bot.features.groups.naming import called, name_for
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.announcements.audience import EXTRA_NAMES
from bot.handlers.announcements.common import AnnouncementService
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Do, Go, No, Sheet, Visit

from . import addresses
from .typed import EVERY, TypedDraft

_ASK = "duyet"
_SAVED = msg("Đã lưu {label}. Tin chưa gửi cho ai.")
_THROUGH, _IN_GROUP, _NO_WAY = msg("qua {name}"), msg("nhóm “{group}” trên {messenger}"), msg("chưa có nhóm")
_REACHES = tuple(
    kind.code for kind in (NewAnnouncement, ChangeDraft, ChooseAudience, ChooseVillages, Toggle, Preview, AskApproval)
)


class AudienceChoice(Struct, frozen=True):
    """A box to tick: its value, its label, and the way in which it is told."""

    part: str
    label: str
    way: str
    on: bool
    silent: bool = False
    """Nobody there can be told by the bot."""


class ComposerTrouble(Struct, frozen=True):
    """Why it was not kept; `theirs` is the draft as it stands now, where that is another one."""

    why: Sequence[Text] = ()
    theirs: Announcement | None = None
    copies: bool = False
    """It is somebody else's draft: what was typed can be kept as one's own."""


class ComposerPage:
    def __init__(self, service: AnnouncementService) -> None:
        self._service = service
        self._drafts = service.features.drafts

    # Looking

    async def blank(self, visit: Visit) -> Answer:
        """Show empty fields, or the questions of a template."""
        return await self._sheet(visit, None, TypedDraft.of_template(visit.query.get("mau", ""), visit.commune))

    async def draft(self, visit: Visit) -> Answer:
        one = await addresses.named(visit)
        if isinstance(one, No):
            return one
        refusal = editable(one, visit.who)
        if refusal is not None:
            return No(visit.t(refusal.why, **refusal.values), 403)
        return await self._sheet(visit, one, TypedDraft.of_draft(one))

    async def beside(self, visit: Visit) -> Answer:
        """Show the remarks, the reach, the cost and the looks of what is being typed; nothing is kept of it."""
        one = await addresses.named(visit) if "label" in visit.path else None
        if isinstance(one, No):
            return one
        typed = TypedDraft.of_form(visit)
        shows = await self._beside(visit, one, typed, await self._villages(visit))
        return Sheet("announcements/beside.html", Text(), shows)

    # Keeping

    async def create(self, visit: Visit) -> Answer:
        """Keep a new draft, and ask for its approval if that was pressed."""
        typed = TypedDraft.of_form(visit)
        parts, problems = typed.read(visit.commune, await self._villages(visit), visit.now)
        if problems:
            return await self._refused(visit, None, typed, problems)
        async with visit.once(HOME + addresses.LIST) as first:
            made: Announcement | AnnouncementRefused | None = None
            if first:
                made = await self._drafts.create(
                    visit.commune.id,
                    visit.who,
                    visit.now,
                    title=parts.title,
                    text=parts.text,
                    source=parts.source,
                    template=typed.template,
                    klass=parts.klass,
                    not_before=parts.not_before,
                    expires_at=parts.expires_at,
                    audience=parts.audience,
                )
            if isinstance(made, Announcement):
                await visit.leads(addresses.of(made, addresses.EDIT))
        if isinstance(made, AnnouncementRefused):
            return await self._refused(visit, None, typed, [made])
        if made is not None:
            return self._kept(visit, made)
        # The form was sent before: what it made then is where it leads now.
        label = (await visit.led_to()).removeprefix(f"{HOME}{addresses.LIST}/").partition("/")[0]
        before = await addresses.named(replace(visit, path={"label": label}))
        if isinstance(before, No):
            return Go(HOME + addresses.LIST)
        if parts.of(before) == before:
            return self._kept(visit, before)
        # Back in the browser, and then other words in the same form.
        typed = replace(typed, template="", title=parts.title, text=parts.text)
        return await self._refused(visit, before, typed, [AnnouncementRefused(NEWER)], theirs=before)

    async def change(self, visit: Visit) -> Answer:
        """Keep the changed draft of its author; whoever comes later than another change is told and loses nothing."""
        one = await addresses.named(visit)
        if isinstance(one, No):
            return one
        typed = TypedDraft.of_form(visit)
        parts, problems = typed.read(visit.commune, await self._villages(visit), visit.now)
        refusal = editable(one, visit.who)
        if refusal is not None:
            return await self._refused(visit, one, typed, [refusal], theirs=one, copies=True)
        if problems:
            return await self._refused(visit, one, typed, problems)
        async with visit.once(addresses.of(one, addresses.EDIT)) as first:
            fresh = await store.get(one.id) or one
            newer = fresh.version != typed.version if first else parts.of(fresh) != fresh
            if newer:
                refusal = AnnouncementRefused(NEWER)
            elif first:
                refusal = await self._drafts.set_parts(fresh, visit.who, parts, visit.now)
        if refusal is not None:
            now = await store.get(one.id) or one
            theirs = now if refusal.why == NEWER else None
            return await self._refused(visit, now, typed, [refusal], theirs=theirs)
        return self._kept(visit, await store.get(one.id) or one)

    def _kept(self, visit: Visit, one: Announcement) -> Answer:
        """Lead on: to the question of the chat for an approval, or back to the fields."""
        if visit.said("lam") == _ASK:
            return Do(AskApproval(one.id, one.version), addresses.of(one), visit.word("Xin duyệt"))
        return Go(addresses.of(one, addresses.EDIT), visit.t(_SAVED, label=one.label))

    async def _refused(
        self,
        visit: Visit,
        one: Announcement | None,
        typed: TypedDraft,
        refusals: Sequence[AnnouncementRefused],
        *,
        theirs: Announcement | None = None,
        copies: bool = False,
    ) -> Sheet:
        why = [_why(visit, each) for each in refusals]
        version = typed.version if one is None else one.version
        trouble = ComposerTrouble(why, theirs, copies)
        return await self._sheet(visit, None if copies else one, replace(typed, version=version), trouble)

    # Showing

    async def _sheet(
        self, visit: Visit, one: Announcement | None, typed: TypedDraft, trouble: ComposerTrouble | None = None
    ) -> Sheet:
        villages = await self._villages(visit)
        template = typed.asked
        shows = {
            "one": one,
            "typed": typed,
            "trouble": trouble or ComposerTrouble(),
            "templates": [(key, visit.word(each.name)) for key, each in TEMPLATES.items()],
            "questions": () if template is None else template.questions,
            "template": "" if template is None else visit.word(template.name),
            "longest": LONGEST_TEXT,
            "longest_title": LONGEST_TITLE,
            "longest_answer": LONGEST_ANSWER,
            "fixed": one is not None and one.audience.fixed,
            "choices": await self._choices(visit, one, typed, villages),
            "to": HOME + addresses.NEW if one is None else addresses.of(one, addresses.EDIT),
            "look": HOME + addresses.NEW_BESIDE if one is None else addresses.of(one, addresses.BESIDE),
            "card": "" if one is None else addresses.of(one),
            **await self._beside(visit, one, typed, villages),
        }
        title = visit.t("Soạn thông báo") if one is None else visit.t("Sửa {label}", label=one.label)
        return Sheet("announcements/composer.html", title, shows, 200 if trouble is None else 409)

    async def _beside(
        self, visit: Visit, one: Announcement | None, typed: TypedDraft, villages: Sequence[Place]
    ) -> dict[str, object]:
        parts, problems = typed.read(visit.commune, villages, visit.now)
        if one is None:
            meant = await self._drafts.imagined(visit.commune.id, visit.who, visit.now, parts, typed.template)
        else:
            meant = parts.of(one)
        written = bool(meant.text.strip())
        found = await self._resolved(visit, meant)
        approval = self._service.features.approval
        outbox = self._service.features.outbox
        return {
            "findings": await self._service.findings(visit, meant) if written else [],
            "problems": [_why(visit, each) for each in problems] if written else [],
            "facts": await self._service.facts(visit, meant) if written else [],
            "looks": [
                (", ".join(called(name) for name in each.platforms), each.messages)
                for each in (await preview.in_groups(meant, found, outbox, approval.platforms) if written else ())
            ],
        }

    async def _resolved(self, visit: Visit, one: Announcement) -> ResolvedAudience:
        return await self._service.features.approval.resolve(one, visit.now)

    async def _choices(
        self, visit: Visit, one: Announcement | None, typed: TypedDraft, villages: Sequence[Place]
    ) -> list[AudienceChoice]:
        """Return all parts of an audience, each village with the way in which it would be told."""
        parts, _ = replace(typed, places=frozenset({EVERY})).read(visit.commune, villages, visit.now)
        everybody = replace(parts, audience=Audience(every=True))
        meant = await self._drafts.imagined(visit.commune.id, visit.who, visit.now, everybody)
        ways = self._ways(visit, await self._resolved(visit, meant))

        def choice(part: str, label: str, way: str = "", *, silent: bool = False) -> AudienceChoice:
            return AudienceChoice(part, label, way, part in typed.places, silent)

        found = [choice(EVERY, f"{visit.word('Tất cả các thôn')} ({len(villages)})")]
        kinds = Counter(place.kind for place in villages)
        if len(kinds) > 1:
            found += [choice(f"kind:{kind}", f"{visit.word('Các')} {kind} ({count})") for kind, count in kinds.items()]
        found += [choice(name, visit.word(EXTRA_NAMES[name])) for name in EXTRA]
        return found + [
            choice(
                f"unit:{place.id}",
                upper_first(place.full_name),
                ways.get(place.id) or visit.word(_NO_WAY),
                silent=place.id not in ways,
            )
            for place in villages
        ]

    def _ways(self, visit: Visit, found: ResolvedAudience) -> dict[int, str]:
        """Map villages to the way in which they would be told."""
        names = {place.id: place.full_name for place in found.villages}
        ways: dict[int, str] = {}
        for channel in found.channels:
            group = name_for(channel.title, channel.platform, names.get(channel.unit_id, ""))
            ways[channel.unit_id] = visit.t(_IN_GROUP, group=group, messenger=called(channel.platform)).plain
        for village in found.relayed:
            names_of = [relay.name for relay in village.living or village.relays]
            ways[village.place.id] = visit.t(_THROUGH, name=names_of[0]).plain
        return ways

    async def _villages(self, visit: Visit) -> Sequence[Place]:
        return await units.villages(visit.commune.id, today(visit.now))

    def pages(self) -> list[DeskPage]:
        about = msg("Viết, chọn nơi nhận, xem trước rồi gửi duyệt. Tin chỉ đi khi người thứ hai duyệt trong chat.")
        return [
            DeskPage(addresses.NEW, self.blank, self.create, Act.BROADCAST, about=about, reaches=_REACHES),
            DeskPage(addresses.NEW_BESIDE, None, self.beside, Act.BROADCAST),
            DeskPage(addresses.EDIT, self.draft, self.change, Act.BROADCAST, about=about, reaches=_REACHES),
            DeskPage(addresses.BESIDE, None, self.beside, Act.BROADCAST),
        ]


def _why(visit: Visit, refusal: AnnouncementRefused) -> Text:
    """Say why; a value may be a sentence of ours, the question that was not answered."""
    values = {name: visit.word(value) if isinstance(value, str) else value for name, value in refusal.values.items()}
    return visit.t(refusal.why, **values)
