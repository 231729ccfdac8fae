"""A guide from its first step to its last, as HTML: for its own page and for the file of all guides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.context import Translate
from bot.core.text import Text
from bot.features.commune.settings import Commune
from bot.features.guides import pages
from bot.features.guides.markdown import to_text
from bot.features.guides.model import END, STUCK, Block, Guide, GuideStep, Option, Picture, StepQuiz
from bot.i18n import SOURCE, msg, short_date

from .html import Html, e, join, link, styled

HELP = "_nho-giup"
"""Id of the part that says whom to call; ids of steps have no underscore."""
_CALLOUTS = {"tip": msg("**Mẹo:** {words}"), "warning": msg("⚠️ **Chú ý:** {words}")}


@dataclass(frozen=True)
class Voice:
    """In which language and for which commune a guide is shown."""

    locale: str
    translate: Translate
    commune: Commune

    def word(self, message: str) -> str:
        return self.translate(self.locale, message)

    def t(self, message: str, **values: Text | str | int) -> Text:
        return Text.of(self.word(message), **values)

    def lang(self, source: str | GuideStep, shown: str | GuideStep) -> str:
        """Mark text that has no translation, so that a screen reader speaks it as Vietnamese."""
        return f' lang="{SOURCE}"' if self.locale != SOURCE and shown == source else ""


class GuideHtml:
    """`to` is the address of a step ("" for the first) of another guide, `picture` the address of a picture's file.

    `prefix` goes before the ids of steps, where one page has several guides; `level` is that of the steps' headings.
    `aloud` is how a step of the guide can be listened to.
    """

    def __init__(
        self,
        guide: Guide,
        voice: Voice,
        to: Callable[[str, str], str],
        picture: Callable[[str], str],
        *,
        prefix: str = "",
        level: int = 2,
        aloud: Callable[[GuideStep], Html] = lambda step: Html(""),
    ) -> None:
        self._guide = guide
        self._explained = pages.first_screen(guide)
        self._voice = voice
        self._to = to
        self._picture_at = picture
        self._prefix = prefix
        self._level = level
        self._aloud = aloud

    def steps(self) -> Html:
        steps = [self._localised(step) for step in self._guide.steps.values()]
        return join(*(self._step(step, steps[at + 1 : at + 2]) for at, step in enumerate(steps)))

    def _localised(self, step: GuideStep) -> GuideStep:
        return pages.localised(self._guide, step, self._voice.locale, self._voice.translate)

    def _step(self, step: GuideStep, after: Sequence[GuideStep]) -> Html:
        blocks = (call_out(block, self._voice) for block in step.blocks)
        ways = self._quiz(step.quiz) if step.quiz is not None else self._ways(step, after)
        picture = self._picture(step.picture) if step.picture is not None else ""
        language = self._voice.lang(self._guide.steps[step.id], step)
        heading = styled(to_text(step.title, self._voice.commune.values))
        return join(
            f'<section class="step" id="{e(self._prefix + step.id)}"{language}>'
            f"<h{self._level}>{self._number(step.id)}. {heading}</h{self._level}>",
            self._aloud(self._guide.steps[step.id]),
            *blocks,
            picture,
            untried(self._guide, step, self._voice, explained=step.id != self._explained),
            ways,
            "</section>",
        )

    def _picture(self, picture: Picture) -> Html:
        return Html(f'<img src="{e(self._picture_at(picture.file))}" alt="{e(picture.alt)}" loading="lazy">')

    def _quiz(self, quiz: StepQuiz) -> Html:
        choices = "".join(f"<li>{e(choice)}</li>" for choice in quiz.choices)
        answer = self._voice.t("Câu đúng: **{choice}**", choice=quiz.choices[quiz.answer])
        show = self._voice.word("Xem câu trả lời")
        told = join("<p>", styled(answer), f"<br>{e(quiz.explanation)}</p>")
        return Html(
            f'<ul class="choices">{choices}</ul><details><summary>{e(show)}</summary>{told}'
            f'</details><div class="paper">{told}</div>'
        )

    def _ways(self, step: GuideStep, after: Sequence[GuideStep]) -> Html:
        """Render options as links; a single next step gets a link only if it does not follow directly below."""
        if step.options:
            ways = [self._option(option) for option in step.options]
        elif step.next == END:
            ways = [self._end(self._voice.word("Đến đây là xong."))]
        elif not after or step.next != after[0].id:
            target = self._localised(self._guide.steps[step.next])
            title = to_text(target.title, self._voice.commune.values)
            ways = [self._jump(target.id, self._voice.t("Làm tiếp: {step}", step=title).plain)]
        else:
            return Html("")
        return join('<ul class="ways">', *(f"<li>{way}</li>" for way in ways), "</ul>")

    def _option(self, option: Option) -> Html:
        if option.target == END:
            return self._end(option.label)
        if option.target == STUCK:
            return link(f"#{HELP}", option.label)
        if option.other:
            slug, _, step = option.target.partition("#")
            return link(self._to(slug, step), option.label)
        return self._jump(option.target, option.label)

    def _jump(self, step: str, label: str) -> Html:
        """Render a link within the page; paper shows the number instead."""
        where = self._voice.t(" (mục {number})", number=self._number(step)).plain
        return Html(f'<a href="#{e(self._prefix + step)}">{e(label)}{_on_paper(where)}</a>')

    def _end(self, label: str) -> Html:
        return Html(f"<span>{e(label)}</span>")

    def _number(self, step: str) -> int:
        return list(self._guide.steps).index(step) + 1


def call_out(block: Block, voice: Voice) -> Html:
    """Render a paragraph, a tip or a warning; the text is already in the reader's language."""
    words = to_text(block.text, voice.commune.values)
    if block.kind == "text":
        return join("<p>", styled(words), "</p>")
    return join(f'<p class="{block.kind}">', styled(voice.t(_CALLOUTS[block.kind], words=words)), "</p>")


def untried(guide: Guide, step: GuideStep, voice: Voice, *, explained: bool = False) -> Html:
    """Render the notice below a screen that nobody has tried; what to do then is said once on a page."""
    otherwise = None if explained else pages.ON_PAGE
    notice = pages.untried(guide, step.id, voice.locale, voice.translate, otherwise=otherwise)
    return Html("") if notice is None else join('<p class="note">', styled(notice), "</p>")


def about(guide: Guide, voice: Voice) -> Text:
    """Say how long the guide takes, and how far it can be relied on."""
    facts = [voice.t("Mất khoảng {minutes} phút.", minutes=guide.minutes)]
    if guide.archival:
        facts.append(voice.t("Đây là bản lưu để tham khảo, việc này nay đã thay đổi."))
    elif guide.verified is not None:
        day = short_date(guide.verified, voice.locale)
        facts.append(voice.t("Đã làm thử trên máy thật ngày {day}.", day=day))
    return Text.join(" ", facts)


def help_box(voice: Voice) -> Html:
    """Say whom to ask for help, and which secrets to tell nobody."""
    commune = voice.commune
    where = f"{commune.centre} {commune.full_name}"
    told = (
        voice.t(
            "Bà con gọi **{phone}** ({hours}), hoặc ra {where}.",
            phone=commune.phone,
            hours=commune.hours or voice.word("giờ hành chính"),
            where=where,
        )
        if commune.phone
        else voice.t("Bà con ra {where} nhờ giúp.", where=where)
    )
    heading = voice.word("Chưa làm được thì hỏi ai?")
    secret = voice.word("Không đọc mã OTP, mật khẩu cho ai, kể cả người xưng là cán bộ.")
    return join(
        f'<section class="box" id="{HELP}"><h2>{e(heading)}</h2><p>',
        styled(told),
        f'</p><p class="warning">{e(secret)}</p></section>',
    )


def _on_paper(words: str) -> Html:
    return Html(f'<span class="paper">{e(words)}</span>')
