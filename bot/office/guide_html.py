"""A guide from its first step to its last, as HTML: for its own page and for the file of all guides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from bot.core.context import Translate
from bot.core.text import Text
from bot.features.commune.settings import Commune
from bot.features.guides import pages
from bot.features.guides.markdown import to_text
from bot.features.guides.model import END, STUCK, Block, Guide, GuideStep, Option, StepQuiz
from bot.i18n import SOURCE, msg, short_date

HELP = "_nho-giup"
"""Id of the part that says whom to call; ids of steps have no underscore."""
_CALLOUTS = {"tip": msg("**Mẹo:** {words}"), "warning": msg("⚠️ **Chú ý:** {words}")}


class Voice(Struct, frozen=True):
    """In which language and for which commune a guide is shown."""

    locale: str
    translate: Translate
    commune: Commune

    def word(self, message: str) -> str:
        return self.translate(self.locale, message)

    def t(self, message: str, **values: Text | str | int) -> Text:
        return Text.of(self.word(message), **values)

    def lang(self, source: str | GuideStep, shown: str | GuideStep) -> str:
        """Return the language of text that has no translation, so that a screen reader speaks it so; else ""."""
        return SOURCE if self.locale != SOURCE and shown == source else ""


@dataclass(frozen=True)
class ShownSound:
    """A recording of a step. `only` says that it is in Vietnamese, `by_machine` that a machine reads; or ""."""

    src: str
    label: str
    only: str = ""
    by_machine: str = ""


@dataclass(frozen=True)
class ShownQuiz:
    choices: Sequence[str]
    answer: Text
    explanation: str
    show: str


@dataclass(frozen=True)
class ShownWay:
    """A way on from a step, "" for an end; `paper` says on paper where it leads."""

    address: str
    label: str
    paper: str = ""


@dataclass(frozen=True)
class ShownStep:
    """A step as the page shows it. `blocks` are (kind, text), `picture` is (address, alternative text)."""

    id: str
    lang: str
    number: int
    heading: Text
    blocks: Sequence[tuple[str, Text]]
    sound: ShownSound | None
    picture: tuple[str, str] | None
    untried: Text | None
    quiz: ShownQuiz | None
    ways: Sequence[ShownWay]


class HelpBox(Struct, frozen=True):
    """The box that says whom to ask for help, and which secrets to tell nobody."""

    heading: str
    told: Text
    secret: str
    id: str = HELP


class GuideHtml:
    """`to` is the address of a step ("" for the first) of another guide, `picture` the address of a picture's file.

    `prefix` goes before the ids of steps, where one page has several guides. `aloud` is how a step of the guide can be
    listened to.
    """

    def __init__(
        self,
        guide: Guide,
        voice: Voice,
        to: Callable[[str, str], str],
        picture: Callable[[str], str],
        *,
        prefix: str = "",
        aloud: Callable[[GuideStep], ShownSound | None] = lambda step: None,
    ) -> None:
        self._guide = guide
        self._explained = pages.first_screen(guide)
        self._voice = voice
        self._to = to
        self._picture_at = picture
        self._prefix = prefix
        self._aloud = aloud

    def steps(self) -> Sequence[ShownStep]:
        steps = [self._localised(step) for step in self._guide.steps.values()]
        return [self._step(step, steps[at + 1 : at + 2]) for at, step in enumerate(steps)]

    def _localised(self, step: GuideStep) -> GuideStep:
        return pages.localised(self._guide, step, self._voice.locale, self._voice.translate)

    def _step(self, step: GuideStep, after: Sequence[GuideStep]) -> ShownStep:
        source, picture = self._guide.steps[step.id], step.picture
        return ShownStep(
            self._prefix + step.id,
            self._voice.lang(source, step),
            self._number(step.id),
            to_text(step.title, self._voice.commune.values),
            [call_out(block, self._voice) for block in step.blocks],
            self._aloud(source),
            None if picture is None else (self._picture_at(picture.file), picture.alt),
            untried(self._guide, step, self._voice, explained=step.id != self._explained),
            None if step.quiz is None else self._quiz(step.quiz),
            () if step.quiz is not None else self._ways(step, after),
        )

    def _quiz(self, quiz: StepQuiz) -> ShownQuiz:
        answer = self._voice.t("Câu đúng: **{choice}**", choice=quiz.choices[quiz.answer])
        return ShownQuiz(quiz.choices, answer, quiz.explanation, self._voice.word("Xem câu trả lời"))

    def _ways(self, step: GuideStep, after: Sequence[GuideStep]) -> Sequence[ShownWay]:
        """Return options as links; a single next step gets a link only if it does not follow directly below."""
        if step.options:
            return [self._option(option) for option in step.options]
        if step.next == END:
            return [ShownWay("", self._voice.word("Đến đây là xong."))]
        if after and step.next == after[0].id:
            return ()
        target = self._localised(self._guide.steps[step.next])
        title = to_text(target.title, self._voice.commune.values)
        return [self._jump(target.id, self._voice.t("Làm tiếp: {step}", step=title).plain)]

    def _option(self, option: Option) -> ShownWay:
        if option.target == END:
            return ShownWay("", option.label)
        if option.target == STUCK:
            return ShownWay(f"#{HELP}", option.label)
        if option.other:
            slug, _, step = option.target.partition("#")
            return ShownWay(self._to(slug, step), option.label)
        return self._jump(option.target, option.label)

    def _jump(self, step: str, label: str) -> ShownWay:
        """Return a link within the page; paper shows the number instead."""
        where = self._voice.t(" (mục {number})", number=self._number(step)).plain
        return ShownWay(f"#{self._prefix}{step}", label, where)

    def _number(self, step: str) -> int:
        return list(self._guide.steps).index(step) + 1


def call_out(block: Block, voice: Voice) -> tuple[str, Text]:
    """Return kind and words of a paragraph, a tip or a warning; the text is already in the reader's language."""
    words = to_text(block.text, voice.commune.values)
    return block.kind, words if block.kind == "text" else voice.t(_CALLOUTS[block.kind], words=words)


def untried(guide: Guide, step: GuideStep, voice: Voice, *, explained: bool = False) -> Text | None:
    """Return the notice below a screen that nobody has tried; what to do then is said once on a page."""
    otherwise = None if explained else pages.ON_PAGE
    return pages.untried(guide, step.id, voice.locale, voice.translate, otherwise=otherwise)


def about(guide: Guide, voice: Voice) -> Text:
    """Say how long the guide takes, and how far it can be relied on."""
    facts = [voice.t("Mất khoảng {minutes} phút.", minutes=guide.minutes)]
    if guide.archival:
        facts.append(voice.t("Đây là bản lưu để tham khảo, việc này nay đã thay đổi."))
    elif guide.verified is not None:
        day = short_date(guide.verified, voice.locale)
        facts.append(voice.t("Đã làm thử trên máy thật ngày {day}.", day=day))
    return Text.join(" ", facts)


def help_box(voice: Voice) -> HelpBox:
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
    secret = voice.word("Không đọc mã OTP, mật khẩu cho ai, kể cả người xưng là cán bộ.")
    return HelpBox(voice.word("Chưa làm được thì hỏi ai?"), told, secret)
