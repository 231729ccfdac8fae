"""A page of a guide as a message, and the actions that its buttons stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Translate
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message
from bot.core.text import Text
from bot.features.guides import pages, quizzes
from bot.features.guides.model import END, STUCK, Guide, GuideStep, Option
from bot.features.guides.navigation import back, how_far
from bot.i18n import msg


class OpenGuide(Action, code="o"):
    guide: str


class OpenStep(Action, code="g"):
    guide: str
    step: str


class GoBack(Action, code="b"):
    guide: str
    step: str


class HearStep(Action, code="ngb"):
    guide: str
    step: str


class Stuck(Action, code="k"):
    guide: str
    step: str


class Finish(Action, code="e"):
    guide: str
    step: str


class Leave(Action, code="x"):
    pass


class AnswerQuiz(Action, code="q"):
    guide: str
    step: str
    choice: str


class PageReader(Struct, frozen=True):
    """Describe the reader of a page: the language, and the values of `{xa}` and the like."""

    locale: str
    translate: Translate
    values: Mapping[str, str]

    def word(self, message: str) -> str:
        return self.translate(self.locale, message)


def page(
    guide: Guide,
    step: GuideStep,
    reader: PageReader,
    *,
    trail: Sequence[str] = (),
    notes: Sequence[Text] = (),
    heard: bool = False,
) -> Message:
    """Return the page of `step`, below `notes`; `trail` are the steps before it; `heard`: offer to listen to it."""
    shown = pages.localised(guide, step, reader.locale, reader.translate)
    text = pages.text(guide, shown, reader.locale, reader.translate, reader.values)
    own = choices(guide, shown)
    if heard:
        own.append(Button.to(reader.word("Nghe bước này"), HearStep(guide.slug, step.id)))
    fixed = _fixed(guide, step, reader, trail)
    if shown.quiz is not None:
        # A number is an answer there, and “5” no way out.
        answers = len(shown.quiz.choices)
        own = [*own[:answers], *(replace(button, apart=True) for button in own[answers:])]
        fixed = [replace(button, apart=True) for button in fixed]
    picture = shown.picture
    return Message(
        Text.join("\n\n", [*notes, *_how_far(guide, step, reader, trail), text]),
        (*own, *fixed),
        Attachment("photo", f"guides/{picture.file}", picture.alt) if picture is not None else None,
        expects="quiz" if shown.quiz is not None else "choice",
        rows=(*[1] * len(own), len(fixed)),
    )


def _how_far(guide: Guide, step: GuideStep, reader: PageReader, trail: Sequence[str]) -> list[Text]:
    """Return “Bước 3/8”; “khoảng 8” if ways of different length go on."""
    place = how_far(guide, step.id, trail)
    if place is None:
        return []
    if place.quiz:
        template = msg("Câu {at}/{all}")
    else:
        template = msg("Bước {at}/{all}") if place.exact else msg("Bước {at}/khoảng {all}")
    return [Text.of(reader.word(template), at=place.at, all=place.all)]


def onward(guide: Guide, step: GuideStep, label: str) -> Button:
    """Return the button of the only way on."""
    return Button.to(label, next_of(guide, step))


def next_of(guide: Guide, step: GuideStep) -> Action:
    """Return what the only way on stands for."""
    return Finish(guide.slug, step.id) if step.next == END else OpenStep(guide.slug, step.next)


def choices(guide: Guide, shown: GuideStep) -> list[Button]:
    """Return the choices of the step itself."""
    if shown.quiz is None:
        return [Button.to(option.label, way(guide, shown, option)) for option in shown.options]
    source = guide.steps[shown.id].quiz or shown.quiz
    return [
        Button.to(label, AnswerQuiz(guide.slug, shown.id, quizzes.choice_id(choice)))
        for label, choice in zip(shown.quiz.choices, source.choices, strict=True)
    ]


def _fixed(guide: Guide, step: GuideStep, reader: PageReader, trail: Sequence[str]) -> list[Button]:
    """Return Tiếp, Quay lại, Đọc lại, Tôi bị kẹt, Thoát: the same on every page, in this order."""
    buttons: list[Button] = []
    if not step.options and step.quiz is None:
        label = reader.word("Xong") if step.next == END else reader.word("Tiếp")
        buttons.append(onward(guide, step, label))
    if back(guide, step.id, trail) is not None:
        buttons.append(Button.to(reader.word("Quay lại"), GoBack(guide.slug, step.id)))
    return [
        *buttons,
        Button.to(reader.word("Đọc lại"), OpenStep(guide.slug, step.id)),
        Button.to(reader.word("Tôi bị kẹt"), Stuck(guide.slug, step.id)),
        Button.to(reader.word("Thoát"), Leave()),
    ]


def way(guide: Guide, step: GuideStep, option: Option) -> Action:
    """Return what an option of the step stands for."""
    if option.target == END:
        return Finish(guide.slug, step.id)
    if option.target == STUCK:
        return Stuck(guide.slug, step.id)
    if option.other:
        slug, _, other_step = option.target.partition("#")
        return OpenStep(slug, other_step) if other_step else OpenGuide(slug)
    return OpenStep(guide.slug, option.target)
