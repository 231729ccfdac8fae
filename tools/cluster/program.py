"""A program in one of the namespaces, with its own environment and log."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tools.cluster.network import namespace

ROOT = Path(__file__).parent.parent.parent
_KEPT = ("PATH", "LANG", "TZ", "TMPDIR")


async def up(session: aiohttp.ClientSession, url: str, tries: int) -> None:
    """Wait until an address answers that all is well. Raises TimeoutError."""
    for _ in range(tries):
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.get(url) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.5)
    raise TimeoutError(f"{url} is not well")


@dataclass
class Program:
    """`user` is whose it is ("" for ours)."""

    name: str
    host: int
    command: Sequence[str]
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C is for us, who end it in order."""
        who = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"] if self.user else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["ip", "netns", "exec", namespace(self.host), "nice", "-n", "5", *who, *self.command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=ROOT, env=self._variables,
            )  # fmt: skip

    def run(self, *command: str) -> None:
        """Run a command beside it, with its environment. Raises CalledProcessError."""
        inside = ["ip", "netns", "exec", namespace(self.host), *command]
        subprocess.run(inside, check=True, stdout=subprocess.DEVNULL, env=self._variables)

    @property
    def _variables(self) -> Mapping[str, str]:
        return {**{name: os.environ[name] for name in _KEPT if name in os.environ}, **self.environ}

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill it with all of its own, as kill -9 does."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
