"""A guide on paper for those without a smartphone: large type, branches in words, a QR code for who helps them.

On the screen the page also has a text to send to somebody's grandparents, and one to read over the loudspeaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web

from bot.core.text import Text
from bot.features.audio.script import reading_seconds
from bot.features.guides import pages
from bot.features.guides.markdown import to_text
from bot.features.guides.model import END, STUCK, Guide, GuideStep, Option, Picture
from bot.features.loudspeaker.gist import script_to_read
from bot.i18n import SOURCE, msg

from .feed import origin
from .guide_html import Voice, about, call_out, help_box
from .html import Html, e, join, link, styled
from .paper import STYLE as PAPER
from .paper import qr_code, to_copy
from .shelf import LEAFLET, LIST, Reading, Shelf, office_name

_STYLE = (
    PAPER
    + """
.lead { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: space-between; align-items: flex-start; }
.lead > div { flex: 1 1 16rem; }
.sheet { list-style: none; margin: 0; padding: 0; }
.sheet > li { padding: .8rem 0; border-top: 1px solid #999; }
.sheet h2 { margin: 0 0 .2rem; }
.if { margin: .3rem 0; padding: 0; list-style: none; }
.if li { padding-left: 1.2em; text-indent: -1.2em; }
.if li::before { content: "→ "; }
.seen { display: flex; gap: .6rem; align-items: center; }
.seen img { min-width: 0; flex: 1 1 60%; margin: 0; }
.seen .qr { flex: 0 1 7rem; font-size: .85rem; }
@media print {
  :root { font-size: 14pt; }
  body { line-height: 1.22; }
  .lead { flex-wrap: nowrap; gap: 6mm; border-bottom: 2pt solid #000; padding-bottom: 2mm; margin-bottom: 1mm; }
  .lead h1 { font-size: 22pt; line-height: 1.15; margin: 1mm 0 2mm; }
  .lead .note { padding: 0; border: 0; background: none; margin: 0; }
  .lead .qr { width: 37mm; flex: none; }
  .sheet { columns: 2; column-gap: 7mm; column-rule: .5pt solid #999; }
  .sheet > li { padding: 1.2mm 0; break-inside: avoid; border-top: .5pt solid #999; }
  .sheet > li:first-child { border-top: 0; }
  .sheet h2 { font-size: 15pt; line-height: 1.2; margin: 0 0 .5mm; }
  .sheet p, .if { margin: 0 0 .8mm; }
  .tip { border: 0; padding: 0; background: none; }
  .warning { border: 1.5pt solid #000; border-radius: 2mm; background: none; padding: .6mm 1.5mm;
    margin-right: .5mm; }
  .seen img { max-height: 34mm; max-width: 55mm; object-fit: contain; flex: 0 1 auto; }
  .seen .qr { flex: 0 0 24mm; }
  .box { border: 2pt solid #000; border-radius: 2mm; padding: 2mm 3mm; margin: 3mm 0 0; break-inside: avoid; }
  .box h2 { font-size: 15pt; margin: 0 0 1mm; }
  .box p { margin: 0 0 1mm; } .box .warning { border: 0; padding: 0; margin: 0; font-weight: 700; }
}
"""
)

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
        back = link(self.to(self._guide.slug), self.word("Xem bài này trên màn hình"))
        hint = self.word("Để in: bấm Ctrl và P, hoặc chọn “In” trong trình duyệt, khổ giấy A4.")
        content = join(
            f'<p class="screen note">{e(hint)}<br>{back}</p>',
            self._lead(title),
            '<ol class="sheet">',
            *(self._step(step) for step in self._steps),
            "</ol>",
            self._untried(),
            help_box(self._voice),
            self._to_grandparents(title),
            self._over_the_loudspeaker(),
        )
        return self.page(title, content, style=_STYLE)

    # On paper

    def _lead(self, title: str) -> Html:
        scan = self.word("Quét mã này để làm từng bước trên điện thoại")
        return join(
            f'<div class="lead"><div><p class="office">{e(office_name(self.commune))}</p>',
            f"<h1{self._voice.lang(self._guide.title, title)}>{e(title)}</h1>",
            f'<p class="note">{styled(about(self._guide, self._voice))}</p></div>',
            qr_code(self._link(), scan),
            "</div>",
        )

    def _untried(self) -> Html:
        """Say once that nobody tried the guide: paper has no room to say it at each screen."""
        if self._guide.archival or self._guide.verified is not None:
            return Html("")
        replies = [self.t("Bài này chưa kiểm tra trên máy thật."), self.t(pages.ON_PAGE)]
        return join('<p class="note">', styled(Text.join(" ", replies)), "</p>")

    def _step(self, source: GuideStep) -> Html:
        step = pages.localised(self._guide, source, self.locale, self.shelf.translate)
        heading = styled(to_text(step.title, self.commune.values))
        return join(
            f'<li id="{e(step.id)}"{self._voice.lang(source, step)}><h2>{self._numbers[step.id]}. {heading}</h2>',
            *(call_out(block, self._voice) for block in step.blocks),
            self._picture(step.id, step.picture) if step.picture is not None else "",
            self._ways(step),
            "</li>",
        )

    def _picture(self, step: str, picture: Picture) -> Html:
        """Render a picture with a code that leads to the same step, as it is small on paper."""
        code = qr_code(self._link(step), self.word("Xem hình"))
        return Html(
            f'<div class="seen"><img src="/media/guides/{e(quote(picture.file))}" alt="{e(picture.alt)}">{code}</div>'
        )

    def _ways(self, step: GuideStep) -> Html:
        """Render every branch as a sentence; the way on only if the next step does not follow below."""
        ways = self._branches(step.options)
        if not ways:
            ends = step.options or step.next == END or step.next not in self._numbers
            if not ends and self._numbers[step.next] == self._numbers[step.id] + 1:
                return Html("")
            ways = [
                self.word("Đến đây là xong.")
                if ends
                else self.t("Làm tiếp mục {number}.", number=self._numbers[step.next]).plain
            ]
        return join('<ul class="if">', *(f"<li>{e(way)}</li>" for way in ways), "</ul>")

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

    def _to_grandparents(self, title: str) -> Html:
        told = self.t(
            "Ông bà ơi, cháu gửi bài “{title}”.\nÔng bà bấm vào đây, làm từng bước một:\n{link}\n"
            "Chưa hiểu chỗ nào thì gọi cháu. Không đọc mã OTP cho ai.",
            title=title,
            link=self._link(),
        ).plain
        hint = self.word("Chép đoạn này gửi cho ông bà, hoặc cho ông bà quét mã ở đầu trang.")
        return to_copy(self.word("Gửi cho ông bà"), hint, told)

    def _over_the_loudspeaker(self) -> Html:
        text = script_to_read(self._guide, self.commune)
        hint = self.t("Đọc chậm mất khoảng {seconds} giây.", seconds=reading_seconds(text)).plain
        return to_copy(self.word("Bài đọc loa"), hint, text, SOURCE)

    def _link(self, step: str = "") -> str:
        """Return the address where the reader's own telephone goes on: a messenger, else web chat, else the page."""
        code = "_".join(filter(None, ("g", self._guide.slug, step)))
        messenger = next(iter(self.shelf.links(code)), None)
        if messenger is not None:
            return messenger
        chat = self.shelf.chat
        return self._origin + (self.address(chat, start=code) if chat else self.to(self._guide.slug, step))
