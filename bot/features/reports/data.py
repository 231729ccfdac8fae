"""The data of a report. Everything is given; nothing here or below it asks a database.

A figure that is None was not reported: it is written as such and is never taken for zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from bot.core.lean import patterns
from bot.features.calendar.periods import Period
from bot.features.checkins.lights import Light
from bot.features.checkins.model import Kind as IndicatorKind

UnitKind = Literal["village", "commune"]
Shape = Literal["full", "short"]

_CODE = patterns.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ReportError(Exception):
    """The report cannot be made; the text is a Vietnamese sentence for the person who asked."""


class ReportedUnit(Struct, frozen=True):
    """`code` is a slug, `kind` and `name` apart: `thôn` and `Lạc Hiền`."""

    code: str
    kind: str
    name: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ReportError(
                f"Mã đơn vị “{self.code[:40]}” không dùng được: chỉ gồm chữ thường không dấu, số và gạch nối."
            )

    @property
    def full_name(self) -> str:
        return f"{self.kind} {self.name}"


class Merger(Struct, frozen=True):
    """The unit became part of `into` on the day `on`."""

    into: str
    on: date


class Team(Struct, frozen=True):
    """Teams and their members; a village has one team, a commune one for each village. None is "not known"."""

    teams: int | None = None
    members: int | None = None
    youth: int | None = None


class ReportedIndicator(Struct, frozen=True):
    """One indicator in one period, in its own unit of measure (a ratio in percent).

    `percent` is the share of the target that was reached, in hundredths (85.6 is 85,6%). `change` is against the period
    before. `part` and `whole` stand behind a ratio, whose value is `cumulative`. `carried`: nothing was reported in the
    period, `cumulative` is an earlier figure. `due`: the period asked for it; `partly`: not every village told it.
    `shipped`: it is still called and counted as in our wording.
    """

    code: str
    label: str
    unit_of_measure: str
    area: str
    kind: IndicatorKind = "flow"
    target: Decimal | None = None
    in_period: Decimal | None = None
    cumulative: Decimal | None = None
    percent: Decimal | None = None
    change: Decimal | None = None
    part: Decimal | None = None
    whole: Decimal | None = None
    note: str = ""
    light: Light = "untargeted"
    carried: bool = False
    due: bool = True
    partly: bool = False
    shipped: bool = True

    @property
    def complete(self) -> bool:
        """True if no figure is outstanding."""
        return not self.due or (self.value is not None and not self.carried and not self.partly)

    @property
    def value(self) -> Decimal | None:
        """The indicator's figure for the period: the sum of a flow, the state of a stock or a ratio."""
        if self.kind == "flow":
            return self.in_period
        return self.cumulative if self.cumulative is not None else self.in_period


class VillageFigures(Struct, frozen=True):
    """The figures reported by a village, by indicator code. A code that is absent, or None, was not reported."""

    name: str
    values: Mapping[str, Decimal | None]
    merged: Merger | None = None

    @property
    def silent(self) -> bool:
        return all(value is None for value in self.values.values())


class ReportedDifficulty(Struct, frozen=True):
    """`state` and `grade` as people read them (`đang xử lý`, `không gấp`); `answer` is the commune's."""

    category: str
    text: str
    village: str = ""
    state: str = ""
    answer: str = ""
    open: bool = True
    grade: str = ""
    urgent: bool = False


class ReportedPractice(Struct, frozen=True):
    title: str
    text: str = ""
    village: str = ""


class VillageMethods(Struct, frozen=True):
    """How a village worked with its people: `listed` as the common list calls it, `own` in its words, "" for none."""

    village: str
    listed: tuple[str, ...]
    own: str = ""


class Directive(Struct, frozen=True):
    """A remark of the commune or a mentor on the period: `by` is an office, never a name of a person."""

    by: str
    text: str


class Opinion(Struct, frozen=True):
    """How people found being helped, or a guide. `good` of `answers`; else only what `nearly_all` of them were.

    `left_out`: there are months whose figures are too small to be told; they are not in the sum. `until` is the last
    day that is counted, where the period goes on.
    """

    about: Literal["help", "guide"]
    answers: int
    good: int | None = None
    nearly_all: Literal["good", "fair", "poor"] | None = None
    left_out: bool = False
    until: date | None = None


class ReportedQuiz(Struct, frozen=True):
    """Answers to the commune's questions from `first` to `last`: by how many people, and how many percent right."""

    people: int
    percent: Decimal | None
    first: date
    last: date


class Quality(Struct, frozen=True):
    """Facts about quality beside the reported figures. Small numbers are hidden already."""

    opinions: tuple[Opinion, ...] = ()
    quiz: ReportedQuiz | None = None


class TrendPoint(Struct, frozen=True):
    """One period of the past, its name short (`T10`, `Quý III`), and its figures by indicator code."""

    label: str
    values: Mapping[str, Decimal | None]


class Letterhead(Struct, frozen=True):
    """The letterhead: the issuer and the signer of a document.

    `superior` stands light above `issuer` (its lines are bold); a commune's people's committee has none. `symbol` is
    the part that follows the number: `BC-UBND`. `authority` are the lines above the signature. `contact` is printed at
    the foot of the first page. Empty parts are left out or left blank, `gaps` names them.
    """

    issuer: tuple[str, ...]
    symbol: str
    superior: str = ""
    place: str = ""
    authority: tuple[str, ...] = ()
    signer: str = ""
    addressees: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    contact: str = ""
    number: int | None = None
    day: date | None = None

    @property
    def gaps(self) -> tuple[str, ...]:
        """The parts that a person still has to fill in, in words for the person."""
        parts = (
            (self.number is None, "số văn bản"),
            (self.day is None, "ngày ký"),
            (not self.place, "địa danh"),
            (not self.signer, "họ tên người ký"),
            (not self.recipients, "nơi nhận"),
        )
        return tuple(name for missing, name in parts if missing)

    @property
    def issued(self) -> bool:
        return self.number is not None and self.day is not None


class ReportData(Struct, frozen=True):
    """A report of a village's team or of a commune about one period.

    `commune` and `province` with their kind (`xã Yên Mô`, `tỉnh Ninh Bình`). `until` is the day up to which there are
    figures, of a period that is not over. `missing` names villages without a report,
    `expected` counts all that should report. `texts` replaces drafted paragraphs, by the keys of `wording.SLOTS`, and
    may hold `{{fields}}`. `audit_head` is the head of the audit chain when the figures were read.
    """

    unit: ReportedUnit
    kind: UnitKind
    commune: str
    province: str
    period: Period
    letterhead: Letterhead
    until: date | None = None
    rows: tuple[ReportedIndicator, ...] = ()
    households: int | None = None
    people: int | None = None
    adults: int | None = None
    team: Team = Team()
    villages: tuple[VillageFigures, ...] = ()
    missing: tuple[str, ...] = ()
    expected: int = 0
    difficulties: tuple[ReportedDifficulty, ...] = ()
    practices: tuple[ReportedPractice, ...] = ()
    methods: tuple[VillageMethods, ...] = ()
    directives: tuple[Directive, ...] = ()
    quality: Quality = Quality()
    trend: tuple[TrendPoint, ...] = ()
    merged: Merger | None = None
    plan: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    audit_head: str = ""
    fictitious: bool = False
    shape: Shape = "full"

    @property
    def empty(self) -> bool:
        """True if nothing was reported."""
        return all(row.carried or (row.value is None and row.part is None) for row in self.rows)

    @property
    def areas(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.area for row in self.rows))
