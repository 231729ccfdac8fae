"""Machines that understand speech, without any network."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from typing import Protocol

from pydantic import BaseModel

from bot.features.jobs.queue import JobRefused

from .sent import samples_of
from .words import NO_WORDS

LONGEST = 90.0
"""Seconds for one voice note; a minute of speech takes about ten on two cores."""
_ENVIRONMENT = ("PATH", "PYTHONPATH", "SYSTEMROOT")
"""The variables passed on to the other process: no token, no key. Without the last no program starts on Windows."""


class Recogniser(Protocol):
    async def hear(self, sound: bytes) -> str:
        """Return the words of a Vietnamese voice note, never empty.

        Raises JobRefused if it is no speech, and RuntimeError or TimeoutError when the machine fails.
        """
        ...


class _Answer(BaseModel, defer_build=True):
    """The answer of the other process; see bot.features.speech.__main__."""

    text: str = ""


class VietAsr:
    """viet-asr, in a process that ends with each voice note.

    It takes two seconds to load and holds 300 MB; a process gives them back, can be stopped, and does not take the bot
    with it when it dies.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def hear(self, sound: bytes) -> str:
        samples = await samples_of(sound)
        async with self._turn, asyncio.timeout(LONGEST):
            answer = _Answer.model_validate_json(await _run(samples))
        text = " ".join(answer.text.split())
        if not any(map(str.isalnum, text)):
            raise JobRefused(NO_WORDS)
        return text


async def _run(samples: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.features.speech",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )  # fmt: skip
    try:
        answer, _ = await process.communicate(samples)
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise RuntimeError(f"the recogniser ended with {process.returncode}")
    return answer


def installed() -> Recogniser | None:
    """Return the recogniser of this machine; None without the extra `speech`. Loads nothing."""
    return VietAsr() if find_spec("vietasr") is not None and find_spec("av") is not None else None
