"""“Thống kê”: which guides are used in the commune, and where people leave them; counts alone, small ones hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

from bot.core.actions import Action
from bot.core.context import Context, ReaderNow
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide
from bot.features.insight import FEWEST, Shown, Tallies, Use, What, first_day, hidden, last_day, shown, weeks_before
from bot.features.insight import TallyPlace as Spot
from bot.features.insight.chart_job import JOB
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.people import people
from bot.features.quality.actions import ShowOpinions
from bot.features.rights import OFFICIALS, Act
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, reach, to_menu
from bot.i18n import msg, percent, short_date

WEEKS = 4
_MOST = 10
_FOR_OFFICIALS = msg("Thống kê bài hướng dẫn dành cho cán bộ xã.")


class ListUse(Action, code="tkl"):
    """The guides that were used."""


class ShowUse(Action, code="tkb"):
    guide: str


class DrawUse(Action, code="tkv"):
    guide: str


class Counting:
    """Counts for the unit of whoever reads a guide."""

    def __init__(self, tallies: Tallies, unit_of: Callable[[Context], str]) -> None:
        self._tallies = tallies
        self._unit_of = unit_of

    async def __call__(self, ctx: Context, what: What, guide: str, step: str) -> None:
        await self._tallies.add(what, guide, step, self._unit_of(ctx), ctx.now)


class InsightConversation:
    def __init__(self, library: Library, tallies: Tallies, jobs: Jobs) -> None:
        self._library = library
        self._tallies = tallies
        self._jobs = jobs

    async def command(self, ctx: Context) -> None:
        await self.overview(ctx, ListUse())

    async def overview(self, ctx: Context, action: ListUse) -> None:
        """Show the guides of the last four weeks, the most used first."""
        commune = await commune_of(ctx, _FOR_OFFICIALS)
        if commune is None:
            return
        used = await used_in(self._tallies, commune, {guide.slug: guide.start for guide in self._library}, ctx.now)
        ranked = ranking(used)
        seen = [self._library.guides[slug] for slug in ranked if shown(used[slug].started.total()) is not None]
        lines = [ctx.t("**Bài hướng dẫn được xem ở {unit}**, {span}:", unit=commune.full_name, span=span(ctx))]
        if not seen:
            lines.append(ctx.t("Chưa bài nào có từ {fewest} lượt xem.", fewest=FEWEST))
        lines += [
            ctx.t("• {title}: {sums}", title=guide.title, sums=sums(ctx, used[guide.slug])) for guide in seen[:_MOST]
        ]
        if len(ranked) > len(seen[:_MOST]):
            lines.append(ctx.t("Và {count} bài khác ít lượt xem hơn.", count=len(ranked) - len(seen[:_MOST])))
        lines.append(note(ctx))
        buttons = [Button.to(guide.title, ShowUse(guide.slug)) for guide in seen[:_MOST]]
        buttons.append(Button.to(ctx.word("Bà con thấy thế nào"), ShowOpinions("")))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def show(self, ctx: Context, action: ShowUse) -> None:
        """Show for one guide how many came to each step, by week, by village."""
        commune, guide = await commune_of(ctx, _FOR_OFFICIALS), self._library.get(action.guide)
        if commune is None:
            return
        if guide is None:
            ctx.reply(ctx.t("Bài hướng dẫn này nay không còn nữa."), to_menu(ctx))
            return
        use = (await used_in(self._tallies, commune, {guide.slug: guide.start}, ctx.now)).get(guide.slug, Use())
        started = use.started.total()
        parts = [
            Text.join(
                "\n",
                [
                    ctx.t("**{title}**", title=guide.title),
                    ctx.t("{unit}, {span}", unit=upper_first(commune.full_name), span=span(ctx)),
                    sums(ctx, use),
                ],
            )
        ]
        if shown(started) is not None:
            parts += [
                _listed(ctx, ctx.t("**Tới từng bước:**"), steps(ctx, guide, use)),
                _listed(ctx, ctx.t("**Bắt đầu xem, theo tuần:**"), by_week(ctx, use)),
                _listed(ctx, ctx.t("**Bắt đầu xem, theo thôn:**"), by_village(ctx, use.started)),
                _listed(ctx, ctx.t("**Xem xong, theo thôn:**"), by_village(ctx, use.completed)),
            ]
        parts.append(note(ctx))
        ctx.reply(
            Text.join("\n\n", parts),
            [
                Button.to(ctx.word("Vẽ biểu đồ"), DrawUse(guide.slug)),
                Button.to(ctx.word("Bài khác"), ListUse()),
                *to_menu(ctx),
            ],
        )

    async def draw(self, ctx: Context, action: DrawUse) -> None:
        """Ask for the job; the picture comes by itself."""
        commune, guide = await commune_of(ctx, _FOR_OFFICIALS), self._library.get(action.guide)
        if commune is None or guide is None:
            return
        event = sha256(f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}".encode()).hexdigest()[:32]
        body = {
            "guide": guide.slug, "commune": commune.code, "weeks": " ".join(weeks_before(ctx.now, WEEKS)),
            "event": event, **answer_to(ctx.chat),
        }  # fmt: skip
        async with ctx.changes():
            await self._jobs.ask(JOB, body, key=f"use:{event}", now=ctx.now)
            ctx.reply(ctx.t("Đang vẽ biểu đồ, xong tôi gửi bác ngay…"))


async def used_in(tallies: Tallies, commune: Place, first_steps: Mapping[str, str], now: datetime) -> Mapping[str, Use]:
    """Return how guides were used in the last whole weeks, by the guide; `first_steps` are their beginnings."""
    return await tallies.of_commune(commune.code, weeks_before(now, WEEKS), first_steps)


def ranking(used: Mapping[str, Use]) -> list[str]:
    """Return the guides that were used, the most used first."""
    return sorted(used, key=lambda slug: (-used[slug].started.total(), slug))


async def commune_of(ctx: Context, refusal: str) -> Place | None:
    """Return the commune whose figures somebody may see; None after answering why not."""
    if not in_private(ctx):
        return None
    who = await people.who(account_of(ctx), ctx.now)
    for place in await reach(ctx, who, set(OFFICIALS)):
        if place.level != "commune":
            continue
        if (await rights.decide(who, Act.EXPORT_REPORTS, place.id, on=ctx.now)).allowed:
            return place
    ctx.reply(ctx.t(refusal), to_menu(ctx))
    return None


def span(ctx: ReaderNow) -> Text:
    weeks = weeks_before(ctx.now, WEEKS)
    return ctx.t(
        "từ {first} đến {last}",
        first=short_date(first_day(weeks[0]), ctx.locale),
        last=short_date(last_day(weeks[-1]), ctx.locale),
    )


def sums(ctx: ReaderNow, use: Use) -> Text:
    started, completed = use.started.total(), use.completed.total()
    if shown(started) is None:
        return ctx.t("dưới {fewest} lượt xem", fewest=FEWEST)
    if shown(completed) is None:
        return ctx.t("{started} lượt bắt đầu, xem xong: ẩn", started=started)
    return ctx.t(
        "{started} lượt bắt đầu, {completed} lượt xem xong ({share})",
        started=started, completed=completed, share=percent(round(100 * completed / started), ctx.locale),
    )  # fmt: skip


def steps(ctx: ReaderNow, guide: Guide, use: Use) -> list[Text]:
    lines = []
    for step in guide.steps.values():
        if use.reached[step.id]:
            line = ctx.t(
                "• {what}: {count}", what=plain(step.filled().title), count=_figure(ctx, shown(use.reached[step.id]))
            )
            if shown(use.stuck[step.id]) is not None:
                line += ctx.t(", bị kẹt {count} lần", count=use.stuck[step.id])
            lines.append(line)
    return lines


def by_week(ctx: ReaderNow, use: Use) -> list[Text]:
    figures = hidden({week: use.weeks[week] for week in weeks_before(ctx.now, WEEKS)})
    return [
        ctx.t("• tuần {day}: {count}", day=short_date(first_day(week), ctx.locale), count=_figure(ctx, count))
        for week, count in figures.items()
    ]


def by_village(ctx: ReaderNow, counts: Mapping[Spot, int]) -> list[Text]:
    figures = hidden(counts)
    return [
        ctx.t("• {what}: {count}", what=place.name or ctx.word("chưa rõ thôn"), count=_figure(ctx, figures[place]))
        for place in sorted(figures, key=lambda place: (-(figures[place] or 0), not place.name, place.name))
    ]


def _figure(ctx: ReaderNow, count: Shown) -> str:
    return ctx.word("ẩn") if count is None else str(count)


def _listed(ctx: ReaderNow, head: Text, lines: list[Text]) -> Text:
    return Text.join("\n", [head, *(lines or [ctx.t("• chưa có")])])


def note(ctx: ReaderNow) -> Text:
    return ctx.t(
        "Tôi chỉ đếm lượt, không ghi ai xem. “ẩn”: số dưới {fewest}, và số mà từ đó tính ra được.", fewest=FEWEST
    )


def build(conversation: InsightConversation) -> Router:
    router = Router()
    router.command("thongke", "thống kê", "thống kê bài hướng dẫn", "bài nào được xem")(conversation.command)
    router.action(ListUse)(conversation.overview)
    router.action(ShowUse)(conversation.show)
    router.action(DrawUse)(conversation.draw)
    return router
