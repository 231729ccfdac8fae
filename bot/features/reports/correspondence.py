"""The letters of a commune: targets for its villages, invitations to meetings and their minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from bot.core.text import upper_first
from bot.features.calendar.periods import Period
from bot.i18n import long_date, weekday

from . import figures, frame, nd30, wording
from .data import Letterhead
from .paper import GridRow, OfficialDocument, PaperColumn, Shape, grid, paragraph

_MOST_VILLAGES = 10  # beside one another in the table of targets


class LetterTarget(Struct, frozen=True):
    """An indicator and its target by village; a village that is absent has none."""

    label: str
    unit_of_measure: str
    by_village: Mapping[str, Decimal]


class MeetingDetails(Struct, frozen=True):
    """`ends` is for minutes only. `place` is where it is held."""

    subject: str
    starts: datetime
    place: str
    chair: str
    agenda: tuple[str, ...] = ()
    ends: datetime | None = None


def target_letter(
    head: Letterhead,
    commune: str,
    period: Period,
    deadline: date,
    targets: Sequence[LetterTarget],
    villages: Sequence[str],
    bases: Sequence[str] = (),
) -> bytes:
    """Write the letter that sets targets (Công văn giao chỉ tiêu).

    `head.symbol` is `UBND-VHXH`, its addressees the teams, `bases` what it cites.
    """
    when = figures.period_title(period)
    subject = wording.TARGETS_SUBJECT.format(period=when)
    paper = OfficialDocument(title=subject, draft=not head.issued)
    paper.write(frame.letterhead(head, period.last.year, subject=subject), frame.addressees(head.addressees))
    texts = [line.format(commune=commune, period=when, day=long_date(deadline, "vi")) for line in wording.TARGETS_BODY]
    if bases:
        grounds = "; ".join(wording.BASIS.format(name=name) for name in bases)
        texts[0] = f"{grounds}; {figures.lower_first(texts[0])}"
    if not targets:
        texts[1] = wording.NO_INDICATORS
    paper.write(frame.body(texts[:-1]), frame.body(texts[-1:], closing=True), frame.signature(head))
    if head.contact:
        paper.foot(head.contact)
    if targets:
        paper.appendix(landscape=True)
        attached = frame.attached_to("Công văn", head, f"Ủy ban nhân dân {commune}", period.last.year)
        title = wording.TARGETS_TITLE.format(period=when.upper())
        paper.write(frame.appendix_head(title, order=1, total=1, attached=attached))
        # As many villages in each table: two of twelve alone would fill the width of the page.
        tables = -(-len(villages) // _MOST_VILLAGES) or 1
        beside = -(-len(villages) // tables) or 1
        for start in range(0, max(len(villages), 1), beside):
            part = villages[start : start + beside]
            paper.write(_targets(targets, part), paragraph([], Shape(before=120)))
    return paper.bytes()


def invitation(
    head: Letterhead,
    issuer: str,
    guests: Sequence[str],
    meeting: MeetingDetails,
    note: str = "",
    closing: str = wording.INVITATION_CLOSING,
) -> bytes:
    """Write an invitation (Giấy mời); `head.symbol` is `GM-UBND`."""
    paper = OfficialDocument(title=f"Giấy mời {meeting.subject}", draft=not head.issued)
    paper.write(frame.letterhead(head, meeting.starts.year), frame.title("GIẤY MỜI", upper_first(meeting.subject)))
    paper.write(frame.addressees(guests, label=wording.INVITES.format(issuer=issuer)))
    lines = [
        wording.ATTEND.format(subject=meeting.subject),
        wording.CHAIR.format(chair=meeting.chair),
        wording.TIME.format(time=_moment(meeting.starts)),
        wording.PLACE.format(place=meeting.place),
    ]
    if meeting.agenda:
        lines.append(wording.AGENDA.format(agenda="; ".join(meeting.agenda)))
    if note:
        lines.append(wording.NOTE.format(note=note.rstrip(".")))
    paper.write(frame.body(lines), frame.body([closing], closing=True), frame.signature(head))
    return paper.bytes()


def minutes(
    head: Letterhead,
    meeting: MeetingDetails,
    present: Sequence[str],
    secretary: str,
    conclusions: Sequence[str],
    absent: str = "",
    questions: Sequence[str] = (),
) -> bytes:
    """Write minutes (Biên bản họp); secretary and chair sign. `questions` are what those present asked."""
    paper = OfficialDocument(title=f"Biên bản {meeting.subject}", draft=not head.issued)
    paper.write(frame.letterhead(head, meeting.starts.year, dated=False))
    paper.write(frame.title("BIÊN BẢN", upper_first(meeting.subject)))
    paper.write(
        frame.body(
            [
                wording.STARTED.format(time=_moment(meeting.starts)),
                wording.PLACE.format(place=meeting.place),
                wording.PRESENT.format(names=", ".join(present) or wording.BLANK),
                *([wording.ABSENT.format(names=absent)] if absent else []),
                wording.CHAIR.format(chair=meeting.chair),
                wording.SECRETARY.format(name=secretary),
            ]
        )
    )
    paper.write(
        frame.heading(wording.MINUTES_CONTENT),
        frame.body([f"- {item.rstrip('.;')}." for item in meeting.agenda] or [wording.BLANK]),
    )
    if conclusions:
        paper.write(
            frame.heading(wording.MINUTES_CONCLUSIONS), frame.body([f"- {item.rstrip('.;')}." for item in conclusions])
        )
    if questions:
        paper.write(
            frame.heading(wording.MINUTES_QUESTIONS), frame.body([f"- {_sentence(item)}" for item in questions])
        )
    ended = wording.OPEN_END if meeting.ends is None else _moment(meeting.ends)
    closing = wording.ENDED.format(time=ended)
    paper.write(frame.body([closing], closing=True), frame.signature(head, second=("THƯ KÝ", secretary)))
    return paper.bytes()


def _targets(targets: Sequence[LetterTarget], villages: Sequence[str]) -> str:
    """Return a table of indicators down, villages across."""
    name, unit, order = 3600, 1100, 560
    width = (nd30.WIDE_TEXT_WIDTH - name - unit - order) // max(len(villages), 1)
    head = [
        PaperColumn("TT", order, "center"),
        PaperColumn("Nội dung chỉ tiêu", nd30.WIDE_TEXT_WIDTH - order - unit - width * len(villages)),
        PaperColumn("Đơn vị tính", unit, "center"),
        *(PaperColumn(upper_first(village), width, "right") for village in villages),
    ]
    rows = (
        GridRow((
            str(at),
            target.label,
            target.unit_of_measure,
            *(figures.optional(target.by_village.get(village)) or wording.NO_FIGURE for village in villages),
        ))
        for at, target in enumerate(targets, start=1)
    )  # fmt: skip
    return grid(head, rows, role=nd30.DENSE_CELL)


def _sentence(text: str) -> str:
    return text if text.endswith(("?", "!")) else f"{text.rstrip('.;')}."


def _moment(at: datetime) -> str:
    """Write `08 giờ 00 phút, thứ Ba ngày 24 tháng 11 năm 2026`."""
    return f"{at:%H} giờ {at:%M} phút, {weekday(at.date(), 'vi')} {long_date(at.date(), 'vi')}"
