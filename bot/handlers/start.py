"""First contact, menu, help, language, letters, and what to say when nothing else fits."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import BotLeft, FileSent, OtherSent, PhotoSent, Said, VoiceSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.spoken import without_courtesy
from bot.core.text import Text
from bot.features.commune import Commune

from .typed import says

MET = "met"
# Not commands: whoever is asked for words may answer just this.
_ENOUGH = frozenset(
    {"thoi khoi", "khong lam nua", "thoi khong lam nua", "de sau", "thoi de sau", "khong can nua", "thoi khong can nua"}
    | {"khong bao nua", "thoi khong bao nua", "khong xem nua", "thoi khong xem nua", "bo qua", "thoi bo qua"}
)
_LATER = re.compile(
    r"(?:thoi )?(?:(?:de|toi|ba|ong|bac|chi|em|chau) )*(?:tu lam|(?:mai|toi|lat|chut|lat nua|chieu|sang|"
    r"hom khac|khi khac|"
    r"luc khac)(?: (?:toi|ba|ong|bac|chi|em|chau|roi|hay|nua))* lam)(?: (?:duoc|cung duoc|vay|sau|nua|roi))*"
)
"""“Thôi bà tự làm”, “để tối chị làm”."""
_LARGER = frozenset({"chu to len", "cho chu to len", "chu be qua", "chu nho qua", "phong to chu", "chu to hon"})
_USUAL = frozenset({"chu thuong", "chu nho lai", "chu be lai", "chu to qua", "thu nho chu"})
_GREETING = 3
"""So many words after a greeting may still be part of it: “chào xã nhé”; more ask for something."""


class OpenMenu(Action, code="m"):
    pass


class SetLanguage(Action, code="l"):
    locale: str


class SetLarge(Action, code="lg"):
    large: bool


MenuItems = Callable[[Context], Awaitable[Sequence[Button]]]
OpenLink = Callable[[Context, str], Awaitable[bool]]
Understand = Callable[[Context, str], Awaitable[bool]]
Resume = Callable[[Context, str, str], Awaitable[None]]
Again = Callable[[Context, str], Awaitable[None]]
Note = Callable[[Context], Awaitable[bool]]
Nearest = Callable[[Context, str], Sequence[Button]]
AtMenu = Callable[[Context], Awaitable[Text]]
SetLanguageOfGroup = Callable[[Context, str], Awaitable[None]]
HandOver = Callable[[Context], Awaitable[tuple[Text, Sequence[Button]]]]


class Home(Protocol):
    """What the first contact has to know about the person's commune; see bot.handlers.home."""

    resume: Resume | None

    def communes_named(self, ctx: Context) -> str: ...

    def ask_at_first(self, ctx: Context) -> bool: ...


def build(
    *,
    commune: Callable[[Context], Commune],
    languages: Mapping[str, str],
    menu_items: Sequence[MenuItems],
    links: Sequence[OpenLink],
    understand: Sequence[Understand],
    home: Home | None = None,
    again: Again | None = None,
    after_help: Sequence[Note] = (),
    unfinished: MenuItems | None = None,
    nearest: Nearest | None = None,
    hand_over: HandOver | None = None,
    outstanding: Sequence[HandOver] = (),
    at_menu: AtMenu | None = None,
    drops: Note | None = None,
    ask_which: Note | None = None,
    of_group: SetLanguageOfGroup | None = None,
    take_photo: Note | None = None,
    of_photo: HandOver | None = None,
) -> Router:
    """`menu_items` add buttons to the menu, `links` open what `/start CODE` names, `understand` reads free words.

    The last two answer whether they took the matter. `home` asks a newcomer for the commune where there are several,
    and `again` answers what they had said before that; `after_help` may add a question of its own to the help;
    `unfinished` are buttons for what waits to be gone on with. Where nothing was understood, `nearest` shows what may
    be meant and `hand_over` offers a person. `outstanding` is what goes on although somebody said that they stop;
    `at_menu` ends what the menu ends, and says what waits all the same; `drops` ends what has to be ended in the
    database, and says so; `ask_which` asks whoever says “dừng lại” in the middle of nothing whether something else is
    meant. `of_group` sets and tells the language of a group, which is everybody's there; `take_photo`
    may have a use for a photo or a file that nobody asked for, `of_photo` says where it may have been meant to go.
    """
    router = Router()

    @router.intercept
    async def introduce(ctx: Context) -> bool:
        """At the first contact in private: who runs this, that a machine answers, what is kept, how to stop."""
        if ctx.private and MET not in ctx.session.facts and not isinstance(ctx.event, BotLeft):
            ctx.session.facts[MET] = "1"
            ctx.reply(_introduction(ctx, commune(ctx).full_name if home is None else home.communes_named(ctx)))
            return home is not None and home.ask_at_first(ctx)
        return False

    @router.command("start", "bắt đầu", "chào", "xin chào", "hello", "alo", takes_args=True)
    async def start(ctx: Context) -> None:
        """The menu, or what a link names; a greeting may begin a question."""
        words = ctx.args.strip()
        if isinstance(ctx.event, Said) and words:
            if await opened(ctx, words) or await understood(ctx, words):
                return
            if len(words.split()) > _GREETING:
                await say_unclear(ctx, words)
                return
        await open_or_menu(ctx, words)

    @router.command(
        "menu",
        "thực đơn",
        "trang chính",
        "trang chủ",
        "về đầu",
        "về menu",
        "quay lại menu",
        "về trang chủ",
        "trở lại đầu",
        "quay lại đầu",
        "quay lại từ đầu",
        "về trang đầu",
        "làm việc khác",
        "việc khác",
    )
    async def menu(ctx: Context) -> None:
        await show_menu(ctx)

    @router.action(OpenMenu)
    async def open_menu(ctx: Context, action: OpenMenu) -> None:
        await show_menu(ctx)

    @router.command("trogiup", "trợ giúp", "giúp", "giúp tôi", "help")
    async def help_text(ctx: Context) -> None:
        offered = [] if hand_over is None or not ctx.private else (await hand_over(ctx))[1]
        ctx.reply(_help(ctx, commune(ctx)), [*offered, Button.to(ctx.word("Về menu"), OpenMenu())])
        for note in after_help:
            await note(ctx)

    @router.command("huy", "hủy", "thôi", "bỏ", "thoát", "thoát ra", "cancel", yields=True)
    async def cancel(ctx: Context) -> None:
        if drops is None or not await drops(ctx):
            await give_up(ctx)

    @router.command("dunglai", "dừng lại", yields=True)
    async def stop_here(ctx: Context) -> None:
        if drops is not None and await drops(ctx):
            return
        if ctx.flow is not None or ask_which is None or not await ask_which(ctx):
            await give_up(ctx)

    async def give_up(ctx: Context) -> None:
        # What is only shown, a list or a preview, stops by itself: there is nothing to claim about it.
        said = ctx.t("Được, tôi dừng ở đây.") if ctx.flow is None else ctx.t("Đã dừng việc đang làm.")
        ctx.stop()
        left = [] if unfinished is None else await unfinished(ctx)
        if left:
            still = ctx.t("Bài hướng dẫn bác đang xem vẫn còn, gõ “tiếp tục” để xem tiếp.")
            said = Text.join(" ", [said, still])
        still_there = [await each(ctx) for each in outstanding]
        own = [button for _, buttons in still_there for button in buttons]
        waits = Text() if at_menu is None else await at_menu(ctx)
        said = Text.join("\n", [part for part in (said, *(words for words, _ in still_there), waits) if part])
        ctx.reply(said, [*own, *left, Button.to(ctx.word("Về menu"), OpenMenu())])

    @router.command("ngonngu", "ngôn ngữ", "tiếng", "language")
    async def choose_language(ctx: Context) -> None:
        buttons = [Button.to(name, SetLanguage(code)) for code, name in languages.items()]
        ctx.reply(ctx.t("Bác muốn đọc bằng tiếng nào?"), buttons)

    # Whoever cannot read the menu says the language.
    @router.command("tiengviet", "tiếng việt", "nói tiếng việt", "đổi sang tiếng việt", "tiếng kinh", "vietnamese")
    async def vietnamese(ctx: Context) -> None:
        await set_language(ctx, SetLanguage("vi"))

    @router.command("tienganh", "tiếng anh", "nói tiếng anh", "english")
    async def english(ctx: Context) -> None:
        await set_language(ctx, SetLanguage("en"))

    @router.action(SetLanguage)
    async def set_language(ctx: Context, action: SetLanguage) -> None:
        if action.locale in languages:
            if not ctx.private and of_group is not None:
                await of_group(ctx, action.locale)
                return
            ctx.session.locale = ctx.locale = action.locale
            ctx.reply(ctx.t("Từ nay tôi nói tiếng Việt với bác."))
        await show_menu(ctx)

    @router.command("chulon", "chữ lớn", "chữ to", "cỡ chữ", "large text")
    async def larger(ctx: Context) -> None:
        await set_large(ctx, SetLarge(not ctx.session.large))

    @router.action(SetLarge)
    async def set_large(ctx: Context, action: SetLarge) -> None:
        ctx.session.large = action.large
        back = Button.to(ctx.word("Chữ thường") if action.large else ctx.word("Chữ lớn"), SetLarge(not action.large))
        if not action.large:
            said = ctx.t("Đã về cỡ chữ thường.")
        elif ctx.capabilities.large_text:
            said = ctx.t("Đã đổi sang chữ lớn.")
        else:
            said = ctx.t(
                "Từ nay tôi gửi mỗi câu một tin cho dễ đọc. Cỡ chữ thì bác chỉnh trong cài đặt của điện thoại."
            )
        ctx.reply(said, [back, Button.to(ctx.word("Về menu"), OpenMenu())])

    @router.otherwise
    async def otherwise(ctx: Context) -> None:
        event = ctx.event
        if isinstance(event, Said):
            if await understood(ctx, event.text):
                return
            await say_unclear(ctx, event.text)
            return
        if isinstance(event, PhotoSent | FileSent) and take_photo is not None and await take_photo(ctx):
            return
        if isinstance(event, VoiceSent):
            said = ctx.t("Tôi chưa nghe được lời nói. Bác gõ vài chữ giúp tôi, hoặc chọn một việc dưới đây.")
        elif isinstance(event, PhotoSent | FileSent):
            said = ctx.t("Tôi không xem được ảnh, tệp, nên không lưu lại. Bác gõ vài chữ cho biết bác cần hỏi điều gì.")
            hint, first = (Text(), []) if of_photo is None else await of_photo(ctx)
            if hint:
                ctx.reply(Text.join("\n", [said, hint]), [*first, *await items(ctx)], aside=True)
                return
        elif isinstance(event, OtherSent):
            said = ctx.t("Tôi chỉ đọc được chữ. Bác chọn một việc dưới đây nhé.")
        else:
            said = ctx.t("Tôi không có lệnh này. Bác chọn một việc dưới đây nhé.")
        ctx.reply(said, await items(ctx), aside=True)

    @router.lost
    async def lost(ctx: Context) -> None:
        ctx.reply(ctx.t("Nút này không còn dùng được. Bác chọn một việc dưới đây nhé."), await items(ctx))

    async def say_unclear(ctx: Context, words: str) -> None:
        """What may be meant, and a person to ask."""
        near = [] if nearest is None else nearest(ctx, words)
        offer, buttons = (Text(), []) if hand_over is None else await hand_over(ctx)
        said = (
            ctx.t("Tôi chưa hiểu rõ ý bác. Có thể bác cần bài dưới đây; không phải thì bác gõ lại bằng chữ khác.")
            if near
            else ctx.t(
                "Tôi chưa hiểu ý bác, hoặc chưa có bài về việc này. "
                "Bác chọn một việc dưới đây, hoặc gõ điều cần hỏi bằng vài chữ."
            )
        )
        whom = whom_to_meet(ctx, commune(ctx)) if ctx.private else Text()
        said = Text.join("\n\n", [part for part in (said, whom, offer) if part])
        left = [] if unfinished is None else await unfinished(ctx)
        # The whole menu below would push the answer off a small screen.
        ctx.reply(said, [*near, *left, *buttons, Button.to(ctx.word("Về menu"), OpenMenu())], aside=True)

    async def show_menu(ctx: Context) -> None:
        waits = Text() if at_menu is None else await at_menu(ctx)
        if not waits and ctx.flow is not None:
            waits = ctx.t("Việc bác đang làm dở vẫn còn: bác gõ tiếp, hoặc gõ “hủy” để thôi.")
        said = ctx.t("Bác cần việc gì?")
        ctx.reply(Text.join("\n", [waits, said] if waits else [said]), await items(ctx))

    async def items(ctx: Context) -> list[Button]:
        return [button for add in menu_items for button in await add(ctx)]

    async def open_or_menu(ctx: Context, code: str) -> None:
        if not code or not await opened(ctx, code):
            await show_menu(ctx)

    async def opened(ctx: Context, code: str) -> bool:
        for link in links:
            if await link(ctx, code):
                return True
        return False

    async def understood(ctx: Context, words: str) -> bool:
        plain = without_courtesy(words)
        if plain in _ENOUGH or says(_LATER, words):
            await cancel(ctx)
            return True
        if plain in _LARGER | _USUAL:
            await set_large(ctx, SetLarge(plain in _LARGER))
            return True
        for reads in understand:
            if await reads(ctx, words):
                return True
        return False

    async def resume(ctx: Context, link: str, words: str) -> None:
        """Words are answered whatever they are; after a link they may be talk, and the link is opened then."""
        if words and not link and again is not None:
            await again(ctx, words)
        elif not words or not await understood(ctx, words):
            await open_or_menu(ctx, link)

    if home is not None:
        home.resume = resume
    return router


async def settings_items(ctx: Context) -> Sequence[Button]:
    """The last buttons of the menu."""
    return [
        Button.to(ctx.word("Chữ thường") if ctx.session.large else ctx.word("Chữ lớn"), SetLarge(not ctx.session.large))
    ]


def _introduction(ctx: Context, commune: str) -> Text:
    return ctx.t(
        "Kính chào bác. Đây là **máy trả lời tự động** của Ủy ban nhân dân {commune}.\n"
        "Tôi chỉ giữ cuộc trò chuyện này, ngôn ngữ, cỡ chữ và chỗ bác đang xem, trong 90 ngày. "
        "Xem hướng dẫn không cần khai tên hay số điện thoại.\n"
        "Bác gõ “trợ giúp” khi cần người giúp, “dừng” để không nhận tin nữa, “dữ liệu của tôi” để xem và xóa.",
        commune=commune,
    )


def _help(ctx: Context, commune: Commune) -> Text:
    lines = [
        ctx.t("Bác gõ một trong các chữ sau, có dấu hay không dấu đều được:"),
        ctx.t(
            "• **menu**: các việc tôi làm được\n• **hướng dẫn**: danh sách bài hướng dẫn\n"
            "• **tìm** và điều cần hỏi, ví dụ “tìm cài vneid”\n• **tiếp tục**: xem tiếp bài đang dở\n"
            "• **thông báo**: tin của xã\n• **danh bạ**: số điện thoại và kênh của xã\n"
            "• **sản phẩm**: hàng của bà con, và đăng hàng nhà mình\n"
            "• **câu hỏi mỗi ngày**: mỗi ngày tôi hỏi một câu ngắn\n"
            "• **chữ lớn**, **ngôn ngữ**, **hủy**"
        ),
    ]
    whom = whom_to_meet(ctx, commune)
    return Text.join("\n\n", [*lines, whom] if whom else lines)


def whom_to_meet(ctx: Context, commune: Commune) -> Text:
    """The commune's centre, where its number is known."""
    if not commune.phone:
        return Text()
    return ctx.t(
        "Cần gặp người: {centre} {commune}, điện thoại {phone}, {hours}.",
        centre=commune.centre,
        commune=commune.full_name,
        phone=commune.phone,
        hours=commune.hours or ctx.word("giờ hành chính"),
    )
