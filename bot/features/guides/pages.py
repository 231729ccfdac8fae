"""A step as the reader sees it, whole or in smaller pieces."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.core.context import Translate
from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.text import Text, upper_first
from bot.i18n import msg, short_date

from .drawn.words import described
from .markdown import plain, to_text
from .messages import translated_step, translated_title
from .model import Block, Guide, GuideStep

_SENTENCE = patterns.compile(r"(?<=[.!?…])\s+|;\s+|,\s+(?=rồi |sau đó )")
_DIFFERS = patterns.compile(r"màn hình[^.!?]*khác|khác[^.!?]*màn hình", re.IGNORECASE)
_BULLET = "• "
_UNTRIED = msg("Bước này chưa kiểm tra trên máy thật.")
_PAPER = msg("Tờ giấy này máy vẽ cho bác dễ hình dung; mẫu thật có thể khác.")
IN_CHAT = msg("Màn hình của bác khác? Bác tìm nút có chữ gần giống; không thấy thì bấm “Tôi bị kẹt”.")
ON_PAGE = msg("Màn hình của bác khác? Bác tìm nút có chữ gần giống; không thấy thì hỏi theo số ở cuối bài.")


def localised(guide: Guide, step: GuideStep, locale: str, translate: Translate) -> GuideStep:
    """Return a step in the reader's language, with the values of its facts and the words for its drawing."""
    shown = translated_step(guide.slug, step, lambda message, context: translate(locale, message, context))
    if step.drawing is not None and shown.picture is not None:
        alt = described(step.drawing, lambda message: translate(locale, message))
        shown = replace(shown, picture=replace(shown.picture, alt=alt))
    return shown.filled(locale)


def title(guide: Guide, locale: str, translate: Translate) -> str:
    return translated_title(guide, lambda message, context: translate(locale, message, context))


def text(guide: Guide, step: GuideStep, locale: str, translate: Translate, values: Mapping[str, str]) -> Text:
    """Compose the page of a step that is already in the reader's language."""
    pieces: list[Text] = []
    if step.id == guide.start:
        pieces.append(_head(guide, locale, translate))
    heading = to_text(step.title, values).plain
    blocks = [to_text(block.text, values) for block in step.blocks]
    says_title = bool(blocks) and step.blocks[0].kind == "text" and _begins_with(blocks[0].plain, heading)
    if not says_title:
        pieces.append(_bold(heading))
    for at, (block, words) in enumerate(zip(step.blocks, blocks, strict=True)):
        if at == 0 and says_title:
            words = _bold(heading) + words.slice(len(heading), len(words.plain))
        pieces.append(_called_out(block, words, locale, translate))
    notice = untried(guide, step.id, locale, translate)
    if notice is not None:
        pieces.append(notice)
    return Text.join("\n\n", pieces)


def smaller(step: GuideStep, locale: str, translate: Translate, values: Mapping[str, str]) -> Text:
    """Compose the step one thing at a time: a line for each sentence of the instructions, tips and warnings beneath."""
    sentences = [
        sentence.strip()
        for block in step.blocks
        if block.kind == "text"
        for sentence in _SENTENCE.split(to_text(block.text, values).plain)
        if sentence.strip()
    ] or [plain(step.title)]
    lines = [Text.verbatim(f"{_BULLET}{upper_first(sentence.removeprefix(_BULLET))}") for sentence in sentences]
    beside = [
        _called_out(block, to_text(block.text, values), locale, translate)
        for block in step.blocks
        if block.kind != "text"
    ]
    return Text.join("\n\n", [Text.join("\n", lines), *beside])


def _called_out(block: Block, words: Text, locale: str, translate: Translate) -> Text:
    """Mark the words of a block with its kind of call-out."""
    if block.kind == "tip":
        return Text.of(translate(locale, "**Mẹo:** {words}"), words=words)
    if block.kind == "warning":
        return Text.of(translate(locale, "⚠️ **Chú ý:** {words}"), words=words)
    return words


def _begins_with(words: str, title: str) -> bool:
    """Tell whether a text begins with its title: read aloud, the same words twice sound like a mistake."""
    return words.startswith(title) and not words[len(title) : len(title) + 1].isalnum()


def _bold(words: str) -> Text:
    return Text.of("**{words}**", words=words)


def _head(guide: Guide, locale: str, translate: Translate) -> Text:
    lines = [Text.of(translate(locale, "Hướng dẫn: {title}"), title=title(guide, locale, translate))]
    facts = [*_length(guide, locale, translate), *_standing(guide, locale, translate)]
    if facts:
        lines.append(Text.join(" ", facts))
    return Text.join("\n", lines)


def _length(guide: Guide, locale: str, translate: Translate) -> list[Text]:
    """Say how long it takes, unless the first step says so itself."""
    duration = f"{guide.minutes} phút"
    if any(duration in block.text for block in guide.steps[guide.start].blocks):
        return []
    return [Text.of(translate(locale, "Mất khoảng {minutes} phút."), minutes=guide.minutes)]


def _standing(guide: Guide, locale: str, translate: Translate) -> list[Text]:
    """Say how far the guide can be trusted; for one that was never tried see `untried`."""
    if guide.archival:
        return [Text.of(translate(locale, "Đây là bản lưu để bác tham khảo, việc này nay đã thay đổi."))]
    if guide.verified is not None:
        day = short_date(guide.verified, locale)
        return [Text.of(translate(locale, "Đã kiểm tra trên máy thật ngày {day}."), day=day)]
    return []


def untried(
    guide: Guide, step: str, locale: str, translate: Translate, *, otherwise: str | None = IN_CHAT
) -> Text | None:
    """Return the notice that nobody tried this step, and what to do if the screen differs; None where it is no help.

    `otherwise` is the program's sentence on what to do then, None where it was said already. The notice stands below
    steps that show a screen; below a drawn paper only that it is drawn. A guide without any has it where the first
    button is pressed.
    """
    if guide.archival or guide.verified is not None or step not in guide.shown_steps:
        return None
    shown = guide.steps[step]
    if shown.drawing is not None and shown.drawing.kind == "paper":
        return Text.of(translate(locale, _PAPER))
    if otherwise is None or any(_DIFFERS.search(block.text) for block in shown.blocks):
        return Text.of(translate(locale, _UNTRIED))
    return Text.join(" ", [Text.of(translate(locale, each)) for each in (_UNTRIED, otherwise)])


def first_screen(guide: Guide) -> str | None:
    """Return the first step whose notice says what to do if the screen differs."""
    return next((step for step in guide.steps if _says_what_to_do(guide, step)), None)


def _says_what_to_do(guide: Guide, step: str) -> bool:
    drawing = guide.steps[step].drawing
    is_paper = drawing is not None and drawing.kind == "paper"
    differs = any(_DIFFERS.search(block.text) for block in guide.steps[step].blocks)
    return step in guide.shown_steps and not is_paper and not differs
