"""The text of a report, drafted from its figures. A person reads it, changes it and signs it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.i18n import number, short_date

from . import figures, wording
from .data import Difficulty, IndicatorRow, Light, ReportData, ReportError

_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAMED = 6  # indicators named in one sentence


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered part of a section; without a title its paragraphs stand directly under the section."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    subject: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str


def draft(data: ReportData) -> Draft:
    """Raises ReportError for a text of an unknown place, or with an unknown field."""
    for key in data.texts:
        if key not in wording.SLOTS:
            raise ReportError(wording.UNKNOWN_SLOT.format(key=key[:40], known=", ".join(wording.SLOTS)))
    writer = _Village(data) if data.kind == "village" else _Commune(data)
    period = figures.period_title(data.period)
    subject = wording.SUBJECT.format(period=period)
    return Draft(
        subject,
        writer.opening(),
        writer.short() if data.shape == "short" else writer.sections(),
        wording.CLOSING.format(subject=figures.lower_first(subject)),
    )


class _Writer:
    """What the reports of a village and of a commune have in common."""

    def __init__(self, data: ReportData) -> None:
        self.data = data
        self.during = wording.DURING[data.period.kind]
        self.before = wording.BEFORE[data.period.kind]
        self.weak = [row for row in data.rows if row.light in ("behind", "slow")]
        self.open = [difficulty for difficulty in data.difficulties if difficulty.open]

    @property
    def issuer(self) -> str:
        return f"{wording.TEAM} {self.data.unit.full_name}"

    @property
    def addressee(self) -> str:
        return self.data.letterhead.addressees[0] if self.data.letterhead.addressees else "cấp trên"

    def opening(self) -> tuple[str, ...]:
        data = self.data
        template, plan = (
            (wording.TEAM_OPENING, wording.TEAM_PLAN)
            if data.kind == "village"
            else (wording.COMMUNE_OPENING, wording.COMMUNE_PLAN)
        )
        written = template.format(
            plan=data.plan or plan.format(year=data.period.year, commune=data.commune),
            issuer=self.issuer,
            commune=data.commune,
            period=figures.period_title(data.period),
        )
        return self.slot("mo_dau", lambda: (written, self.span()))

    def span(self) -> str:
        first, last = self.data.period.first, self.data.period.last
        return wording.SPAN.format(first=short_date(first, "vi"), last=short_date(last, "vi"))

    def slot(self, key: str, otherwise: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """A person's text for this place, else the draft."""
        text = self.data.texts.get(key, "").strip()
        if not text:
            return otherwise()
        return tuple(filled for line in text.splitlines() if (filled := fill(line.strip(), fields(self.data))))

    def areas(self, order: Sequence[str]) -> tuple[Clause, ...]:
        """One clause for each area with indicators: `order` first, then whatever else there is."""
        present = self.data.areas
        wanted = [area for area in order if area in present]
        wanted += [area for area in present if area not in order]
        return tuple(
            Clause(wording.AREAS.get(area, area), self.area([row for row in self.data.rows if row.area == area]))
            for area in wanted
        )

    def area(self, rows: Sequence[IndicatorRow]) -> tuple[str, ...]:
        known = [(row, row.value) for row in rows if row.value is not None]
        flows = [self.said(row, value) for row, value in known if row.kind == "flow"]
        states = [self.said(row, value) for row, value in known if row.kind != "flow"]
        gaps = [f"“{figures.lower_first(row.label)}”" for row in rows if row.value is None]
        return (
            *([wording.FLOWS.format(during=self.during, clauses="; ".join(flows))] if flows else []),
            *([wording.STATES.format(clauses="; ".join(states))] if states else []),
            *([wording.GAPS.format(labels=", ".join(gaps))] if gaps else []),
        )

    def said(self, row: IndicatorRow, value: Decimal) -> str:
        generic = f"{figures.lower_first(row.label)}: {{n}}" + ("%" if row.unit_of_measure == "%" else " {unit}")
        text = wording.PHRASES.get(row.code, generic).format(n=figures.amount(value), unit=row.unit_of_measure)
        if row.part is not None and row.whole is not None:
            text += f" ({number(row.part, 'vi')}/{number(row.whole, 'vi')})"
        details = [self.against_target(row), self.against_before(row)]
        return text + "".join(f", {detail}" for detail in details if detail)

    def against_target(self, row: IndicatorRow) -> str:
        if row.target is None:
            return ""
        if row.kind == "ratio" or row.percent is None:
            return wording.GOAL.format(target=figures.target(row))
        return wording.SHARE.format(percent=figures.percent(row.percent))

    def against_before(self, row: IndicatorRow) -> str:
        if row.change is None:
            return ""
        if row.change == 0:
            return wording.SAME.format(before=self.before)
        template = wording.RISE if row.change > 0 else wording.FALL
        unit = wording.POINTS if row.unit_of_measure == "%" else ""
        return template.format(n=figures.amount(abs(row.change)), unit=unit, before=self.before)

    def compared(self) -> tuple[str, ...]:
        """How many of the targets are reached, on their way, late or without a figure."""
        counts: Counter[Light] = Counter(row.light for row in self.data.rows if row.light != "untargeted")
        if not counts:
            return (wording.NONE_DUE,)
        parts = ", ".join(
            f"{counts[light]} {figures.lower_first(word)}" for light, word in wording.LIGHTS.items() if counts[light]
        )
        summary = wording.SUMMARY.format(total=counts.total(), parts=parts)
        return (wording.COMPARED_TEXT.format(summary=summary),)

    def labelled(self, rows: Sequence[IndicatorRow]) -> str:
        """The indicators farthest from their targets, or nearest, as the caller sorted them."""
        return figures.names([_with_percent(row) for row in rows], _NAMED)

    def causes(self) -> tuple[str, ...]:
        counts = Counter(difficulty.category for difficulty in self.data.difficulties if difficulty.category)
        if not counts:
            return (wording.NO_CAUSE,)
        causes = figures.names([figures.lower_first(category) for category, _ in counts.most_common()], _NAMED)
        return (wording.CAUSES.format(causes=causes),)

    def sides(self) -> list[Clause]:
        """Difficulties under the side on which they lie; sides without any are left out."""
        by_side: dict[str, list[str]] = {side: [] for side in wording.SIDES}
        for difficulty in self.data.difficulties:
            by_side[_side(difficulty)].append(self.difficulty(difficulty))
        return [Clause(side, tuple(texts)) for side, texts in by_side.items() if texts]

    def difficulty(self, difficulty: Difficulty) -> str:
        village = f"{difficulty.village}: " if difficulty.village and self.data.kind == "commune" else ""
        state = wording.DIFFICULTY_STATE.format(state=difficulty.state) if difficulty.state else ""
        answer = wording.DIFFICULTY_ANSWER.format(answer=_sentence(difficulty.answer)) if difficulty.answer else ""
        text = difficulty.text or difficulty.category
        return f"- {figures.upper_first(village + text).rstrip('.')}{state}.{answer}"

    def practices(self) -> tuple[str, ...]:
        return tuple(
            "- " + _sentence(": ".join(part for part in (item.village, item.title, item.text) if part))
            for item in self.data.practices
        )

    def tasks(self) -> tuple[str, ...]:
        lines = [wording.TASK_MOTTO]
        if self.weak:
            lines.append(wording.TASK_WEAK.format(labels=self.labelled(_worst_first(self.weak))))
        if self.data.missing:
            lines.append(wording.TASK_MISSING.format(missing=figures.names(self.data.missing)))
        if any(row.value is None for row in self.data.rows):
            lines.append(wording.TASK_GAPS)
        if self.open:
            lines.append(wording.TASK_OPEN.format(count=len(self.open)))
        return tuple(f"- {line}" for line in lines)

    def asks(self, section: str) -> tuple[str, ...]:
        template = wording.ASK_OPEN if self.open else wording.ASK_NONE
        issuer = self.issuer if self.data.kind == "village" else self.data.commune
        return (template.format(addressee=self.addressee, count=len(self.open), section=section, issuer=issuer),)

    def next_title(self) -> str:
        return wording.NEXT[self.data.period.kind].upper()


class _Village(_Writer):
    _order = ("TT", "TC", "CQ", "KT", "XH", "AT", "VM", "CL", "CH")

    def sections(self) -> tuple[Section, ...]:
        results = [*self.results(), Clause(wording.COMPARED, self.compared())]
        return (
            Section("ĐẶC ĐIỂM TÌNH HÌNH", (Clause("", self.slot("tinh_hinh", self.situation)),)),
            Section("KẾT QUẢ THỰC HIỆN", tuple(results)),
            Section("KHÓ KHĂN, VƯỚNG MẮC", self.difficulties()),
            Section(f"PHƯƠNG HƯỚNG, NHIỆM VỤ {self.next_title()}", (Clause("", self.slot("nhiem_vu", self.tasks)),)),
            Section("KIẾN NGHỊ, ĐỀ XUẤT", (Clause("", self.slot("kien_nghi", lambda: self.asks("Mục III"))),)),
        )

    def short(self) -> tuple[Section, ...]:
        return (
            Section("TÌNH HÌNH", (Clause("", self.slot("tinh_hinh", self.situation)),)),
            Section("KẾT QUẢ", (*self.results(), Clause(wording.COMPARED, self.compared()))),
            Section("KHÓ KHĂN, VƯỚNG MẮC", self.difficulties()),
            Section("KIẾN NGHỊ", (Clause("", self.slot("kien_nghi", lambda: self.asks("Mục III"))),)),
        )

    def situation(self) -> tuple[str, ...]:
        data, parts = self.data, []
        for value, unit in ((data.households, "hộ"), (data.people, "nhân khẩu"), (data.adults, "người trưởng thành")):
            if value is not None:
                parts.append(f"{number(value, 'vi')} {unit}")
        lines = (
            [wording.HAS.format(unit=figures.upper_first(data.unit.full_name), parts=", ".join(parts))] if parts else []
        )
        if data.team.members is not None:
            youth = "" if data.team.youth is None else f", trong đó đoàn thanh niên {data.team.youth} đồng chí"
            lines.append(wording.HAS.format(unit="Tổ", parts=f"{data.team.members} thành viên{youth}"))
        if data.merged is not None:
            day = short_date(data.merged.on, "vi")
            unit = figures.upper_first(data.unit.full_name)
            lines.append(wording.MERGED.format(unit=unit, into=data.merged.into, day=day))
        return (" ".join(lines),) if lines else (wording.STRENGTHS_TEAM,)

    def results(self) -> tuple[Clause, ...]:
        data = self.data
        if not data.rows:
            found: tuple[Clause, ...] = (Clause("", (wording.NO_INDICATORS,)),)
        elif data.empty:
            said = wording.NO_REPORT.format(during=self.during, unit=self.issuer)
            found = (Clause("Tình hình báo cáo", (said,)),)
        else:
            found = self.areas(self._order)
        return (*found, *([Clause("Cách làm hay", self.practices())] if data.practices else []))

    def difficulties(self) -> tuple[Clause, ...]:
        sides = self.sides()
        if not sides:
            return (Clause("", (wording.NO_DIFFICULTY,)),)
        return (*sides, Clause("Nguyên nhân", self.slot("nguyen_nhan", self.causes)))


class _Commune(_Writer):
    _order = ("TC", "TT", "CQ", "KT", "XH", "AT", "VM", "CL", "CH")

    def sections(self) -> tuple[Section, ...]:
        return (
            Section("CÔNG TÁC CHỈ ĐẠO, ĐIỀU HÀNH", (Clause("", self.slot("chi_dao", self.direction)),)),
            Section("KẾT QUẢ THỰC HIỆN", self.results()),
            Section("ĐÁNH GIÁ CHUNG", self.judgement()),
            Section(f"NHIỆM VỤ TRỌNG TÂM {self.next_title()}", (Clause("", self.slot("nhiem_vu", self.tasks)),)),
            Section("ĐỀ XUẤT, KIẾN NGHỊ", (Clause("", self.slot("kien_nghi", lambda: self.asks("Mục III"))),)),
        )

    def short(self) -> tuple[Section, ...]:
        return (
            Section("TÌNH HÌNH", (Clause("", self.slot("tinh_hinh", self.direction)),)),
            Section("KẾT QUẢ", self.results()),
            Section("KHÓ KHĂN, VƯỚNG MẮC", tuple(self.sides()) or (Clause("", (wording.NO_DIFFICULTY,)),)),
            Section("KIẾN NGHỊ", (Clause("", self.slot("kien_nghi", lambda: self.asks("Mục III"))),)),
        )

    def direction(self) -> tuple[str, ...]:
        return (wording.DIRECTION.format(commune=self.data.commune), self.reported())

    def reported(self) -> str:
        data = self.data
        if not data.expected:
            return wording.NO_VILLAGES
        count = data.expected - len(data.missing)
        if not data.missing:
            return wording.ALL_REPORTED.format(during=self.during, count=f"{count}/{data.expected}")
        missing = figures.names(data.missing)
        return wording.SOME_REPORTED.format(during=self.during, count=count, expected=data.expected, missing=missing)

    def results(self) -> tuple[Clause, ...]:
        data = self.data
        if not data.rows:
            return (Clause("", (wording.NO_INDICATORS,)),)
        if data.empty:
            said = wording.NO_REPORT.format(during=self.during, unit="cơ sở")
            return (Clause("Tình hình báo cáo", (said,)),)
        clauses = list(self.areas(self._order))
        teams = self.teams()
        organised = clauses.pop(0).paragraphs if "TC" in data.areas else ()
        if teams or organised:
            clauses.insert(0, Clause(wording.ORGANISED, (*([teams] if teams else []), *organised)))
        if data.practices:
            clauses.append(Clause(wording.AREAS["CH"], self.practices()))
        return (*clauses, Clause(wording.COMPARED, self.compared()))

    def teams(self) -> str:
        team, expected = self.data.team, self.data.expected
        parts = []
        if team.teams is not None:
            parts.append(
                f"{team.teams} Tổ công nghệ số cộng đồng" + (f"/{expected} thôn, tổ dân phố" if expected else "")
            )
        if team.members is not None:
            youth = "" if team.youth is None else f" (đoàn thanh niên {team.youth} đồng chí)"
            parts.append(f"{number(team.members, 'vi')} thành viên{youth}")
        return wording.HAS.format(unit="Toàn xã hiện", parts=", ".join(parts)) if parts else ""

    def judgement(self) -> tuple[Clause, ...]:
        clauses = [
            Clause("Ưu điểm", self.slot("uu_diem", self.strengths)),
            Clause("Tồn tại, hạn chế", self.slot("ton_tai", self.weaknesses)),
        ]
        clauses += [
            Clause(f"Khó khăn, vướng mắc {figures.lower_first(side.title)}", side.paragraphs) for side in self.sides()
        ]
        return (*clauses, Clause("Nguyên nhân", self.slot("nguyen_nhan", self.causes)))

    def strengths(self) -> tuple[str, ...]:
        strong = [row for row in self.data.rows if row.light in ("done", "on_track")]
        best = sorted(strong, key=lambda row: row.percent or Decimal(0), reverse=True)
        return (
            wording.STRENGTHS,
            *([wording.STRONG_ROWS.format(labels=self.labelled(best))] if best else []),
        )

    def weaknesses(self) -> tuple[str, ...]:
        lines = []
        if self.weak:
            lines.append(wording.WEAK_ROWS.format(labels=self.labelled(_worst_first(self.weak))))
        if self.data.missing:
            lines.append(wording.WEAK_VILLAGES.format(count=len(self.data.missing)))
        return tuple(lines) or (wording.NO_WEAKNESS,)


def fields(data: ReportData) -> Mapping[str, str]:
    """What a person's own text may name as `{{xa}}`."""
    return {
        "xa": data.commune,
        "tinh": data.province,
        "don_vi": data.unit.full_name,
        "ky": figures.period_title(data.period),
        "so_ho": _count(data.households),
        "so_nguoi_lon": _count(data.adults),
        "so_thanh_vien": _count(data.team.members),
        "so_khong_bao_cao": str(len(data.missing)),
        **{row.code.lower(): figures.amount(row.value) for row in data.rows},
    }


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into `{{fields}}`; raises ReportError for one that does not exist."""

    def value(match: re.Match[str]) -> str:
        key = match[1].lower()
        if key not in values:
            raise ReportError(wording.UNKNOWN_FIELD.format(key=match[1][:40], known=", ".join(values)))
        return values[key]

    return _FIELD.sub(value, text)


def _count(value: int | None) -> str:
    return wording.NOT_REPORTED if value is None else number(value, "vi")


def _side(difficulty: Difficulty) -> str:
    category = difficulty.category.lower()
    if category in (known.lower() for known in wording.CITIZENS):
        return wording.SIDES[0]
    if category in (known.lower() for known in wording.EQUIPMENT):
        return wording.SIDES[1]
    return wording.SIDES[2]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _with_percent(row: IndicatorRow) -> str:
    label = figures.lower_first(row.label)
    if row.percent is None:
        return label
    return wording.WITH_PERCENT.format(label=label, percent=figures.percent(row.percent))


def _worst_first(rows: Sequence[IndicatorRow]) -> list[IndicatorRow]:
    return sorted(rows, key=lambda row: row.percent if row.percent is not None else Decimal(0))
