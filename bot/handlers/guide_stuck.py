"""Being stuck at a step: smaller pieces, a screen that looks different, whom to call, and the way to a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.accounts import Account
from bot.features.commune import Commune
from bot.features.guides import pages, progress
from bot.features.guides.library import Library
from bot.features.guides.model import Guide, Step
from bot.features.guides.navigation import resolve
from bot.features.help.actions import AskPerson
from bot.features.insight import What
from bot.features.upkeep import flags
from bot.features.upkeep.actions import TellScreen

from .guide_page import OpenStep, Stuck
from .guides import Count, ListGuides
from .start import HandOver
from .typed import says

_STUCK = re.compile(
    r"(?:(?:toi|ba|ong|bac|chau|em|van|may|dien thoai|cua|no|sao|thu|mai|lam|cai|bam|vao|mo|ma) )*"
    r"(?:(?:khong|chua|chang) (?:duoc|hieu|biet lam|biet bam|biet dung|hien|ra|thay|len|noi)"
    r"(?: (?:gi|tiep|the nao|nao|dau|ca|het|lam|cai|o|cho))*"
    r"|(?:khong|chua) (?:lam|vao|mo|cai|bam|tai|chay|hien) (?:duoc|noi)|(?:khong|chua) chay"
    r"|(?:bi )?(?:ket|tac|vuong)|bi loi|kho (?:qua|lam|the)|roi qua"
    r"|(?:(?:gio|bay gio|phai|thi|sao|tiep theo) )*(?:lam|tinh) (?:sao|the nao|gi)(?: (?:bay gio|gio|day|tiep))*)"
    r"(?: (?:roi|qua|o day|o buoc nay|the nay|gi ca))*"
)
"""“Vẫn chưa được”, “tôi không hiểu”: what people say in place of “Tôi bị kẹt”."""


class Different(Action, code="d"):
    """My screen looks different."""

    guide: str
    step: str


class Pages(Protocol):
    """Shows a page of a guide; see bot.handlers.guides."""

    async def show(self, ctx: Context, slug: str, step_id: str) -> None: ...

    async def unfinished(self, ctx: Context) -> Sequence[Button]: ...


class StuckTalk:
    def __init__(
        self,
        library: Library,
        pages_: Pages,
        commune: Callable[[Context], Commune],
        count: Count,
        hand_over: HandOver,
    ) -> None:
        self._library = library
        self._pages = pages_
        self._commune = commune
        self._count = count
        self._hand_over = hand_over

    async def understand(self, ctx: Context, words: str) -> bool:
        """Being stuck in one's own words: at the page that is open, else with what nobody knows yet.

        In a group, where pages are everybody's, a person is offered.
        """
        if not says(_STUCK, words):
            return False
        if not ctx.private:
            ctx.reply((await self._hand_over(ctx))[0])
            return True
        place = await progress.latest(Account(ctx.chat.platform, ctx.sender.id))
        lists = [{button.data for button in item.buttons} for item in ctx.session.lists]
        helped = None if place is None else Button.to("", AskPerson(place.guide, place.step)).data
        halted = None if place is None else Button.to("", Stuck(place.guide, place.step)).data
        if place is not None and helped in set().union(*lists[-1:]):
            buttons = [
                Button.to(ctx.word("Nhờ người giúp"), AskPerson(place.guide, place.step)),
                Button.to(ctx.word("Quay lại bước này"), OpenStep(place.guide, place.step)),
            ]
            said = Text.join("\n", [ctx.t("Bác nhờ người giúp nhé."), self._whom_to_call(ctx)])
            ctx.reply(said, buttons, aside=True)
        elif place is not None and halted in set().union(*lists):
            await self.stuck(ctx, Stuck(place.guide, place.step), aside=True)
        else:
            _, offered = await self._hand_over(ctx)
            ctx.reply(
                ctx.t("Bác đang làm việc gì? Bác gõ vài chữ, ví dụ “cài vneid”, hoặc nhờ người giúp."),
                [
                    *await self._pages.unfinished(ctx),
                    *offered,
                    Button.to(ctx.word("Hướng dẫn"), ListGuides("")),
                ],
            )
        return True

    async def stuck(self, ctx: Context, action: Stuck, *, aside: bool = False) -> None:
        """The step in smaller pieces, whom to call, and a way on; counted without a name.

        `aside`: the words of the page, “đọc lại”, are still understood.
        """
        guide = self._library.get(action.guide)
        resolved = resolve(guide, action.step) if guide is not None else None
        if guide is None or resolved is None:
            await self._pages.show(ctx, action.guide, action.step)
            return
        step = pages.localised(guide, resolved.step, ctx.locale, ctx.translate)
        pieces = [
            ctx.t("Không sao, bác làm từng việc nhỏ một:"),
            pages.smaller(step, self._commune(ctx).values),
            self._whom_to_call(ctx),
        ]
        buttons = [
            Button.to(ctx.word("Nhờ người giúp"), AskPerson(guide.slug, step.id)),
            Button.to(ctx.word("Màn hình của tôi khác"), Different(guide.slug, step.id)),
            Button.to(ctx.word("Quay lại bước này"), OpenStep(guide.slug, step.id)),
        ]
        await self._answer(ctx, "stuck", guide, step, Text.join("\n\n", pieces), buttons, aside=aside)

    async def different(self, ctx: Context, action: Different) -> None:
        """Three times is a sign that the guide needs a look; see bot.handlers.guide_flags for what is asked then."""
        guide = self._library.get(action.guide)
        resolved = resolve(guide, action.step) if guide is not None else None
        if guide is None or resolved is None:
            await self._pages.show(ctx, action.guide, action.step)
            return
        said = Text.join(
            "\n\n",
            [
                ctx.t("Cảm ơn bác đã báo. Ứng dụng hay đổi hình; cán bộ xã sẽ xem lại bước này."),
                ctx.t("Bác tìm nút có chữ gần giống, hoặc nhờ người nhà, Tổ công nghệ số của thôn xem giúp."),
                self._whom_to_call(ctx),
            ],
        )
        step = resolved.step.id
        phones = [Button.to(ctx.word(name), TellScreen(guide.slug, step, kind)) for kind, name in flags.DEVICES.items()]
        buttons = [
            Button.to(ctx.word("Nhờ người giúp"), AskPerson(guide.slug, step)),
            Button.to(ctx.word("Quay lại bước này"), OpenStep(guide.slug, step)),
        ]
        if ctx.private:
            said += ctx.t("\n\nĐể cán bộ dễ sửa, bác cho biết điện thoại của bác là loại nào?")
            buttons = [*phones, *buttons]
        await self._answer(ctx, "different", guide, resolved.step, said, buttons)

    async def _answer(
        self,
        ctx: Context,
        what: What,
        guide: Guide,
        step: Step,
        said: Text,
        buttons: Sequence[Button],
        *,
        aside: bool = False,
    ) -> None:
        if ctx.stale:
            ctx.reply(said, buttons, aside=aside)
            return
        async with ctx.changes():
            await self._count(ctx, what, guide.slug, step.id)
            if what == "different":
                await flags.raise_flag(guide.slug, step.id, ctx.now)
            ctx.reply(said, buttons, aside=aside)

    def _whom_to_call(self, ctx: Context) -> Text:
        commune = self._commune(ctx)
        if not commune.phone:
            return ctx.t("Vẫn chưa được, bác ra {centre} nhờ giúp nhé.", centre=f"{commune.centre} {commune.full_name}")
        return ctx.t(
            "Vẫn chưa được, bác gọi {phone} ({hours}).",
            phone=commune.phone,
            hours=commune.hours or ctx.word("giờ hành chính"),
        )


def build(talk: StuckTalk) -> Router:
    router = Router()
    router.action(Stuck)(talk.stuck)
    router.action(Different)(talk.different)
    return router
