"""The job behind a report that was asked for in a chat: draws the files and sends them through the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from bot.core.context import Translate
from bot.core.events import Chat
from bot.core.messages import Attachment, Button, Message
from bot.core.text import Text
from bot.features import units
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.reports import ReportData, ReportError, Reports, apart, file_name, spans
from bot.features.reports.access import access
from bot.features.reports.figures import names, period_title
from bot.features.units import Place
from bot.handlers.kit.media import NO_WAY, StoreAs, reaches
from bot.i18n import msg

from .reports import GiveNumber, PickReportUnit, ReportOrder, ShowCharts

KEPT = timedelta(days=30)
"""So long the links to the files of a report lead to them."""
_TREND = 6
_LINES = 2  # indicators whose trend is drawn


class _File(Struct, frozen=True):
    """A file to send: its own name, what it holds as `bot.features.reports.apart` calls it, a few words with it."""

    name: str
    holds: str
    text: Text
    photo: bool = False


class ReportJob:
    """Implements JobFunction."""

    def __init__(self, reports: Reports, outbox: Outbox, store_as: StoreAs, translate: Translate) -> None:
        self._reports = reports
        self._outbox = outbox
        self._store_as = store_as
        self._translate = translate

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        chat, order = chat_of(body), ReportOrder.of(body)
        unit = await units.get(order.unit)
        if chat is None or unit is None:
            raise JobRefused(msg("Không còn đơn vị này."))
        who = await people.who(Account(chat.platform, body["person"]), now)
        found = await access(who, unit, now)
        if not found.allowed:
            raise JobRefused(found.why)
        look_only = order.charts or not found.files
        try:
            data = await self._reports.gather(
                unit,
                spans.named(order.period, self._reports.cut_off),
                now,
                given=order.given,
                covers=found.covers,
                sums_only=found.sums_only,
                trend=_TREND if look_only else 0,
            )
            asked = (self._pictures if look_only else self._files)(data, body["locale"])
            contents = await apart.written(data, [one.holds for one in asked])
        except ReportError as error:
            raise JobRefused("{why}", why=str(error)) from None
        buttons = self._buttons(unit, order, body["locale"], look_only=look_only)
        messages = await self._messages(chat, list(zip(asked, contents, strict=True)), buttons, body["locale"], now)
        async with self._outbox.rows.transaction():
            new = await self._outbox.add(
                chat, messages, key=body["key"], now=now, answering=True, locale=body["locale"]
            )
            if new:
                act = "charts_drawn" if look_only else "report_drawn"
                await self._reports.record(unit.id, data.period, contents[0], now, by=who.person_id, act=act)

    def _files(self, data: ReportData, locale: str) -> Sequence[_File]:
        period, unit = period_title(data.period), data.unit.full_name
        lines = [self._t(locale, msg("**Báo cáo {period}** của {unit}."), period=period, unit=unit)]
        if data.kind == "commune" and data.missing:
            lines.append(self._t(locale, msg("Chưa báo cáo: {names}."), names=names(data.missing)))
        if data.letterhead.gaps:
            lines.append(self._t(locale, msg("Còn để trống: {gaps}."), gaps=names(data.letterhead.gaps)))
        detail = self._t(locale, msg("Số liệu chi tiết, tệp Excel."))
        chart = self._t(locale, msg("Biểu đồ tiến độ các chỉ tiêu."))
        return (
            _File(file_name(data, ".docx"), apart.WORD, Text.join("\n", lines)),
            _File(file_name(data, ".xlsx"), apart.EXCEL, detail),
            _File(file_name(data, ".png"), apart.PROGRESS, chart, photo=True),
        )

    def _pictures(self, data: ReportData, locale: str) -> Sequence[_File]:
        told = {"unit": data.unit.full_name, "period": period_title(data.period)}
        text = self._t(locale, msg("Tiến độ các chỉ tiêu {period}, {unit}."), **told)
        found = [_File(file_name(data, ".png"), apart.PROGRESS, text, photo=True)]
        if data.kind == "commune":
            text = self._t(locale, msg("Các thôn đã báo cáo {period}, {unit}."), **told)
            found.append(_File(file_name(data, "-thon.png"), apart.REPORTED, text, photo=True))
        aimed = [row for row in data.rows if row.target is not None] or list(data.rows)
        for row in aimed[:_LINES]:
            text = self._t(locale, msg("Xu hướng: {label}."), label=row.label)
            name = file_name(data, f"-{row.code.lower()}.png")
            found.append(_File(name, apart.trend_of(row.code), text, photo=True))
        return found

    async def _messages(
        self, chat: Chat, made: Sequence[tuple[_File, bytes]], buttons: Sequence[Button], locale: str, now: datetime
    ) -> list[Message]:
        stored = [(one, len(content), await self._store_as(one.name, content)) for one, content in made]
        for _, _, media in stored:
            await temporary_files.keep(media, now + KEPT)
        messages = []
        for one, size, media in stored:
            if one.photo:
                item = Attachment("photo", media, one.text.plain, size)
            else:
                item = Attachment("file", media, one.name, size)
            messages.append(Message(one.text, attachment=item))
        first, size, media = stored[0]
        if not first.photo and not reaches(self._outbox, chat, media, size):
            messages = [Message(first.text + Text.verbatim("\n\n") + self._t(locale, NO_WAY))]
        return [*messages[:-1], Message(messages[-1].text, tuple(buttons), messages[-1].attachment)]

    def _buttons(self, unit: Place, order: ReportOrder, locale: str, *, look_only: bool) -> list[Button]:
        word = self._translate
        again = Button.to(word(locale, msg("Kỳ khác")), PickReportUnit(unit.code))
        if look_only:
            return [again]
        return [
            Button.to(word(locale, msg("Ghi số, ngày ký")), GiveNumber(unit.code, order.period)),
            Button.to(word(locale, msg("Xem biểu đồ")), ShowCharts(unit.code, order.period)),
            again,
        ]

    def _t(self, locale: str, template: str, /, **values: str) -> Text:
        return Text.of(self._translate(locale, template), **values)
