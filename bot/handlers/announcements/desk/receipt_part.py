"""The receipt of an announcement as the page shows it: the chat's own words and buttons, in a table by village."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.core.context import ReaderNow
from bot.core.messages import Button
from bot.core.text import Text, upper_first
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.model import Announcement
from bot.features.announcements.oa.actions import ShowArticle, TellPosted
from bot.features.announcements.receipts import evidence, villages
from bot.features.announcements.receipts.actions import (
    ChooseUndecided,
    DecideMany,
    GoOn,
    NextUndecided,
    RemindSilent,
    RetryFailed,
    SendReceipt,
    ShowProofs,
    ShowVillage,
    ShowVillages,
)
from bot.features.announcements.receipts.causes import cause
from bot.features.announcements.receipts.incidents import incidents
from bot.features.announcements.receipts.receipt import Receipt
from bot.features.announcements.receipts.villages import VillageReceipt
from bot.handlers.announcements.receipt_wording import clock, incident_line, oa_line, offers, ways_line
from bot.handlers.announcements.relay_wording import village_words
from bot.handlers.announcements.unclear import decide_all
from bot.handlers.kit.pausing import pause_lines
from bot.i18n import msg
from bot.office.desk.visit import Grade

from . import addresses

_OFFERED = frozenset(kind.code for kind in (RetryFailed, GoOn, RemindSilent, ShowProofs, ShowArticle, TellPosted))
"""The chat's buttons below a receipt that the page does not show in another form."""
REACHED = tuple(
    kind.code
    for kind in (OpenReceipt, SendReceipt, ShowVillages, ShowVillage, NextUndecided, ChooseUndecided, DecideMany)
) + tuple(_OFFERED)
_HAS, _UNCLEAR, _NOT = msg("đã có"), msg("chưa rõ"), msg("chưa có")
_ACKED, _PLAYED, _SILENT = msg("đã nhận {time}"), msg("phát loa {time}"), msg("chưa xác nhận")


class ReceiptCount(Struct, frozen=True):
    """A count of the receipt: `part` of `whole`, where there is a whole."""

    label: str
    part: int
    whole: int


class ReceiptLine(Struct, frozen=True):
    """A village, or another group: its way, whether it has it, what was confirmed, and where more can be noted."""

    words: Text
    grade: Grade
    state: str
    confirmed: str
    silent: bool
    note: ShowVillage | None = None


class ShownIncident(Struct, frozen=True):
    """Messages of which nobody knows whether they arrived, with the buttons that decide them."""

    words: Text
    buttons: Sequence[Button]


class ReceiptPart(Struct, frozen=True):
    """All that the part of the page shows; `back` is the page that it stands on."""

    counts: Sequence[ReceiptCount]
    notes: Sequence[Text]
    incidents: Sequence[ShownIncident]
    buttons: Sequence[Button]
    silent: Sequence[str]
    lines: Sequence[ReceiptLine]
    back: str


async def receipt_part(ctx: ReaderNow, one: Announcement, found: Receipt | None) -> ReceiptPart | None:
    """Return what is shown of a receipt; None where nothing was meant for anybody."""
    if found is None or not found.meant:
        return None
    unclear = incidents(found)
    notes = [ways_line(ctx, found.other_channels)] if found.other_channels else []
    notes += [oa_line(ctx, found.oa)] if found.oa is not None else []
    notes += await pause_lines(ctx, {each.target.chat.platform for each in found.waiting})
    return ReceiptPart(
        _counts(ctx, found),
        notes,
        [ShownIncident(incident_line(ctx, each), decide_all(ctx, found.announcement, [each])) for each in unclear],
        [each for each in offers(ctx, found) if each.code in _OFFERED],
        [each.village for each in found.deliveries if each.silent],
        await _lines(ctx, found),
        addresses.of(one),
    )


def _counts(ctx: ReaderNow, found: Receipt) -> list[ReceiptCount]:
    counts = []
    if found.deliveries:
        sent = len(found.groups("sent"))
        counts.append(ReceiptCount(ctx.word("Đã chuyển tới nhóm"), sent, len(found.deliveries)))
    if found.relayed:
        pasted = sum(each.pasted is not None for each in found.relayed)
        counts.append(ReceiptCount(ctx.word("Người đưa tin đã dán"), pasted, len(found.relayed)))
    if confirming := sum(each.confirms for each in found.deliveries):
        counts.append(ReceiptCount(ctx.word("Thôn đã xác nhận"), len(found.acknowledged), confirming))
        if found.announcement.has_audio:
            counts.append(ReceiptCount(ctx.word("Thôn đã phát loa"), len(found.played), confirming))
    return counts


async def _lines(ctx: ReaderNow, found: Receipt) -> list[ReceiptLine]:
    """Return the villages, those first that nobody has told, then the groups that are no village's own."""
    names = await evidence.names_of(found)
    lines = []
    for each in await villages.of(found):
        last = each.groups[-1] if each.groups and each.relayed is None else None
        unclear = last is not None and bool(last.undecided)
        lines.append(
            ReceiptLine(
                upper_first_of(village_words(ctx, each)),
                "fine" if each.told else "bad" if unclear else "late",
                ctx.word(_HAS if each.told else _UNCLEAR if unclear else _NOT),
                _confirmed(ctx, each, names),
                last is not None and last.silent,
                ShowVillage(found.announcement.id, each.unit_id),
            )
        )
    for group in (each for each in found.deliveries if not each.confirms):
        has = group.state == "sent"
        what = ctx.word(cause(group).what)
        words = Text.verbatim(group.group + (f": {what}" if what else ""))
        grade: Grade = "fine" if has else "bad" if group.undecided else "late"
        state = _HAS if has else _UNCLEAR if group.undecided else _NOT
        lines.append(ReceiptLine(words, grade, ctx.word(state), "", silent=False))
    return lines


def _confirmed(ctx: ReaderNow, one: VillageReceipt, names: Mapping[int, str]) -> str:
    """Say who confirmed it when, and when it was played; "" for a village that a person tells."""
    if not one.groups or one.relayed is not None:
        return ""
    target = one.groups[-1].target
    if target.ack_at is None:
        return ctx.word(_SILENT) if one.groups[-1].silent else ""
    name = "" if target.ack_by is None else names.get(target.ack_by, "")
    words = [ctx.word(_ACKED).format(time=clock(ctx, target.ack_at)), name]
    if target.played_at is not None:
        words.append(ctx.word(_PLAYED).format(time=clock(ctx, target.played_at)))
    return ", ".join(part for part in words if part)


def upper_first_of(text: Text) -> Text:
    """Begin a line of a table with a capital letter."""
    first, *rest = text.spans
    return Text((type(first)(upper_first(first.text), first.style, first.link), *rest))
