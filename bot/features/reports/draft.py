"""The text of a report, drafted from its figures. A person reads it, changes it and signs it."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from bot.core.text import upper_first
from bot.i18n import number, short_date

from . import figures, wording
from .data import Opinion, ReportData, ReportError
from .drafting import Clause, Section, Writer, worst_first

_VILLAGES = 40
"""All villages of a commune stand in a list of them."""


class ReportDraft(Struct, frozen=True):
    subject: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str


def draft(data: ReportData) -> ReportDraft:
    """Draft the report. Raises ReportError for a text of an unknown place, or with an unknown field."""
    for key in data.texts:
        if key not in wording.SLOTS:
            raise ReportError(wording.UNKNOWN_SLOT.format(key=key[:40], known=", ".join(wording.SLOTS)))
    writer = _Village(data) if data.kind == "village" else _Commune(data)
    period = figures.period_title(data.period)
    subject = wording.SUBJECT.format(period=period)
    return ReportDraft(
        subject,
        writer.opening(),
        (*(writer.short() if data.shape == "short" else writer.sections()), *writer.directives()),
        wording.CLOSING.format(subject=figures.lower_first(subject)),
    )


class _Village(Writer):
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
        lines = [wording.HAS.format(unit=upper_first(data.unit.full_name), parts=", ".join(parts))] if parts else []
        if data.team.members is not None:
            youth = "" if data.team.youth is None else f", trong đó đoàn thanh niên {data.team.youth} đồng chí"
            lines.append(wording.HAS.format(unit="Tổ", parts=f"{data.team.members} thành viên{youth}"))
        if data.methods:
            chosen = ", ".join(part for one in data.methods for part in (*one.listed, one.own) if part)
            lines.append(wording.METHODS_TEAM.format(methods=chosen))
        if data.merged is not None:
            day = short_date(data.merged.on, "vi")
            unit = upper_first(data.unit.full_name)
            lines.append(wording.MERGED.format(unit=unit, into=data.merged.into, day=day))
        return (" ".join(lines),) if lines else (wording.STRENGTHS_TEAM,)

    def results(self) -> tuple[Clause, ...]:
        data = self.data
        if not data.rows:
            found: tuple[Clause, ...] = (Clause("", (wording.NO_INDICATORS,)),)
        elif data.empty:
            text = wording.NO_REPORT.format(during=self.during, unit=self.issuer)
            found = (Clause("Tình hình báo cáo", (text,)),)
        else:
            found = self.areas(self._order)
        return (*found, *([Clause("Cách làm hay", self.practices())] if data.practices else []))

    def difficulties(self) -> tuple[Clause, ...]:
        sides = self.sides()
        if not sides:
            return (Clause("", (wording.NO_DIFFICULTY,)),)
        return (*sides, Clause("Nguyên nhân", self.slot("nguyen_nhan", self.causes)))


class _Commune(Writer):
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
            whole = all(row.complete for row in data.rows)
            template = wording.ALL_REPORTED if whole else wording.ALL_BUT_GAPS
            return template.format(during=self.during, count=f"{count}/{data.expected}")
        missing = figures.names(data.missing)
        return wording.SOME_REPORTED.format(during=self.during, count=count, expected=data.expected, missing=missing)

    def results(self) -> tuple[Clause, ...]:
        """Return the reported results; facts about quality beside them stand in the clause about quality."""
        clauses, known = list(self.reported_results()), self.quality()
        if not known:
            return tuple(clauses)
        titles = [clause.title for clause in clauses]
        title = wording.AREAS["CL"]
        if title in titles:
            at = titles.index(title)
            clauses[at] = Clause(title, (*clauses[at].paragraphs, *known))
        else:
            after = [titles.index(later) for later in (wording.AREAS["CH"], wording.COMPARED) if later in titles]
            clauses.insert(min(after, default=len(clauses)), Clause(title, known))
        return tuple(clauses)

    def reported_results(self) -> tuple[Clause, ...]:
        data = self.data
        if not data.rows:
            return (Clause("", (wording.NO_INDICATORS,)),)
        if data.empty:
            text = wording.NO_REPORT.format(during=self.during, unit="cơ sở")
            return (Clause("Tình hình báo cáo", (text,)),)
        clauses = list(self.areas(self._order))
        teams = self.teams()
        organised = clauses.pop(0).paragraphs if "TC" in data.areas else ()
        if teams or organised:
            clauses.insert(0, Clause(wording.ORGANISED, (*([teams] if teams else []), *organised)))
        if data.methods:
            clauses.append(Clause(wording.METHODS, self.methods()))
        if data.practices:
            clauses.append(Clause(wording.AREAS["CH"], self.practices()))
        return (*clauses, Clause(wording.COMPARED, self.compared()))

    def quality(self) -> tuple[str, ...]:
        """Return opinions of people and the commune's questions; nothing where too few answered."""
        lines = [_opinion(one) for one in self.data.quality.opinions]
        quiz = self.data.quality.quiz
        if quiz is not None:
            right = "" if quiz.percent is None else wording.QUIZ_RIGHT.format(percent=figures.percent(quiz.percent))
            whole = (quiz.first, quiz.last) == (self.data.period.first, self.data.period.last)
            first, last = short_date(quiz.first, "vi"), short_date(quiz.last, "vi")
            span = "" if whole else wording.QUIZ_SPAN.format(first=first, last=last)
            lines.append(wording.QUIZ.format(people=number(quiz.people, "vi"), right=right, span=span))
        return tuple(lines)

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

    def methods(self) -> tuple[str, ...]:
        """List which villages work in which way; then ways that single villages have of their own."""
        by_method: dict[str, list[str]] = {}
        for one in self.data.methods:
            for method in one.listed:
                by_method.setdefault(method, []).append(one.village)
        usual = sorted(by_method.items(), key=lambda item: -len(item[1]))
        return (
            *(
                wording.METHOD.format(
                    method=upper_first(method), count=len(villages), villages=figures.names(villages, _VILLAGES)
                )
                for method, villages in usual
            ),
            *(
                wording.OWN_METHOD.format(village=upper_first(one.village), own=one.own)
                for one in self.data.methods
                if one.own
            ),
        )

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
            lines.append(wording.WEAK_ROWS.format(labels=self.labelled(worst_first(self.weak))))
        if self.data.missing:
            lines.append(wording.WEAK_VILLAGES.format(count=len(self.data.missing)))
        return tuple(lines) or (wording.NO_WEAKNESS,)


def _opinion(one: Opinion) -> str:
    after, answers = wording.OPINION_AFTER[one.about], number(one.answers, "vi")
    if one.good is None:
        mood = wording.MOODS[one.nearly_all or "good"]
        return wording.OPINION_NEARLY_ALL.format(after=after, answers=answers, mood=mood)
    share = figures.percent(Decimal(one.good) * 100 / one.answers)
    left_out = wording.OPINION_LEFT_OUT if one.left_out else ""
    until = "" if one.until is None else wording.OPINION_UNTIL.format(day=short_date(one.until, "vi"))
    return wording.OPINION.format(
        after=after, answers=answers, good=one.good, percent=share, until=until, left_out=left_out
    )
