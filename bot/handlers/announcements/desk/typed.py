"""The content of the composer's fields, and the draft that it makes: read with the rules of the chat."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from bot.features.announcements.audience import EXTRA, Audience
from bot.features.announcements.model import (
    LONGEST_SOURCE,
    LONGEST_TEXT,
    Announcement,
    AnnouncementRefused,
)
from bot.features.announcements.writing import answers
from bot.features.announcements.writing.draft import DraftParts
from bot.features.announcements.writing.templates import LONGEST_ANSWER, TEMPLATES, Template
from bot.features.calendar.vietnam import VIETNAM
from bot.features.units import Place
from bot.handlers.announcements.writing import expiry_in, office_of, plan_in
from bot.handlers.kit.typed import TOO_LONG
from bot.i18n import msg
from bot.office.desk.visit import Visit

EVERY = "all"
_LONGEST_FIELD = 200
_NO_ANSWER = msg("Chưa trả lời câu: {question}")
_TITLE = msg("Thông báo")


class TypedDraft(Struct, frozen=True):
    """The fields as they were typed. `answers` are those to a template's questions, in place of title and text.

    `places` are parts of an audience; `version` is the one that was on the screen, 0 for a new draft.
    """

    template: str = ""
    title: str = ""
    text: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    urgent: bool = False
    plan: str = ""
    expiry: str = ""
    places: frozenset[str] = frozenset()
    version: int = 0

    @classmethod
    def of_form(cls, visit: Visit) -> TypedDraft:
        key = visit.said("mau")
        template = TEMPLATES.get(key)
        version = visit.said("ban")
        return cls(
            key if template is not None else "",
            visit.said("ten")[:_LONGEST_FIELD],
            visit.said("noi-dung")[: LONGEST_TEXT + 1000],
            {} if template is None else _answers(visit, template),
            visit.said("nguon")[: LONGEST_SOURCE + 100],
            visit.said("khan") == "1",
            visit.said("gio")[:_LONGEST_FIELD],
            visit.said("han")[:_LONGEST_FIELD],
            frozenset(visit.all_said("noi")[:1000]),
            int(version) if version.isdecimal() and len(version) < 10 else 0,
        )

    @classmethod
    def of_template(cls, key: str, commune: Place) -> TypedDraft:
        template = TEMPLATES.get(key)
        source = "" if template is not None and _asks_source(template) else office_of(commune)
        if template is None:
            return cls(source=source)
        return cls(template.key, source=source, urgent=template.klass == "urgent")

    @classmethod
    def of_draft(cls, one: Announcement) -> TypedDraft:
        audience = one.audience
        places = {EVERY} if audience.every else {f"kind:{kind}" for kind in audience.kinds}
        places |= set(audience.extra) | {f"unit:{unit_id}" for unit_id in audience.villages}
        return cls(
            "",
            one.title,
            one.text,
            {},
            one.source,
            one.urgent,
            _time(one.not_before),
            _time(one.expires_at),
            frozenset(places),
            one.version,
        )

    @property
    def asked(self) -> Template | None:
        """The template whose questions are answered in place of a text."""
        return TEMPLATES.get(self.template)

    def read(
        self, commune: Place, villages: Collection[Place], now: datetime
    ) -> tuple[DraftParts, Sequence[AnnouncementRefused]]:
        """Return the draft that the fields make, and why it cannot be kept so."""
        problems: list[AnnouncementRefused] = []
        template = self.asked
        expires_at: datetime | None = None
        if template is None:
            title, text = (self.title, self.text) if self.title else answers.titled(self.text, _TITLE)
            source = self.source or office_of(commune)
        else:
            problems += self._unanswered(template, now)
            given = {one.field: answers.given(one, self.answers.get(one.field, "")) for one in template.questions}
            made = answers.made(template, given, now)
            title, text, expires_at = made.title, made.text, made.expires_at
            source = made.source or self.source or office_of(commune)
        if self.expiry:
            expiry = expiry_in(self.expiry, None, now)
            problems += [expiry] if isinstance(expiry, AnnouncementRefused) else []
            expires_at = None if isinstance(expiry, AnnouncementRefused) else expiry
        plan = plan_in(self.plan, expires_at, now) if self.plan else None
        problems += [plan] if isinstance(plan, AnnouncementRefused) else []
        parts = DraftParts(
            title,
            text,
            source,
            "urgent" if self.urgent else "routine",
            None if isinstance(plan, AnnouncementRefused) else plan,
            expires_at,
            self._audience(villages),
        )
        return parts, problems

    def _unanswered(self, template: Template, now: datetime) -> list[AnnouncementRefused]:
        found: list[AnnouncementRefused] = []
        for one in template.questions:
            answer = self.answers.get(one.field, "")
            if len(answer) > LONGEST_ANSWER:
                found.append(AnnouncementRefused(TOO_LONG, {"count": LONGEST_ANSWER}))
            elif not answer and not one.optional:
                found.append(AnnouncementRefused(_NO_ANSWER, {"question": one.ask}))
            elif (problem := answers.problem(template, one, answer, now)) is not None:
                found.append(problem)
        return found

    def _audience(self, villages: Collection[Place]) -> Audience:
        """Return the audience of the ticked boxes; what names no village or group of the commune is left out."""
        known = {f"unit:{place.id}" for place in villages} | {f"kind:{place.kind}" for place in villages}
        extra = frozenset(part for part in self.places if part in EXTRA)
        if EVERY in self.places:
            return Audience(every=True, extra=extra)
        audience = Audience(extra=extra)
        for part in sorted(self.places & known):
            audience = audience.toggled(part)
        return audience


def _answers(visit: Visit, template: Template) -> Mapping[str, str]:
    return {one.field: visit.said(f"h-{one.field}")[: LONGEST_ANSWER + 100] for one in template.questions}


def _asks_source(template: Template) -> bool:
    return any(one.field == "source" for one in template.questions)


def _time(at: datetime | None) -> str:
    """Write a time as the chat reads it."""
    return "" if at is None else f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
