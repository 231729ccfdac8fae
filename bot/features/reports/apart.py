"""The files of a report, written by another process: no conversation waits for Python's interpreter meanwhile.

A report takes 130 ms and more, of which single calls of libraries hold the interpreter for up to 16. The process is one
of those that read files: it ends when nobody asks, and with it go the libraries that write Word and Excel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from bot.features.jobs.queue import JobRefused
from bot.features.untrusted.limits import MEGABYTE, ProcessLimits
from bot.features.untrusted.pool import ask
from bot.features.untrusted.process import CannotStart
from bot.features.untrusted.reader import IsolatedReader, WireModel

from .data import ReportData, ReportError

log = logging.getLogger(__name__)

WORD, EXCEL, PROGRESS, REPORTED = "word", "excel", "progress", "reported"
"""What can be made of a report: its two files, and pictures of what is reached and of who reported."""
_TREND = "trend "
_LIMITS = ProcessLimits(512 * MEGABYTE, 60, patience=120)


class Wanted(WireModel):
    files: tuple[str, ...]


class Written(WireModel):
    """`refused` is the sentence of a ReportError."""

    files: tuple[bytes, ...] = ()
    refused: str = ""


def trend_of(code: str) -> str:
    """Return the name of the picture of this indicator's trend."""
    return f"{_TREND}{code}"


async def written(data: ReportData, wanted: Sequence[str]) -> Sequence[bytes]:
    """Write these files, in their order. Raise ReportError. A thread does it where no process can.

    For example `[docx, png] = await written(data, [WORD, trend_of("tk-1")])`.
    """
    question = Wanted(files=tuple(wanted))
    try:
        made = await ask(REPORT, msgspec.json.encode(data), question)
    except (CannotStart, JobRefused) as error:
        log.warning("a report is written in the bot's own process: %r", error)
        made = await asyncio.to_thread(_written, data, question)
    if made.refused:
        raise ReportError(made.refused)
    return made.files


def opened(data: bytes, question: Wanted) -> Written:
    """Write the files; runs in the other process."""
    return _written(msgspec.json.decode(data, type=ReportData), question)


def _written(data: ReportData, question: Wanted) -> Written:
    try:
        return Written(files=tuple(_one(data, name) for name in question.files))
    except ReportError as error:
        return Written(refused=str(error))


def _one(data: ReportData, name: str) -> bytes:
    """Write one; what it needs is imported for it alone."""
    if name == WORD:
        from .report import report

        return report(data)
    if name == EXCEL:
        from .workbook import workbook

        return workbook(data)
    from . import charts

    if name == PROGRESS:
        return charts.progress(data)
    if name == REPORTED:
        return charts.reported(data)
    return charts.trend(data, name.removeprefix(_TREND))


REPORT = IsolatedReader(f"{__name__}:opened", Wanted, Written, limits=_LIMITS)
