"""Words at the open page of a guide that choose one of its options, as if its button was pressed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.context import Context
from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.small_words import NO, READY, YES, without_courtesy
from bot.features.guides import pages, progress
from bot.features.guides.library import Library
from bot.features.guides.model import Guide, GuideStep
from bot.features.guides.navigation import resolve
from bot.features.people.accounts import Account
from bot.handlers.kit.provisions import Dispatch
from bot.understanding import danger
from bot.understanding.decisions import ACT
from bot.understanding.model import NONE
from bot.understanding.options import Open, OptionReader
from bot.understanding.ranking import Ranking

from .page import OpenStep, Stuck, choices
from .reading import turns

_MUCH_SURER = 0.95
"""How sure an option must be where the words surely mean another guide, or something else that the bot does."""
_ANSWERS = frozenset({"wish:yes", "wish:no", "wish:unsure"})
_STUCK = "wish:stuck"
_SURER = 0.8
"""How sure an option must be that leads out of the guide, from where no page leads back."""
_OTHER_LANGUAGE = "en"
_MOST_ASKED = 3


class OptionConversation:
    """Reads words at an open page; `search` knows the guides, `reader` what people say for their options."""

    def __init__(
        self, library: Library, search: Ranking, dispatch: Dispatch, reader: Callable[[], OptionReader] = OptionReader
    ) -> None:
        self._library = library
        self._search = search
        self._dispatch = dispatch
        self._reader = reader()

    async def understand(self, ctx: Context, words: str) -> bool:
        """Choose the option of the open page that words mean; where that is not sure, ask with just these options."""
        if not ctx.private or not ctx.session.lists or turns(words) or _says_which_not(words):
            return False
        if danger.sure(words) is not None and not danger.may_answer(words):
            return False
        page = await self._page(ctx)
        if page is None:
            return False
        guide, step = page
        step = replace(step, blocks=(), picture=None)  # of what a page says only its choices are wanted
        other = pages.localised(guide, step, _OTHER_LANGUAGE, ctx.translate)
        asked = Open(guide.slug, step.id, [one.label for one in step.options], [one.label for one in other.options])
        read = self._reader.choose(words, asked)
        if read is None or not read.asked or self._means_another(guide, words, read.surely):
            return False
        shown = choices(guide, pages.localised(guide, step, ctx.locale, ctx.translate))
        meant = [shown[at] for at in read.places]
        if read.taken and (read.surely >= _SURER or not _leaves(meant[0], guide)):
            ctx.reply(ctx.t("Tôi hiểu là: “{label}”.", label=meant[0].label))
            await self._dispatch.press(ctx, meant[0].data)
        else:
            self._ask(ctx, guide, step, meant[:1] if read.taken else meant[:_MOST_ASKED])
        return True

    async def _page(self, ctx: Context) -> tuple[Guide, GuideStep] | None:
        """Return the page on which somebody stands, if it is what was asked last and has options."""
        place = await progress.latest(Account(ctx.chat.platform, ctx.sender.id))
        guide = self._library.get(place.guide) if place is not None else None
        resolved = resolve(guide, place.step) if guide is not None and place is not None else None
        if guide is None or resolved is None or not resolved.step.options:
            return None
        mark = Button.to("", Stuck(guide.slug, resolved.step.id)).data
        opened = any(button.data == mark for item in ctx.session.lists for button in item.buttons)
        return (guide, resolved.step) if opened else None

    def _means_another(self, guide: Guide, words: str, surely: float) -> bool:
        """Tell whether words surely mean another guide, or something else that the bot does.

        “Không nhớ” and “chưa” answer the page where they can; who is stuck may be one of its choices, too.
        """
        if surely >= _MUCH_SURER:
            return False
        best = self._search.read(words).best
        if best is None or best.meaning in {NONE, guide.slug, *_ANSWERS} or best.likely < ACT:
            return False
        return best.meaning != _STUCK or best.likely > surely

    def _ask(self, ctx: Context, guide: Guide, step: GuideStep, meant: Sequence[Button]) -> None:
        """Ask which option is meant. One that leads out of the guide is asked about too: no page leads back there."""
        back = Button.to(ctx.word("Quay lại bước này"), OpenStep(guide.slug, step.id))
        if len(meant) == 1:
            reply = ctx.t("Tôi hiểu là: “{label}”. Đúng thì bác chọn giúp tôi:", label=meant[0].label)
        else:
            reply = ctx.t("Tôi chưa rõ ý bác. Bác chọn một mục giúp tôi:")
        ctx.reply(reply, [*meant, back], aside=True)


def _says_which_not(words: str) -> bool:
    """Tell whether words are a bare yes or no: where that names an option, it has been taken by now."""
    return without_courtesy(words) in YES | READY | NO


def _leaves(button: Button, guide: Guide) -> bool:
    """Tell whether a choice leads to no page of this guide, from which “Quay lại” would lead back."""
    kind, slug, *_ = [*button.data.split("|"), ""]
    return kind not in {OpenStep.code, Stuck.code} or slug != guide.slug
