"""Following a guide: lists, pages, being stuck, going on where one left off, and its questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.messages import Button, Message
from bot.core.router import Router
from bot.core.small_words import without_courtesy
from bot.core.text import Span, Text, fold
from bot.features.commune.settings import Commune
from bot.features.guides import audiences, pages, progress, quizzes
from bot.features.guides.assessment import assess
from bot.features.guides.audiences import GuideAudience
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import AREAS, Guide, GuideStep, StepQuiz
from bot.features.guides.navigation import back, resolve
from bot.features.people.accounts import Account
from bot.features.search.index import POSSIBLE, SURE, Hit
from bot.handlers.front.wording import in_danger
from bot.handlers.kit.hooks import AfterQuiz, Offer
from bot.handlers.kit.provisions import AskAfterGuide, CountStep, Misheard, NothingMisheard
from bot.handlers.kit.speaker import NotThis, OpenMenu
from bot.handlers.quality.opinions import NOTHING

from .assessment import helping, told, unheard
from .audiences import ListFor, businesses, listing
from .audio import GuideAudioConversation
from .page import Finish, GoBack, Leave, OpenGuide, OpenStep, PageReader, Stuck, page
from .quiz import RetryQuiz

Search = Callable[[str], Sequence[Hit]]
_LINK = "g"
_NO_QUESTION = frozenset({"cai", "ty", "ti", "chut", "mot", "nay", "xiu", "voi", "a", "nhe", "the", "thoi"})
"""“Hỏi tí”, “hỏi cái này”: the question is still to come."""
_WORDS = ("hd", "hdsd", "hướng dẫn sử dụng", "danh sách", "danh sách bài", "các bài", "xem tất cả", "có những bài nào")
_SEAM = patterns.compile(
    r"\s*[,;]\s*(?:với lại\s|voi lai\s)?|\s(?:với lại|voi lai|ngoài ra|ngoai ra|và|rồi|roi)\s", re.IGNORECASE
)
_MOST_WISHES = 3
_MOST_HITS = 5
_MOST_GUESSES = 3
_NEAR = POSSIBLE / 3
"""Beside a person to ask three guesses do no harm: the right guide is mostly among them."""
_ON = frozenset({"tiep", "tiep theo", "buoc tiep", "buoc tiep theo", "buoc sau", "next", "lam tiep di", "tiep di"})
_AGAIN = frozenset({"doc lai", "xem lai", "nhac lai", "noi lai"})
_BACK = frozenset({"quay lai", "tro lai", "quay ve", "lui lai", "buoc truoc", "quay lai buoc truoc", "ve buoc truoc"})


class ListGuides(Action, code="ls"):
    """`area` is its place in AREAS as a name: "0" to "4"."""

    area: str


class Restart(Action, code="s"):
    guide: str


class GuideConversation:
    """The conversation about guides; `build` puts its methods into a router."""

    def __init__(
        self,
        library: Library,
        search: Search,
        commune: Callable[[Context], Commune],
        aloud: GuideAudioConversation,
        count: CountStep,
        ask: AskAfterGuide,
        passed: Iterable[AfterQuiz] = (),
        misheard: Misheard | None = None,
    ) -> None:
        self._library = library
        self._search = search
        self._commune = commune
        self._aloud = aloud
        self._count = count
        self._ask = ask
        self._passed = passed
        self._misheard = misheard or NothingMisheard()

    # Finding a guide

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        return [*await self.unfinished(ctx), Button.to(ctx.word("Hướng dẫn"), ListGuides(""))]

    async def unfinished(self, ctx: Context) -> Sequence[Button]:
        """Return a button for the guide that the person has not finished."""
        place = await progress.latest(_account(ctx)) if ctx.private else None
        if place is None or self._library.get(place.guide) is None:
            return []
        return [Button.to(ctx.word("Làm tiếp"), OpenStep(place.guide, place.step))]

    def asks(self, ctx: Context) -> bool:
        """Tell whether a page of a guide is the last thing on the screen."""
        asked = ctx.session.asks if ctx.private else None
        return asked is not None and any(one.code == Stuck.code for one in asked.buttons)

    async def not_this(self, ctx: Context, action: NotThis) -> None:
        """Show the list of guides, and perhaps ask whether the words may be kept to learn from."""
        asked, buttons = await self._misheard.refused(ctx)
        await self.list_areas(ctx, asked, buttons)

    async def list_areas(self, ctx: Context, asked: Text | None = None, more: Sequence[Button] = ()) -> None:
        """Show the areas; `asked` and `more` are a question below and its buttons."""
        counts = [sum(guide.area == area for guide in self._library) for area in AREAS]
        buttons = [
            Button.to(f"{ctx.word(area).capitalize()} ({count})", ListGuides(str(at)))
            for at, (area, count) in enumerate(zip(AREAS, counts, strict=True))
            if count
        ]
        reply = ctx.t("Bác cần hướng dẫn về việc gì? Chọn một mục, hoặc gõ vài chữ, ví dụ “cài vneid”.")
        ctx.reply(
            Text.join("\n\n", [reply, asked] if asked else [reply]),
            [*buttons, *businesses(ctx, self._library), *more, Button.to(ctx.word("Về menu"), OpenMenu())],
        )

    async def list_guides(self, ctx: Context, action: ListGuides) -> None:
        area = AREAS[int(action.area)] if action.area in {str(at) for at in range(len(AREAS))} else None
        guides = [guide for guide in self._library if guide.area == area]
        if not guides:
            await self.list_areas(ctx)
            return
        buttons = [Button.to(self._title(ctx, guide), OpenGuide(guide.slug)) for guide in guides]
        ctx.reply(ctx.t("Mời bác chọn bài:"), [*buttons, Button.to(ctx.word("Mục khác"), ListGuides(""))])

    async def list_for(self, ctx: Context, action: ListFor) -> None:
        audience = audiences.get(action.audience)
        if audience is None:
            await self.list_areas(ctx)
        else:
            self._list_for(ctx, audience, action.area)

    def _list_for(self, ctx: Context, audience: GuideAudience, area: str = "", *, aside: bool = False) -> None:
        reply, buttons = listing(ctx, self._library, audience, area)
        ctx.reply(reply, [*buttons, Button.to(ctx.word("Mục khác"), ListGuides(""))], aside=aside)

    async def find(self, ctx: Context, hand_over: Offer | None = None) -> None:
        """Find a guide; if none matches for sure, add the offer of `hand_over` below the nearest ones."""
        if all(word in _NO_QUESTION for word in fold(ctx.args).split()):
            ctx.reply(ctx.t("Bác gõ “tìm” rồi điều cần hỏi, ví dụ: tìm cài vneid."))
        elif not await self.understand(ctx, ctx.args):
            near = self._nearest(ctx, ctx.args)
            self._misheard.answered(ctx, ctx.args, near, sure=False)
            offer, person = (Text(), []) if hand_over is None else await hand_over(ctx)
            reply = (
                ctx.t("Tôi chưa chắc có bài về việc này. Gần nhất là các bài sau; không phải thì bác xem danh sách.")
                if near
                else ctx.t("Tôi chưa có bài nào về việc này. Bác thử vài chữ khác, hoặc xem danh sách.")
            )
            reply = Text.join("\n\n", [part for part in (reply, offer, in_danger(ctx)) if part])
            ctx.reply(reply, [*near, *person, Button.to(ctx.word("Hướng dẫn"), ListGuides(""))])

    async def understand(self, ctx: Context, words: str) -> bool:
        """Offer the guides that free words name, or those for an audience; for two wishes, one of each."""
        if (audience := audiences.asked_for(words)) is not None:
            self._list_for(ctx, audience, aside=True)
            return True
        sure = self._named(ctx, words, SURE)
        wishes = [
            (sure if wish == words else self._named(ctx, wish, SURE))[:1] for wish in _SEAM.split(words)[:_MOST_WISHES]
        ]
        first = [button for found in wishes for button in found] if all(wishes) else []
        buttons = list(dict.fromkeys([*first, *sure]))[:_MOST_HITS]
        if not buttons:
            return False
        # What else it may be stands below, where there is room.
        may_be = self._named(ctx, words, POSSIBLE) if len(buttons) < _MOST_GUESSES else []
        buttons = list(dict.fromkeys([*buttons, *may_be]))[: max(len(buttons), _MOST_GUESSES)]
        self._misheard.answered(ctx, words, buttons, sure=True)
        ctx.reply(
            ctx.t("Có phải bác cần bài này không?")
            if len(buttons) == 1
            else ctx.t("Có phải bác cần một trong các bài này?"),
            [*buttons, Button.to(ctx.word("Không phải"), NotThis()), *await self.unfinished(ctx)],
            aside=True,
        )
        return True

    async def turn_back(self, ctx: Context, words: str) -> bool:
        """Turn the page for “quay lại”, “đọc lại”, “tiếp” typed without a button that says so."""
        answer = without_courtesy(words)
        if not ctx.private or not turns(words):
            return False
        return await (self.back_one(ctx, words) if answer in _BACK else self.same_page(ctx, words))

    async def same_page(self, ctx: Context, words: str) -> bool:
        """Show the page again on which somebody stands."""
        place = await self._place(ctx)
        if place is not None:
            await self.show(ctx, place.guide, place.step)
        return True

    async def back_one(self, ctx: Context, words: str) -> bool:
        """Show the page before the one on which somebody stands."""
        place = await self._place(ctx)
        if place is not None:
            await self.go_back(ctx, GoBack(place.guide, place.step))
        return True

    async def _place(self, ctx: Context) -> progress.ReadingPosition | None:
        place = await progress.latest(_account(ctx))
        if place is None:
            ctx.reply(
                ctx.t("Bác không có bài nào đang xem dở."),
                [Button.to(ctx.word("Hướng dẫn"), ListGuides("")), Button.to(ctx.word("Về menu"), OpenMenu())],
            )
        return place

    def offer(self, ctx: Context, slug: str) -> Button | None:
        """Return a button that opens a guide, None where this commune has no such guide."""
        guide = self._library.get(slug)
        return None if guide is None else Button.to(self._title(ctx, guide), OpenGuide(slug))

    def _nearest(self, ctx: Context, words: str) -> Sequence[Button]:
        """Return buttons for guides that may be meant although none is sure."""
        return self._named(ctx, words, _NEAR)[:_MOST_GUESSES]

    def _named(self, ctx: Context, words: str, least: float) -> list[Button]:
        hits = [hit for hit in self._search(words) if hit.score >= least]
        return [button for hit in hits if (button := self.offer(ctx, hit.slug)) is not None]

    # Pages

    async def open_link(self, ctx: Context, code: str) -> bool:
        """Open `g_SLUG_STEP` or `g_SLUG`, from a QR code or a group."""
        kind, _, rest = code.partition("_")
        if kind != _LINK or not rest:
            return False
        slug, _, step = rest.partition("_")
        await (self.show(ctx, slug, step) if step else self.open_guide(ctx, OpenGuide(slug)))
        return True

    async def open_guide(self, ctx: Context, action: OpenGuide) -> None:
        """Show the first page, or ask whether to go on from the last page."""
        guide = self._library.get(action.guide)
        if guide is not None:
            self._misheard.chosen(ctx, guide.slug)
        place = await progress.place(_account(ctx), action.guide) if guide is not None and ctx.private else None
        if guide is None or place is None or place.finished or place.step == guide.start:
            await self.show(ctx, action.guide, guide.start if guide is not None else "")
            return
        resolved = resolve(guide, place.step)
        if resolved is None:
            await self.show(ctx, guide.slug, place.step)
            return
        step = pages.localised(guide, resolved.step, ctx.locale, ctx.translate)
        ctx.reply(
            ctx.t(
                "Bác đang xem dở bài “{title}”, ở bước “{step}”.", title=self._title(ctx, guide), step=plain(step.title)
            ),
            [
                Button.to(ctx.word("Làm tiếp"), OpenStep(guide.slug, place.step)),
                Button.to(ctx.word("Làm lại từ đầu"), Restart(guide.slug)),
            ],
            rows=(2,),
        )

    async def open_step(self, ctx: Context, action: OpenStep) -> None:
        await self.show(ctx, action.guide, action.step)

    async def restart(self, ctx: Context, action: Restart) -> None:
        guide = self._library.get(action.guide)
        await self.show(ctx, action.guide, guide.start if guide else "", fresh=True)

    async def resume(self, ctx: Context) -> None:
        place = await progress.latest(_account(ctx)) if ctx.private else None
        if place is None:
            ctx.reply(ctx.t("Bác không có bài nào đang xem dở."))
            await self.list_areas(ctx)
        else:
            await self.show(ctx, place.guide, place.step)

    async def go_back(self, ctx: Context, action: GoBack) -> None:
        guide = self._library.get(action.guide)
        if guide is None:
            await self.show(ctx, action.guide, action.step)
            return
        place = await progress.place(_account(ctx), guide.slug) if ctx.private else None
        trail = place.trail if place is not None else ()
        at = trail.index(action.step) if action.step in trail else 0
        await self.show(ctx, guide.slug, back(guide, action.step, trail[:at]) or guide.start)

    async def show(self, ctx: Context, slug: str, step_id: str, *, fresh: bool = False) -> None:
        """Show the page as it is now; in private remember it as the person's place."""
        guide = self._library.get(slug)
        if guide is None:
            ctx.reply(ctx.t("Bài hướng dẫn này nay không còn nữa. Mời bác xem các bài khác."))
            await self.list_areas(ctx)
            return
        resolved = resolve(guide, step_id)
        step = resolved.step if resolved is not None else guide.steps[guide.start]
        notes: list[Text] = []
        if resolved is None:
            notes.append(
                ctx.t("Bài này vừa được viết lại, bước bác xem không còn nữa. Mong bác thông cảm xem lại từ đầu.")
            )
        if not ctx.private or ctx.stale:
            self.put_page(ctx, guide, step, notes)
            return
        place = await progress.place(_account(ctx), slug)
        trail = () if place is None or place.finished or fresh else place.trail
        if resolved is not None and (resolved.moved or _was_corrected(guide, place)):
            notes.append(ctx.t("Hướng dẫn vừa được cập nhật; dưới đây là bản mới."))
        been = step.id in trail
        trail = (*trail[: trail.index(step.id)], step.id) if been else (*trail, step.id)
        async with ctx.changes():
            await progress.reached(
                _account(ctx), slug, step.id, step.fingerprint, trail, ctx.now, attempt=place.attempt if place else 1
            )
            if not been:
                await self._count(ctx, "reached", slug, step.id)
            self.put_page(ctx, guide, step, notes, trail[:-1])

    def put_page(
        self, ctx: Context, guide: Guide, step: GuideStep, notes: Sequence[Text] = (), trail: Sequence[str] = ()
    ) -> None:
        """Show a page as it is, without remembering anything."""
        reader = PageReader(ctx.locale, ctx.translate, self._commune(ctx).values)
        heard = self._aloud.found(ctx, guide, step) is not None
        made = page(guide, step, reader, trail=trail, notes=notes, heard=heard)
        address = None if ctx.private else ctx.private_link(f"{_LINK}_{guide.slug}_{step.id}")
        if address is not None:
            alone = ctx.word("Mở riêng cho bác") if step.quiz is None else ctx.word("Trả lời riêng")
            text = made.text + Text((Span("\n\n"), Span(alone, link=address)))
            made = replace(made, text=text) if step.quiz is None else _without_choices(made, text, step.quiz)
        ctx.replace(made.text, made.buttons, attachment=made.attachment, expects=made.expects, rows=made.rows)

    # Finished, left

    async def finish(self, ctx: Context, action: Finish) -> None:
        guide = self._library.get(action.guide)
        if guide is None:
            await self.show(ctx, action.guide, action.step)
            return
        buttons = [Button.to(ctx.word("Hướng dẫn khác"), ListGuides("")), Button.to(ctx.word("Về menu"), OpenMenu())]
        done = ctx.t("Bác đã xem xong bài “{title}”. Cần gì nữa bác cứ gõ cho tôi.", title=self._title(ctx, guide))
        if not ctx.private or ctx.stale:
            ctx.replace(done if ctx.private or assess(guide, ()) is None else unheard(ctx), buttons)
            return
        place = await progress.place(_account(ctx), guide.slug)
        attempt = place.attempt if place is not None else 1
        trail = place.trail if place is not None else ()
        if (found := assess(guide, trail)) is not None:
            done = told(ctx, guide, found)
            buttons = [*helping(ctx, self._library, found), *buttons]
        score = await quizzes.score(_account(ctx), guide.slug, guide.quiz_steps, attempt)
        if score is not None:
            done += ctx.t("\n\nCâu đố: bác đúng **{right}/{asked}** câu.", right=score.right, asked=score.asked)
            buttons.insert(0, Button.to(ctx.word("Làm lại câu đố"), RetryQuiz(guide.slug)))
            if score.passed(len(guide.quiz_steps)):
                buttons[:0] = [button for offer in self._passed for button in offer(ctx, guide.slug)]
        step = resolve(guide, action.step)
        at = step.step if step is not None else guide.steps[guide.start]
        async with ctx.changes():
            await progress.reached(
                _account(ctx), guide.slug, at.id, at.fingerprint, trail, ctx.now, attempt=attempt, finished=True
            )
            asked, moods = NOTHING
            if place is None or not place.finished:
                await self._count(ctx, "completed", guide.slug, at.id)
                if score is None and found is None:  # a result is enough for one message
                    asked, moods = await self._ask(ctx)
            ctx.replace(
                Text.join("\n\n", [done, asked] if asked else [done]),
                [*moods, *buttons],
                rows=(len(moods),) if moods else (),
            )

    async def leave(self, ctx: Context, action: Leave) -> None:
        ctx.reply(
            ctx.t("Đã thoát. Bài đang xem vẫn còn; bác gõ “tiếp tục” để xem tiếp."),
            [Button.to(ctx.word("Về menu"), OpenMenu())],
        )

    def _title(self, ctx: Context, guide: Guide) -> str:
        return pages.title(guide, ctx.locale, ctx.translate)


def turns(words: str) -> bool:
    """Return whether words say no more than to turn the page, or to read it again."""
    return without_courtesy(words) in _BACK | _AGAIN | _ON


def build(conversation: GuideConversation, hand_over: Offer | None = None) -> Router:
    router = Router()

    @router.command("huongdan", "hướng dẫn", "bài hướng dẫn", "guide", "guides", *_WORDS)
    async def list_areas(ctx: Context) -> None:
        await conversation.list_areas(ctx)

    @router.command("tim", "tìm", "tìm kiếm", "hỏi", "find", "search", takes_args=True)
    async def find(ctx: Context) -> None:
        await conversation.find(ctx, hand_over)

    router.command("tieptuc", "tiếp tục", "làm tiếp", "xem tiếp", "continue")(conversation.resume)
    router.action(ListGuides)(conversation.list_guides)
    router.action(NotThis)(conversation.not_this)
    router.action(ListFor)(conversation.list_for)
    router.action(OpenGuide)(conversation.open_guide)
    router.action(OpenStep)(conversation.open_step)
    router.action(GoBack)(conversation.go_back)
    router.action(Finish)(conversation.finish)
    router.action(Leave)(conversation.leave)
    router.action(Restart)(conversation.restart)
    return router


def _without_choices(made: Message, text: Text, quiz: StepQuiz) -> Message:
    """Move the choices of a group behind the private link: answers are nobody else's business."""
    fixed = made.buttons[len(quiz.choices) :]
    return replace(made, text=text, buttons=fixed, rows=(len(fixed),), expects="choice")


def _account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


def _was_corrected(guide: Guide, place: progress.ReadingPosition | None) -> bool:
    if place is None or place.finished:
        return False
    seen = resolve(guide, place.step)
    return seen is None or seen.step.fingerprint != place.fingerprint
