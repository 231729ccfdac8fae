"""The common ground of the conversations about the upkeep of guides: rights by commune, and the card of a guide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.units import Place
from bot.features.upkeep import flags, texts
from bot.features.upkeep.actions import CheckStep, CloseFlags, ConfirmGuide, ListChecks, OpenText, SendText
from bot.features.upkeep.checks import OWNERS
from bot.features.upkeep.flags import DEVICES, Flagged
from bot.features.upkeep.notices import UpkeepNotices
from bot.features.upkeep.shown import LibrarySync
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import short_date

FLOW = "upkeep"


class GuideUpkeepService(Struct, frozen=True):
    shown: LibrarySync
    notices: UpkeepNotices
    audit: Audit

    async def officer(self, ctx: Context) -> tuple[Who, Place] | None:
        """Return somebody who may check guides, and their commune; refuse otherwise."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        for grant in who.grants:
            if grant.unit_id is None:
                continue
            decision = await rights.decide(who, Act.VERIFY_GUIDE, grant.unit_id, on=ctx.now)
            place = await units.commune_of(grant.unit_id, today(ctx))
            if decision.allowed and place is not None:
                return who, place
        ctx.reply(ctx.t((await rights.decide(who, Act.VERIFY_GUIDE, None, on=ctx.now)).why), to_menu(ctx))
        return None

    def guide(self, ctx: Context, slug: str) -> Guide | None:
        """Return the guide, or say that there is none."""
        found = self.shown.library.get(slug)
        if found is None:
            ctx.reply(ctx.t("Bài hướng dẫn này nay không còn nữa."), [to_list(ctx)])
        return found

    async def show(self, ctx: Context, guide: Guide, note: Text | None = None) -> None:
        """Show the card of a guide with everything that an officer can do with it."""
        flagged, waiting = await flags.open_flags(guide.slug), await texts.waiting(guide.slug)
        lines = [] if note is None else [note]
        lines += [ctx.t("**{title}**", title=guide.title), self._tried(ctx, guide)]
        lines.append(
            ctx.t("Phụ trách: {owner}; {count} bước.", owner=ctx.word(owner_of(guide)), count=len(guide.steps))
        )
        lines += [self.flag_line(ctx, guide, one) for one in flagged]
        lines += _to_confirm(ctx, guide)
        if await self.shown.overtaken(guide.slug):
            lines.append(ctx.t("Tệp gốc của bài vừa đổi, khác với bản xã đã duyệt. Bác so lại hai bản giúp."))
        if waiting is not None:
            lines.append(ctx.t("Có một bản sửa đang chờ lãnh đạo duyệt."))
        buttons = [
            Button.to(ctx.word("Kiểm từng bước"), CheckStep(guide.slug, guide.start)),
            Button.to(ctx.word("Đã kiểm tra, còn đúng"), ConfirmGuide(guide.slug, guide.content)),
            *(self._close(ctx, guide, one) for one in flagged),
            Button.to(ctx.word("Gửi bản sửa"), SendText(guide.slug)),
            *([Button.to(ctx.word("Xem bản sửa đang chờ"), OpenText(waiting.id))] if waiting is not None else []),
            to_list(ctx),
        ]
        ctx.reply(Text.join("\n", lines), buttons)

    def _tried(self, ctx: Context, guide: Guide) -> Text:
        if guide.verified is None:
            return ctx.t("Chưa ai kiểm tra trên máy thật; kiểm lại {days} ngày một lần.", days=guide.review_every)
        day = short_date(guide.verified, ctx.locale)
        return ctx.t("Kiểm tra ngày {day}; kiểm lại {days} ngày một lần.", day=day, days=guide.review_every)

    def flag_line(self, ctx: Context, guide: Guide, one: Flagged) -> Text:
        """Summarise the reports about a step: how many, on which phones, in which words."""
        line = ctx.t("• Bước “{step}”: ", step=step_title(guide, one.step))
        lines = []
        if one.officers:
            lines.append(ctx.t("cán bộ ghi {count} chỗ khác", count=one.officers))
        if one.residents:
            lines.append(ctx.t("{count} người dân báo khác", count=one.residents))
        line += Text.join(", ", lines)
        if one.devices:
            kinds = ", ".join(f"{ctx.word(DEVICES[kind])} {count}" for kind, count in one.devices.items())
            line += ctx.t(" (máy: {kinds})", kinds=kinds)
        return Text.join("\n", [line, *(ctx.t("   “{note}”", note=note) for _, note in one.notes)])

    def _close(self, ctx: Context, guide: Guide, one: Flagged) -> Button:
        label = f"{ctx.word('Đóng báo khác')}: {step_title(guide, one.step)}"
        return Button.to(label[:60], CloseFlags(guide.slug, one.step))

    async def refresh(self) -> None:
        """Show what was just decided; other processes see it at their next look."""
        await self.shown.refresh()


def _to_confirm(ctx: Context, guide: Guide) -> list[Text]:
    """Return the facts of a guide that an officer should still confirm, as readers see them."""
    facts = [fact for fact in guide.facts if fact.open]
    if not facts:
        return []
    lines = [
        ctx.t("• {fact} ({source})", fact=fact.in_language(ctx.locale), source=fact.source)
        if fact.source
        else ctx.t("• {fact}", fact=fact.in_language(ctx.locale))
        for fact in facts
    ]
    return [ctx.t("Số liệu cần cán bộ xác nhận:"), *lines]


def today(ctx: Context) -> date:
    return ctx.now.astimezone(VIETNAM).date()


def to_list(ctx: Context) -> Button:
    return Button.to(ctx.word("Danh sách bài"), ListChecks(1))


def owner_of(guide: Guide) -> str:
    return OWNERS.get(guide.owner, guide.owner)


def step_title(guide: Guide, step_id: str) -> str:
    """Return the title of a step, or the id of a step that is gone."""
    step = guide.steps.get(step_id)
    return step_id if step is None else plain(step.filled().title)


def after(guide: Guide, step_id: str) -> str:
    """Return the step that follows in the file, "" after the last one."""
    ids: Sequence[str] = list(guide.steps)
    at = ids.index(step_id) + 1
    return ids[at] if at < len(ids) else ""
