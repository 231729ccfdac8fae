"""The bot as a process of its own, as its user starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
START_SECONDS = 60


@dataclass
class Bot:
    """A running bot; `url` is what it said after "ready"."""

    process: asyncio.subprocess.Process
    url: str

    async def kill(self) -> None:
        """As if the power had gone."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def bot(
    *arguments: str, environ: Mapping[str, str] | None = None, cwd: Path = ROOT, module: str = "bot"
) -> AsyncIterator[Bot]:
    """`python -m bot ARGUMENTS`, ready; ended with SIGTERM, which must leave with 0."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments,
        stdout=asyncio.subprocess.PIPE, cwd=cwd, env={**own, "PYTHONPATH": str(ROOT), **(environ or {})},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), START_SECONDS)).decode()
        assert line.split()[:1] == ["ready"], f"the bot did not start: {line!r}"
        yield Bot(process, line.removeprefix("ready").strip())
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), START_SECONDS) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
