"""A step of a guide as a machine reads it: the words of the step, spoken and made as loud as a person's recording."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.core.context import Translate
from bot.features.audio.by_machine import MachineMark
from bot.features.audio.ear import ON_THE_SCREEN, for_ear
from bot.features.guides import pages
from bot.features.guides.markdown import plain, to_text
from bot.features.guides.model import Guide, GuideStep
from bot.features.guides.recordings import words_of
from bot.features.loudspeaker.mastering import master
from bot.features.voice.port import Voice
from bot.i18n import SOURCE

# The listener hears these words between what stands in the guide; they are not an interface and stay Vietnamese.
_WARNING, _TIP = "Chú ý", "Mẹo"
_CHOOSE = "Bác chọn một trong các nút sau"


def script(guide: Guide, step: GuideStep, translate: Translate, values: Mapping[str, str]) -> str:
    """Return the words to read: the title, the texts, then the buttons where there is something to choose."""
    shown = pages.localised(guide, step, SOURCE, translate)
    title = to_text(shown.title, values).plain
    texts = [to_text(block.text, values).plain for block in shown.blocks]
    called = {"warning": f"{_WARNING}: ", "tip": f"{_TIP}: "}
    lines = [called.get(block.kind, "") + text for block, text in zip(shown.blocks, texts, strict=True)]
    if not lines or not lines[0].startswith(title):
        lines.insert(0, title)
    choices = shown.quiz.choices if shown.quiz is not None else tuple(option.label for option in shown.options)
    if len(choices) > 1:
        lines += [f"{_CHOOSE}:", *choices]
    return for_ear("\n".join(lines), address=ON_THE_SCREEN)


async def read_aloud(
    voice: Voice, guide: Guide, step: GuideStep, translate: Translate, values: Mapping[str, str]
) -> bytes:
    """Return the step as an MP3 that bears the mark of a machine. Raises SoundError and TimeoutError."""
    wav = await voice.speak(script(guide, step, translate, values))
    mark = MachineMark(words_of(guide, step, SOURCE, translate), voice.name)
    made = await asyncio.to_thread(master, wav, plain(step.filled().title), chimes=False, comment=mark.comment)
    return made.mp3
