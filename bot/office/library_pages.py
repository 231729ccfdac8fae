"""The guides as pages that anybody can read, search and print without a script and without an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.core.context import Translate
from bot.core.text import Text
from bot.features.commune import Commune
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.features.guides.markdown import to_text
from bot.features.guides.model import AREAS, END, STUCK, Block, Guide, Option, Picture, Quiz, Step
from bot.features.search import MAX_CHARACTERS, Index
from bot.i18n import SOURCE, msg, short_date

from .html import Frame, Html, e, join, link, page, styled

LIST = "/huong-dan"
HELP = "_nho-giup"
"""Id of the part that says whom to call."""
_CALLOUTS = {"tip": msg("**Mẹo:** {words}"), "warning": msg("⚠️ **Chú ý:** {words}")}


@dataclass(frozen=True)
class Shelf:
    """What the pages show. `languages` by code; `chat` is the address of the web chat, None where there is none.

    `origins` are the sites that may show these pages inside their own.
    """

    library: Library
    index: Index
    commune: Callable[[], Commune]
    translate: Translate
    languages: Mapping[str, str]
    chat: str | None
    origins: tuple[str, ...] = ()


def mount(app: web.Application, shelf: Shelf, *, home: bool) -> None:
    """Add `/huong-dan` and `/huong-dan/SLUG`, and with `home` the list at `/` too."""

    async def show_list(request: web.Request) -> web.StreamResponse:
        return _Reading(shelf, request).list()

    async def show_guide(request: web.Request) -> web.StreamResponse:
        return _Reading(shelf, request).guide(request.match_info["slug"])

    app.router.add_get(LIST, show_list)
    app.router.add_get(f"{LIST}/{{slug}}", show_guide)
    if home:
        app.router.add_get("/", show_list)


class _Reading:
    """One page for one reader."""

    def __init__(self, shelf: Shelf, request: web.Request) -> None:
        self._shelf = shelf
        self._commune = shelf.commune()
        self._path = request.path
        self._query = " ".join(request.query.get("q", "")[:MAX_CHARACTERS].split())
        wanted = request.query.get("lang", SOURCE)
        self._locale = wanted if wanted in shelf.languages else SOURCE

    # Pages

    def list(self) -> web.Response:
        """All guides by area, or those that fit the query."""
        title = self.t("Hướng dẫn của {commune}", commune=self._commune.full_name).plain
        chat = self._shelf.chat
        invitation, ask = self.word("Mời bà con chọn bài để đọc hoặc in ra giấy."), self.word("Hỏi máy trả lời của xã")
        button = f"<p>{link(self._address(chat), ask, 'button')}</p>" if chat else ""
        found = self._found() if self._query else self._areas()
        content = join(f"<h1>{e(title)}</h1><p>{e(invitation)}</p>", button, self._search(), found)
        return self._page(title, content)

    def guide(self, slug: str) -> web.Response:
        guide = self._shelf.library.get(slug)
        if guide is None:
            sorry = self.word("Không có bài hướng dẫn này.")
            return self._page(sorry, join(f"<h1>{e(sorry)}</h1>", self._search(), self._areas()), status=404)
        title = self._title(guide)
        steps = [pages.localised(guide, step, self._locale, self._shelf.translate) for step in guide.steps.values()]
        parts = [self._step(guide, step, steps[at + 1 : at + 2]) for at, step in enumerate(steps)]
        content = join(
            f"<h1{self._lang(guide.title, title)}>{e(title)}</h1>",
            self._about(guide),
            *parts,
            self._help(),
            self._back(),
        )
        return self._page(title, content)

    def _page(self, title: str, content: Html, *, status: int = 200) -> web.Response:
        name = self._commune.full_name
        languages = tuple(
            (label, code, self._address(self._path, lang=code))
            for code, label in self._shelf.languages.items()
            if code != self._locale
        )
        frame = Frame(
            self._locale,
            name[0].upper() + name[1:],
            self._address(LIST),
            self.word("Đến nội dung chính"),
            languages,
            self._shelf.origins,
        )
        return page(frame, title, content, status=status)

    # The list

    def _search(self) -> Html:
        language = "" if self._locale == SOURCE else f'<input type="hidden" name="lang" value="{e(self._locale)}">'
        label, button = self.word("Tìm bài, có dấu hay không dấu đều được"), self.word("Tìm")
        return Html(
            f'<form action="{LIST}" role="search">{language}<label for="_tim">{e(label)}</label>'
            f'<input type="search" id="_tim" name="q" value="{e(self._query)}" maxlength="{MAX_CHARACTERS}">'
            f"<button>{e(button)}</button></form>"
        )

    def _found(self) -> Html:
        hits = self._shelf.index.find(self._query)
        guides = [guide for hit in hits if (guide := self._shelf.library.get(hit.slug)) is not None]
        if not guides:
            sorry = self.word("Chưa có bài nào về việc này. Mời bà con thử vài chữ khác, hoặc chọn trong danh sách.")
            return join(f"<p>{e(sorry)}</p>", self._areas())
        heading = self.t("Bài về “{query}”", query=self._query).plain
        return join(f'<section class="box"><h2>{e(heading)}</h2>', self._links(guides), "</section>", self._back())

    def _areas(self) -> Html:
        return join(
            *(
                f'<section class="box"><h2>{e(self.word(area).capitalize())}</h2>{self._links(guides)}</section>'
                for area in AREAS
                if (guides := [guide for guide in self._shelf.library if guide.area == area])
            )
        )

    def _links(self, guides: Sequence[Guide]) -> Html:
        entries = (
            f"<li{self._lang(guide.title, self._title(guide))}>{link(self._to(guide.slug), self._title(guide))}</li>"
            for guide in guides
        )
        return join('<ul class="list">', *entries, "</ul>")

    # A guide

    def _about(self, guide: Guide) -> Html:
        facts = [self.t("Mất khoảng {minutes} phút.", minutes=guide.minutes)]
        if guide.archival:
            facts.append(self.t("Đây là bản lưu để tham khảo, việc này nay đã thay đổi."))
        elif guide.verified is None:
            facts.append(self.t("Bài này **chưa kiểm tra** trên máy thật; tên nút có thể khác trên máy của bà con."))
        else:
            day = short_date(guide.verified, self._locale)
            facts.append(self.t("Đã làm thử trên máy thật ngày {day}.", day=day))
        chat = self._shelf.chat
        ask = self.word("Hỏi máy trả lời từng bước")
        button = (
            f'<p class="screen">{link(self._address(chat, start=f"g_{guide.slug}"), ask, "button")}</p>' if chat else ""
        )
        return join(f'<p class="note">{styled(Text.join(" ", facts))}</p>', button)

    def _step(self, guide: Guide, step: Step, after: Sequence[Step]) -> Html:
        blocks = (self._block(block) for block in step.blocks)
        ways = self._quiz(step, step.quiz) if step.quiz is not None else self._ways(guide, step, after)
        picture = self._picture(step.picture) if step.picture is not None else ""
        number = _on_paper(f"{_number(guide, step.id)}. ")
        language = self._lang(guide.steps[step.id], step)
        heading = styled(to_text(step.title, self._commune.values))
        return join(
            f'<section class="step" id="{e(step.id)}"{language}><h2>{number}{heading}</h2>',
            *blocks,
            picture,
            ways,
            "</section>",
        )

    def _block(self, block: Block) -> Html:
        words = to_text(block.text, self._commune.values)
        if block.kind == "text":
            return join("<p>", styled(words), "</p>")
        return join(f'<p class="{block.kind}">', styled(self.t(_CALLOUTS[block.kind], words=words)), "</p>")

    def _picture(self, picture: Picture) -> Html:
        return Html(f'<img src="/media/guides/{e(quote(picture.file))}" alt="{e(picture.alt)}" loading="lazy">')

    def _quiz(self, step: Step, quiz: Quiz) -> Html:
        choices = "".join(f"<li>{e(choice)}</li>" for choice in quiz.choices)
        answer = self.t("Câu đúng: **{choice}**", choice=quiz.choices[quiz.answer])
        show = self.word("Xem câu trả lời")
        told = join("<p>", styled(answer), f"<br>{e(quiz.explanation)}</p>")
        return Html(
            f'<ul class="choices">{choices}</ul><details><summary>{e(show)}</summary>{told}'
            f'</details><div class="paper">{told}</div>'
        )

    def _ways(self, guide: Guide, step: Step, after: Sequence[Step]) -> Html:
        """Options as links; the only way on is told where the next step does not simply follow below."""
        if step.options:
            ways = [self._option(guide, option) for option in step.options]
        elif step.next == END:
            ways = [self._end(self.word("Đến đây là xong."))]
        elif not after or step.next != after[0].id:
            target = pages.localised(guide, guide.steps[step.next], self._locale, self._shelf.translate)
            words = self.t("Làm tiếp: {step}", step=to_text(target.title, self._commune.values)).plain
            ways = [self._jump(guide, target.id, words)]
        else:
            return Html("")
        return join('<ul class="ways">', *(f"<li>{way}</li>" for way in ways), "</ul>")

    def _option(self, guide: Guide, option: Option) -> Html:
        if option.target == END:
            return self._end(option.label)
        if option.target == STUCK:
            return link(f"#{HELP}", option.label)
        if option.other:
            slug, _, step = option.target.partition("#")
            return link(self._to(slug) + (f"#{step}" if step else ""), option.label)
        return self._jump(guide, option.target, option.label)

    def _jump(self, guide: Guide, step: str, label: str) -> Html:
        """A link within the page; paper tells the number instead."""
        where = self.t(" (mục {number})", number=_number(guide, step)).plain
        return Html(f'<a href="#{e(step)}">{e(label)}{_on_paper(where)}</a>')

    def _end(self, label: str) -> Html:
        return Html(f"<span>{e(label)}</span>")

    def _help(self) -> Html:
        commune = self._commune
        where = f"{commune.centre} {commune.full_name}"
        told = (
            self.t(
                "Bà con gọi **{phone}** ({hours}), hoặc ra {where}.",
                phone=commune.phone,
                hours=commune.hours or self.word("giờ hành chính"),
                where=where,
            )
            if commune.phone
            else self.t("Bà con ra {where} nhờ giúp.", where=where)
        )
        heading = self.word("Chưa làm được thì hỏi ai?")
        secret = self.word("Không đọc mã OTP, mật khẩu cho ai, kể cả người xưng là cán bộ.")
        return join(
            f'<section class="box" id="{HELP}"><h2>{e(heading)}</h2><p>',
            styled(told),
            f'</p><p class="warning">{e(secret)}</p></section>',
        )

    def _back(self) -> Html:
        label = self.word("Xem tất cả các bài")
        return Html(f'<p class="screen">{link(self._address(LIST), label)}</p>')

    # Words and addresses

    def _title(self, guide: Guide) -> str:
        return pages.title(guide, self._locale, self._shelf.translate)

    def _lang(self, source: str | Step, shown: str | Step) -> str:
        """Marks what has no translation, so that a screen reader speaks it as Vietnamese."""
        return f' lang="{SOURCE}"' if self._locale != SOURCE and shown == source else ""

    def word(self, message: str) -> str:
        return self._shelf.translate(self._locale, message)

    def t(self, message: str, **values: Text | str | int) -> Text:
        return Text.of(self.word(message), **values)

    def _to(self, slug: str) -> str:
        return self._address(f"{LIST}/{slug}")

    def _address(self, path: str, *, start: str = "", lang: str = "") -> str:
        language = lang or self._locale
        query = {"start": start} if start else {}
        query |= {"lang": language} if language != SOURCE and path != self._shelf.chat else {}
        return f"{path}?{urlencode(query)}" if query else path


def _number(guide: Guide, step: str) -> int:
    return list(guide.steps).index(step) + 1


def _on_paper(words: str) -> Html:
    return Html(f'<span class="paper">{e(words)}</span>')
