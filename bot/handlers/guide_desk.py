"""What the conversations about the upkeep of guides share: who may do it where, and the card of a guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features import people, rights, units
from bot.features.audit import Audit
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide
from bot.features.outbox.hours import VIETNAM
from bot.features.people import Who
from bot.features.rights import Act
from bot.features.units import Place
from bot.features.upkeep import flags, texts
from bot.features.upkeep.actions import CheckStep, CloseFlags, ConfirmGuide, ListChecks, OpenText, SendText
from bot.features.upkeep.checks import OWNERS
from bot.features.upkeep.flags import DEVICES, Flagged
from bot.features.upkeep.letters import Letters
from bot.features.upkeep.shown import Shown
from bot.i18n import short_date

from .inviting import account_of, in_private, to_menu

FLOW = "upkeep"


@dataclass(frozen=True)
class GuideDesk:
    shown: Shown
    letters: Letters
    audit: Audit

    async def officer(self, ctx: Context) -> tuple[Who, Place] | None:
        """Somebody who may check guides, and their commune; others hear why not."""
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
        """A guide that exists; otherwise it is said."""
        found = self.shown.library.get(slug)
        if found is None:
            ctx.reply(ctx.t("Bài hướng dẫn này nay không còn nữa."), [to_list(ctx)])
        return found

    async def show(self, ctx: Context, guide: Guide, note: Text | None = None) -> None:
        """The card of a guide with everything that an officer can do with it."""
        flagged, waiting = await flags.open_flags(guide.slug), await texts.waiting(guide.slug)
        lines = [] if note is None else [note]
        lines += [ctx.t("**{title}**", title=guide.title), self._tried(ctx, guide)]
        lines.append(
            ctx.t("Phụ trách: {owner}; {count} bước.", owner=ctx.word(owner_of(guide)), count=len(guide.steps))
        )
        lines += [self.flag_line(ctx, guide, one) for one in flagged]
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
        """What was said about a step: how many, on which phones, in which words."""
        line = ctx.t("• Bước “{step}”: ", step=step_title(guide, one.step))
        said = []
        if one.officers:
            said.append(ctx.t("cán bộ ghi {count} chỗ khác", count=one.officers))
        if one.residents:
            said.append(ctx.t("{count} người dân báo khác", count=one.residents))
        line += Text.join(", ", said)
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


def today(ctx: Context) -> date:
    return ctx.now.astimezone(VIETNAM).date()


def to_list(ctx: Context) -> Button:
    return Button.to(ctx.word("Danh sách bài"), ListChecks(1))


def owner_of(guide: Guide) -> str:
    return OWNERS.get(guide.owner, guide.owner)


def step_title(guide: Guide, step_id: str) -> str:
    """The id itself of a step that is gone."""
    step = guide.steps.get(step_id)
    return step_id if step is None else plain(step.title)


def after(guide: Guide, step_id: str) -> str:
    """The step that follows in the file, "" after the last one."""
    ids: Sequence[str] = list(guide.steps)
    at = ids.index(step_id) + 1
    return ids[at] if at < len(ids) else ""
