"""Another program that reads aloud: given its question, heard to the end, and stopped when it takes too long."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from msgspec import Struct


class Ended(Struct, frozen=True):
    """`code` is negative when a signal ended it; `complaint` is the last line that it wrote to stderr."""

    code: int
    answer: bytes
    complaint: str


async def run(*command: str, question: bytes, longest: float, env: Mapping[str, str] | None = None) -> Ended:
    """Run a program to its end. Raises TimeoutError after `longest` seconds; none is left behind."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=env,
    )  # fmt: skip
    try:
        async with asyncio.timeout(longest):
            answer, errors = await process.communicate(question)
    except (TimeoutError, asyncio.CancelledError):
        process.kill()
        await process.wait()
        raise
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return Ended(process.returncode or 0, answer, lines[-1] if lines else "")
