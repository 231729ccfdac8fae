"""A guide that somebody sent as a Word file: another process opens it. This loads no python-docx here."""

from __future__ import annotations

from bot.core.lean.values import replace
from bot.features.untrusted.limits import MEGABYTE, ProcessLimits
from bot.features.untrusted.pool import ask
from bot.features.untrusted.reader import IsolatedReader, WireModel

from .document import NotAGuide, WordGuide

_LIMITS = ProcessLimits(memory=512 * MEGABYTE, answer=64 * MEGABYTE)
"""Ten megabytes of markup take some twenty times as much when they are opened; pictures come beside them."""


class WordFileRequest(WireModel):
    """`pictures`: with their bytes; else only how many there are, and where."""

    pictures: bool


class Opened(WireModel):
    """`why` says why there is no guide."""

    guide: WordGuide | None = None
    why: str = ""


async def read_sent(data: bytes, *, pictures: bool = False) -> WordGuide:
    """Read a guide in another process. Raises NotAGuide, and JobRefused for a file that takes too much."""
    answer = await ask(WORD, data, WordFileRequest(pictures=pictures))
    if answer.guide is None:
        raise NotAGuide(answer.why)
    return answer.guide


def opened(data: bytes, question: WordFileRequest) -> Opened:
    """In the other process."""
    from .reader import read

    try:
        guide = read(data)
    except NotAGuide as error:
        return Opened(why=str(error))
    kept = guide.pictures if question.pictures else tuple(replace(one, data=b"") for one in guide.pictures)
    return Opened(guide=replace(guide, pictures=kept))


WORD = IsolatedReader(f"{__name__}:opened", WordFileRequest, Opened, limits=_LIMITS)
