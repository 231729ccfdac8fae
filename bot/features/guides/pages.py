"""A step as a person reads it, in smaller pieces too."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.core.context import Translate
from bot.core.text import Text, upper_first
from bot.i18n import short_date

from .markdown import plain, to_text
from .messages import translated_step, translated_title
from .model import Guide, Step

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|;\s+|,\s+(?=rồi |sau đó )")


def localised(guide: Guide, step: Step, locale: str, translate: Translate) -> Step:
    return translated_step(guide.slug, step, lambda message, context: translate(locale, message, context))


def title(guide: Guide, locale: str, translate: Translate) -> str:
    return translated_title(guide, lambda message, context: translate(locale, message, context))


def text(guide: Guide, step: Step, locale: str, translate: Translate, values: Mapping[str, str]) -> Text:
    """The page of a step that is already in the reader's language."""
    pieces: list[Text] = []
    if step.id == guide.start:
        pieces.append(_head(guide, locale, translate))
    heading = to_text(step.title, values).plain
    if not _says_title(heading, step, values):
        pieces.append(_bold(heading))
    for at, block in enumerate(step.blocks):
        words = to_text(block.text, values)
        if at == 0 and _says_title(heading, step, values):
            words = _bold(heading) + words.slice(len(heading), len(words.plain))
        if block.kind == "tip":
            words = Text.of(translate(locale, "**Mẹo:** {words}"), words=words)
        elif block.kind == "warning":
            words = Text.of(translate(locale, "⚠️ **Chú ý:** {words}"), words=words)
        pieces.append(words)
    return Text.join("\n\n", pieces)


def smaller(step: Step, values: Mapping[str, str]) -> Text:
    """The same step, one thing at a time: each sentence a numbered line."""
    sentences = [
        sentence.strip()
        for block in step.blocks
        for sentence in _SENTENCE.split(to_text(block.text, values).plain)
        if sentence.strip()
    ] or [plain(step.title)]
    lines = (Text.verbatim(f"• {upper_first(sentence)}") for sentence in sentences)
    return Text.join("\n", lines)


def _says_title(title: str, step: Step, values: Mapping[str, str]) -> bool:
    """Whether the text begins with its title: read aloud, the same words twice sound like a mistake."""
    if not step.blocks or step.blocks[0].kind != "text":
        return False
    words = to_text(step.blocks[0].text, values).plain
    return words.startswith(title) and not words[len(title) : len(title) + 1].isalnum()


def _bold(words: str) -> Text:
    return Text.of("**{words}**", words=words)


def _head(guide: Guide, locale: str, translate: Translate) -> Text:
    lines = [
        Text.of(translate(locale, "Hướng dẫn: {title}"), title=title(guide, locale, translate)),
        Text.join(" ", [*_length(guide, locale, translate), _standing(guide, locale, translate)]),
    ]
    return Text.join("\n", lines)


def _length(guide: Guide, locale: str, translate: Translate) -> list[Text]:
    """How long it takes, unless the first step says so itself."""
    said = f"{guide.minutes} phút"
    if any(said in block.text for block in guide.steps[guide.start].blocks):
        return []
    return [Text.of(translate(locale, "Mất khoảng {minutes} phút."), minutes=guide.minutes)]


def _standing(guide: Guide, locale: str, translate: Translate) -> Text:
    """How far the guide can be trusted."""
    if guide.archival:
        return Text.of(translate(locale, "Đây là bản lưu để bác tham khảo, việc này nay đã thay đổi."))
    if guide.verified is not None:
        day = short_date(guide.verified, locale)
        return Text.of(translate(locale, "Đã kiểm tra trên máy thật ngày {day}."), day=day)
    if any("bấm" in block.text.lower() for step in guide.steps.values() for block in step.blocks):
        return Text.of(translate(locale, "Bài này chưa kiểm tra trên máy thật; tên nút có thể khác trên máy bác."))
    return Text.of(translate(locale, "Bài này xã chưa kiểm tra."))
