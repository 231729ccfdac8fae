"""A guide on paper for those without a smartphone: large type, branches in words, a QR code for who helps them.

On the screen the page also has a text to send to somebody's grandparents, and one to read over the loudspeaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web
from msgspec import Struct

from bot.core.text import Text
from bot.features.audio.script import reading_seconds
from bot.features.guides import pages
from bot.features.guides.markdown import to_text
from bot.features.guides.model import END, STUCK, Guide, GuideStep, Option
from bot.features.loudspeaker.gist import script_to_read
from bot.i18n import SOURCE, msg

from . import styles
from .feed import origin
from .guide_html import Voice, about, call_out, help_box
from .paper import PaperCode
from .shelf import LEAFLET, LIST, Reading, Shelf, office_name
from .templates import render

_THEN = {
    END: msg("Nếu {said} thì dừng ở đây."),
    STUCK: msg("Nếu {said} thì gọi người giúp, số máy ở cuối tờ."),
}


def routes(shelf: Shelf) -> list[web.RouteDef]:
    """Return `/huong-dan/SLUG/to-roi`."""

    async def show(request: web.Request) -> web.StreamResponse:
        guide = shelf.library.get(request.match_info["slug"])
        if guide is None:
            raise web.HTTPFound(LIST)
        return _Leaflet(shelf, request, guide).show()

    return [web.get(f"{LIST}/{{slug}}/{LEAFLET}", show)]


class _PaperStep(Struct, frozen=True):
    """A step on paper. `blocks` are (kind, text), `picture` is (address, alternative text), `code` stands beside it."""

    id: str
    lang: str
    number: int
    heading: Text
    blocks: Sequence[tuple[str, Text]]
    picture: tuple[str, str] | None
    code: PaperCode | None
    ways: Sequence[str]


class _Leaflet(Reading):
    def __init__(self, shelf: Shelf, request: web.Request, guide: Guide) -> None:
        super().__init__(shelf, request)
        self._guide = guide
        self._origin = origin(request, shelf.public_url)
        self._voice = Voice(self.locale, shelf.translate, self.commune)
        # Questions to check oneself are no use on paper without somebody who answers.
        steps = [step for step in guide.steps.values() if step.quiz is None]
        self._numbers = {step.id: number for number, step in enumerate(steps, 1)}
        self._steps = steps

    def show(self) -> web.Response:
        title = self.title(self._guide)
        content = render(
            "leaflet.html",
            word=self.word,
            back=self.to(self._guide.slug),
            office=office_name(self.commune),
            title=title,
            lang=self._voice.lang(self._guide.title, title),
            about=about(self._guide, self._voice),
            code=PaperCode(self._link(), self.word("Quét mã này để làm từng bước trên điện thoại")),
            steps=[self._step(step) for step in self._steps],
            untried=self._untried(),
            box=help_box(self._voice),
            grandparents=self._to_grandparents(title),
            aloud=self._over_the_loudspeaker(),
        )
        return self.page(title, content, style=styles.LEAFLET)

    # On paper

    def _untried(self) -> Text | None:
        """Say once that nobody tried the guide: paper has no room to say it at each screen."""
        if self._guide.archival or self._guide.verified is not None:
            return None
        return Text.join(" ", [self.t("Bài này chưa kiểm tra trên máy thật."), self.t(pages.ON_PAGE)])

    def _step(self, source: GuideStep) -> _PaperStep:
        """Return a step with a code that leads to the same step beside its picture, which is small on paper."""
        step = pages.localised(self._guide, source, self.locale, self.shelf.translate)
        picture = step.picture
        return _PaperStep(
            step.id,
            self._voice.lang(source, step),
            self._numbers[step.id],
            to_text(step.title, self.commune.values),
            [call_out(block, self._voice) for block in step.blocks],
            None if picture is None else (f"/media/guides/{quote(picture.file)}", picture.alt),
            None if picture is None else PaperCode(self._link(step.id), self.word("Xem hình")),
            self._ways(step),
        )

    def _ways(self, step: GuideStep) -> Sequence[str]:
        """Return every branch as a sentence; the way on only if the next step does not follow below."""
        ways = self._branches(step.options)
        if ways:
            return ways
        ends = step.options or step.next == END or step.next not in self._numbers
        if ends:
            return [self.word("Đến đây là xong.")]
        if self._numbers[step.next] == self._numbers[step.id] + 1:
            return ()
        return [self.t("Làm tiếp mục {number}.", number=self._numbers[step.next]).plain]

    def _branches(self, options: Sequence[Option]) -> list[str]:
        """Return one sentence for all answers that lead to one place.

        Quizzes are left out; if every answer ends the guide, there is no branch.
        """
        answers: dict[str, list[str]] = {}
        for option in options:
            if option.other or option.target in (END, STUCK) or option.target in self._numbers:
                answers.setdefault(option.target, []).append(f"“{option.label.rstrip('.')}”")
        if set(answers) <= {END}:
            return []
        other = self.word("hoặc")
        return [self._then(target, f" {other} ".join(labels)) for target, labels in answers.items()]

    def _then(self, target: str, answer: str) -> str:
        if target in _THEN:
            return self.t(_THEN[target], said=answer).plain
        if target in self._numbers:
            return self.t("Nếu {said} thì làm mục {number}.", said=answer, number=self._numbers[target]).plain
        guide = self.shelf.library.get(target.partition("#")[0])
        title = "" if guide is None else self.title(guide)
        return self.t("Nếu {said} thì xem tờ “{title}”.", said=answer, title=title).plain

    # Only on the screen

    def _to_grandparents(self, title: str) -> tuple[str, ...]:
        told = self.t(
            "Ông bà ơi, cháu gửi bài “{title}”.\nÔng bà bấm vào đây, làm từng bước một:\n{link}\n"
            "Chưa hiểu chỗ nào thì gọi cháu. Không đọc mã OTP cho ai.",
            title=title,
            link=self._link(),
        ).plain
        hint = self.word("Chép đoạn này gửi cho ông bà, hoặc cho ông bà quét mã ở đầu trang.")
        return self.word("Gửi cho ông bà"), hint, told

    def _over_the_loudspeaker(self) -> tuple[str, ...]:
        text = script_to_read(self._guide, self.commune)
        hint = self.t("Đọc chậm mất khoảng {seconds} giây.", seconds=reading_seconds(text)).plain
        return self.word("Bài đọc loa"), hint, text, SOURCE

    def _link(self, step: str = "") -> str:
        """Return the address where the reader's own telephone goes on: a messenger, else web chat, else the page."""
        code = "_".join(filter(None, ("g", self._guide.slug, step)))
        messenger = next(iter(self.shelf.links(code)), None)
        if messenger is not None:
            return messenger
        chat = self.shelf.chat
        return self._origin + (self.address(chat, start=code) if chat else self.to(self._guide.slug, step))
