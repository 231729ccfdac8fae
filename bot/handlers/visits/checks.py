"""“Gọi lại”: visits of a month ago are drawn, whoever helped asks again, three taps; the leader may report the sum."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol

from msgspec import Struct

from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.at_once import at_once, each
from bot.features.calendar import periods
from bot.features.calendar.periods import CutOff, Period, PeriodError
from bot.features.help.actions import AskPerson
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.quality import checks
from bot.features.quality.actions import DrawChecks, NoteCheck, OpenAbilityCheck, RedoCheck, ReportChecks, ShowChecks
from bot.features.quality.checks import MOST, RESULTS, Check, Result
from bot.features.rights import Act
from bot.features.rights.table import DEPUTY, LEADER, OFFICIALS
from bot.features.units import Place
from bot.features.visits.log import role_of, subject_of
from bot.handlers.checkins.common import named
from bot.handlers.kit.speaker import account_of, in_private, reach, to_menu
from bot.i18n import msg, short_date

from .log import LogVisit, subject_name, topic_name

USUAL = 5
_SHOWN = 8
_FIGURES = patterns.compile(r"\d+\s*(?:/|trên|tren)\s*\d+")
_NUMBER = patterns.compile(r"(?<!\d)(\d{1,3})(?!\d)")
_PLEASE = msg(
    "Mời bác hỏi lại bà con mà bác đã giúp, xem còn làm được không:\n{visits}\n"
    "Tôi không ghi tên bà con, bác nhớ là ai thì gặp hoặc gọi. Mỗi lượt hỏi một người."
)


_VISIT = msg("• ngày {day}, {topic}, {count} người")


class BeginsReport(Protocol):
    """Begins a report of figures from words; see bot.handlers.checkins.report."""

    def __call__(self, ctx: Context, text: str, *, asked: bool, unit: str = "") -> Awaitable[bool]: ...


class VisitScope(Struct, frozen=True):
    """Hold the viewer and their visits: those of `led`, of the units merged into them, and one's own."""

    who: Who
    led: Sequence[Place]
    unit_ids: frozenset[int]

    @property
    def summed(self) -> Sequence[Place]:
        """Return the commune as a whole, else each village: its leader reports the figure."""
        communes = [place for place in self.led if place.level == "commune"]
        return communes or [place for place in self.led if place.level == "village"]


class VisitCheckConversation:
    def __init__(self, mail: Mail, report: BeginsReport, cut_off: CutOff) -> None:
        self._mail = mail
        self._report = report
        self._cut_off: CutOff = cut_off

    async def command(self, ctx: Context) -> None:
        """Handle `/goilai`, perhaps with how many to draw: `gọi lại 5 lượt`.

        With two figures it is a report of CL01.
        """
        if _FIGURES.search(ctx.args):
            await self._report(ctx, f"gọi lại {ctx.args}", asked=True)
            return
        count = _NUMBER.search(ctx.args)
        await (self.show(ctx, ShowChecks()) if count is None else self.draw(ctx, DrawChecks(int(count[1]))))

    async def show(self, ctx: Context, action: ShowChecks, note: Text = Text()) -> None:  # noqa: B008 - frozen
        found = await self._scope(ctx)
        if found is None:
            return
        waiting, all_sums = await at_once(
            self._waiting(ctx, found), each([self._sums(ctx, place) for place in found.summed])
        )
        lines = [note] if note else []
        lines.append(
            ctx.t("**Hỏi lại sau 30 ngày.** Còn {count} lượt chưa hỏi.", count=len(waiting))
            if waiting
            else ctx.t("**Hỏi lại sau 30 ngày.** Không còn lượt nào phải hỏi.")
        )
        lines += [ctx.t("• {visit}", visit=await self._line(ctx, one)) for one in waiting[:_SHOWN]]
        buttons = [Button.to(_label(ctx, one), OpenAbilityCheck(one.id)) for one in waiting[:_SHOWN]]
        for sums, report in all_sums:
            lines += sums
            buttons += report
        if found.led and len(waiting) < USUAL:
            buttons.append(Button.to(ctx.t("Lấy mẫu cho đủ {count} lượt", count=USUAL).plain, DrawChecks(USUAL)))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def draw(self, ctx: Context, action: DrawChecks) -> None:
        """Draw as many as are still missing, so pressing twice draws once; tell each helper of theirs."""
        found = await self._scope(ctx)
        if found is None:
            return
        if not found.led:
            ctx.reply(ctx.t("Lấy mẫu là việc của Tổ trưởng, Tổ phó và cán bộ xã."), to_menu(ctx))
            return
        if not 0 < action.count <= MOST:
            ctx.reply(ctx.t("Mỗi lần tôi lấy từ 1 đến {most} lượt.", most=MOST), to_menu(ctx))
            return
        missing = action.count - len(await checks.waiting(ctx.now, unit_ids=found.unit_ids))
        first, last = (short_date(day, ctx.locale) for day in checks.span(ctx.now))
        async with ctx.changes():
            drawn = await checks.draw(found.unit_ids, missing, ctx.now) if missing > 0 else []
            await self._tell(ctx, drawn, found.who)
            if drawn:
                note = ctx.t(
                    "✅ Đã lấy {count} lượt, từ ngày {first} đến {last}.", count=len(drawn), first=first, last=last
                )
            elif missing > 0:
                note = ctx.t(
                    "Từ ngày {first} đến {last} không còn lượt nào “làm được” mà chưa hỏi lại.", first=first, last=last
                )
            else:
                note = ctx.t("Còn đủ lượt chưa hỏi, nên tôi chưa lấy thêm.")
            await self.show(ctx, ShowChecks(), note)

    async def _tell(self, ctx: Context, drawn: Sequence[Check], drawer: Who) -> None:
        by_helper: dict[int, list[Check]] = {}
        for one in drawn:
            if one.visit.person_id is not None and one.visit.person_id != drawer.person_id:
                by_helper.setdefault(one.visit.person_id, []).append(one)
        button = Button.to(self._mail.word(msg("Xem và ghi kết quả")), ShowChecks())
        for person_id, theirs in by_helper.items():
            lines = [
                self._mail.t(
                    _VISIT, day=short_date(one.visit.day, self._mail.locale),
                    topic=self._mail.word(subject_of(one.visit)), count=one.visit.people,
                )
                for one in theirs
            ]  # fmt: skip
            text = self._mail.t(_PLEASE, visits=Text.join("\n", lines))
            await self._mail.later.tell(person_id, text, [button], key=f"goilai{theirs[0].id}", now=ctx.now)

    # One visit

    async def open(self, ctx: Context, action: OpenAbilityCheck) -> None:
        found = await self._entrance(ctx, action.check)
        if found is None:
            return
        line = await self._line(ctx, found)
        if found.result is not None:
            again = Button.to(ctx.word("Ghi nhầm, ghi lại"), RedoCheck(found.id, found.result))
            reply = ctx.t("Lượt {visit}.\nĐã ghi: {result}.", visit=line, result=ctx.word(RESULTS[found.result]))
            ctx.reply(reply, [again, Button.to(ctx.word("Lượt khác"), ShowChecks())])
            return
        taps = [Button.to(ctx.word(label), NoteCheck(found.id, result)) for result, label in RESULTS.items()]
        ctx.reply(
            ctx.t("Lượt {visit}.\nBác gặp lại, bà con tự làm được không?", visit=line),
            [*taps, Button.to(ctx.word("Lượt khác"), ShowChecks())],
            rows=(len(taps),),
        )

    async def note(self, ctx: Context, action: NoteCheck) -> None:
        found = await self._entrance(ctx, action.check)
        result = _result(action.result)
        if found is None or result is None:
            return
        async with ctx.changes():
            if not await checks.note(found.id, result, ctx.now):
                await self.open(ctx, OpenAbilityCheck(found.id))
                return
            buttons = [
                Button.to(ctx.word("Lượt khác"), ShowChecks()),
                Button.to(ctx.word("Ghi nhầm, ghi lại"), RedoCheck(found.id, result)),
            ]
            reply = ctx.t("✅ Đã ghi: {result}.", result=ctx.word(RESULTS[result]))
            if result == "forgot":
                reply += ctx.t(" Bác chỉ lại cho bà con nhé, rồi ghi thêm một lượt hỗ trợ.")
                buttons.insert(0, Button.to(ctx.word("Ghi lượt hỗ trợ"), LogVisit()))
            ctx.reply(reply, [*buttons, *to_menu(ctx)])

    async def redo(self, ctx: Context, action: RedoCheck) -> None:
        found = await self._entrance(ctx, action.check)
        result = _result(action.result)
        if found is None or result is None:
            return
        async with ctx.changes():
            await checks.redo(found.id, result)
            await self.open(ctx, OpenAbilityCheck(found.id))

    # The sum

    async def report(self, ctx: Context, action: ReportChecks) -> None:
        """Report CL01, which replaces the one before; the signer says yes to the read-back."""
        found = await self._scope(ctx)
        place = None if found is None else next((one for one in found.led if one.code == action.unit), None)
        try:
            quarter = periods.period(action.period, self._cut_off)
        except PeriodError:
            return
        if place is None or place.level != "village" or quarter.kind != "quarter":
            if found is not None:
                ctx.reply(ctx.t("Số của thôn này bác không báo ở đây."), to_menu(ctx))
            return
        able, asked = await self._figures(ctx, place, quarter)
        if not asked:
            ctx.reply(ctx.t("Chưa hỏi được ai, nên chưa có số để báo."), to_menu(ctx))
            return
        words = f"gọi lại {able}/{asked} quý {quarter.ordinal}/{quarter.year}"
        await self._report(ctx, words, asked=True, unit=place.code)

    async def _sums(self, ctx: Context, place: Place) -> tuple[list[Text], list[Button]]:
        """Show this quarter and the last one, if people were asked; a village's can be reported."""
        lines: list[Text] = []
        buttons: list[Button] = []
        present = periods.at(periods.today(ctx.now), "quarter", self._cut_off)
        quarters = (present, periods.before(present, self._cut_off))
        figures = await each([self._figures(ctx, place, quarter) for quarter in quarters])
        for quarter, (able, asked) in zip(quarters, figures, strict=True):
            if asked:
                name = named(ctx, quarter)
                lines.append(
                    ctx.t(
                        "**{unit}, {quarter}:** {able}/{asked} người vẫn làm được.",
                        unit=upper_first(place.full_name), quarter=name, able=able, asked=asked,
                    )
                )  # fmt: skip
                if place.level == "village":
                    label = ctx.t("Báo {able}/{asked}, {unit}", able=able, asked=asked, unit=place.full_name).plain
                    buttons.append(Button.to(label, ReportChecks(place.code, quarter.name)))
        return lines, buttons

    async def _figures(self, ctx: Context, place: Place, quarter: Period) -> tuple[int, int]:
        """Return how many people still can, and how many were met."""
        found = await checks.results(await _with_parts(ctx, [place], below=True), quarter.first, quarter.last)
        return found["able"], found["able"] + found["forgot"]

    # Who may

    async def _scope(self, ctx: Context) -> VisitScope | None:
        """Return the visits that the person may check; None after saying why not."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        led = [
            place
            for place in await reach(ctx, who, {LEADER, DEPUTY, *OFFICIALS})
            if (await rights.decide(who, Act.LOG_VISIT, place.id, on=ctx.now)).allowed
        ]
        if not led and role_of(who) is None:
            person = Button.to(ctx.word("Hỏi người trong thôn"), AskPerson("", ""))
            ctx.reply(
                ctx.t("Đây là việc của Tổ công nghệ số. Bác cần người gọi cho bác thì nhờ ở đây."),
                [person, *to_menu(ctx)],
            )
            return None
        return VisitScope(who, led, await _with_parts(ctx, led))

    async def _waiting(self, ctx: Context, scope: VisitScope) -> Sequence[Check]:
        own = scope.who.person_id if role_of(scope.who) is not None else None
        return await checks.waiting(ctx.now, unit_ids=scope.unit_ids, person_id=own)

    async def _entrance(self, ctx: Context, check_id: int) -> Check | None:
        """Return one's own visit, or one of a village that somebody leads; None after saying why not."""
        scope = await self._scope(ctx)
        found = None if scope is None else await checks.get(check_id)
        if scope is None:
            return None
        own = found is not None and scope.who.person_id is not None and found.visit.person_id == scope.who.person_id
        if found is None or not (own or found.visit.unit_id in scope.unit_ids):
            ctx.reply(ctx.t("Tôi không thấy lượt này trong các lượt bác hỏi lại."), to_menu(ctx))
            return None
        return found

    async def _line(self, ctx: Context, one: Check) -> Text:
        place = await units.by_id(one.visit.unit_id)
        return ctx.t(
            "ngày {day}, {unit}, {topic}, {count} người, {name} đã giúp",
            day=short_date(one.visit.day, ctx.locale), unit="" if place is None else place.full_name,
            topic=subject_name(ctx, one.visit.app or one.visit.topic), count=one.visit.people,
            name=one.visit.name or ctx.word("một người"),
        )  # fmt: skip


async def _with_parts(ctx: Context, places: Sequence[Place], *, below: bool = False) -> frozenset[int]:
    """Return the ids of units and of those merged into them; `below`: also of the units inside them."""
    on = periods.today(ctx.now)
    found = {place.id for place in places}
    for place in places if below else ():
        found.update(one.id for one in await units.descendants(place.id, on))
    parts = await units.parts_of_each(found, on)
    return frozenset(found | {part.id for gone in parts.values() for part in gone})


def _label(ctx: Context, one: Check) -> str:
    topic = subject_name(ctx, one.visit.app) if one.visit.app else topic_name(ctx, one.visit.topic).lower()
    return ctx.t("Lượt ngày {day}, {topic}", day=f"{one.visit.day:%d/%m}", topic=topic).plain


def _result(answer: str) -> Result | None:
    return next((one for one in RESULTS if one == answer), None)


def build(conversation: VisitCheckConversation) -> Router:
    router = Router()
    router.command("goilai", "gọi lại", "gọi lại mẫu", "hỏi lại sau 30 ngày", takes_args=True)(conversation.command)
    router.action(ShowChecks)(conversation.show)
    router.action(DrawChecks)(conversation.draw)
    router.action(OpenAbilityCheck)(conversation.open)
    router.action(NoteCheck)(conversation.note)
    router.action(RedoCheck)(conversation.redo)
    router.action(ReportChecks)(conversation.report)
    return router
