"""The parent's end of a measured side, and the environments of the peers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent
HOME = ROOT / ".bench"
PEERS = {
    "aiogram": ("aiogram", "aiosqlite", "asyncpg"),
    "aiogram_dialog": ("aiogram", "aiosqlite", "aiogram_dialog"),
}
"""Environment → what is installed in it, in the versions of constraints.txt where that names one."""

Figures = Mapping[str, float]


class SideFailed(Exception):
    """A measured process ended or said something else than figures."""


@dataclass
class Bench:
    """One run: how many rounds, how long, and the folder where databases are made (on a disk, not in memory)."""

    quick: bool
    folder: Path
    postgres: str

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 5

    def scaled(self, full: int) -> int:
        """A size or a time of the full run, or what a quick one makes of it."""
        return max(1, full // 8) if self.quick else full

    def path(self, name: str) -> Path:
        """A place that nobody has used yet."""
        return self.folder / f"{uuid.uuid4().hex[:8]}-{name}"


class Side:
    """A process that works on command; `about` says its versions and settings, `url` where it listens."""

    def __init__(
        self,
        name: str,
        python: Path,
        module: str,
        arguments: Sequence[str],
        env: Mapping[str, str] | None = None,
        root: Path = ROOT,
    ) -> None:
        """`root`: the checkout whose program is measured; the file of the side is always this checkout's."""
        self.name = name
        file = ROOT / "benchmarks" / "sides" / f"{module}.py"
        self._process = subprocess.Popen(
            [str(python), *(["-m", f"benchmarks.sides.{module}"] if root == ROOT else [str(file)]), *arguments],
            cwd=root,
            env={**os.environ, **(env or {}), **({} if root == ROOT else {"PYTHONPATH": str(root)})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        about = self._read()
        self.settings = _strings(about["settings"])
        self.url = self.settings.pop("url", "")
        parts = {**_strings(about["versions"]), **self.settings}
        self.about = ", ".join(f"{key} {value}" for key, value in parts.items())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.kill()
        else:
            self.close()

    def does(self, what: str, count: int = 0) -> Figures:
        self.begins(what, count)
        return self.ends()

    def begins(self, what: str, count: int = 0) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, "count": count}) + "\n")
        self._process.stdin.flush()

    def ends(self) -> Figures:
        return {str(key): float(str(value)) for key, value in self._read().items()}

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        self._hang_up()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._hang_up()

    def _hang_up(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            found = json.loads(line)
        except json.JSONDecodeError:
            self.kill()
            raise SideFailed(f"{self.name}: {line or 'ended too early'}") from None
        if not isinstance(found, dict):
            raise SideFailed(f"{self.name}: {line}")
        return found


def must_be_equal(sides: Iterable[Side]) -> None:
    """Raises SideFailed when sides say different things of one setting: then they are not doing equal work."""
    said = {side.name: side.settings for side in sides}
    common = set.intersection(*(set(settings) for settings in said.values()))
    if any(len({settings[name] for settings in said.values()}) > 1 for name in common):
        raise SideFailed(f"settings differ: {said}")


def per_cpu_second(figures: Figures) -> float:
    return figures["work"] / figures["cpu"]


def ours_python() -> Path:
    return Path(sys.executable)


def peer_python(name: str) -> Path:
    """The interpreter of a peer's own environment, which is made when it is missing or no longer what it should be."""
    folder = HOME / name
    constraints = ROOT / "constraints.txt"
    wanted = hashlib.sha256(repr(PEERS[name]).encode() + constraints.read_bytes()).hexdigest()
    stamp, python = folder / "made", folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"making the environment of {name} …", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(constraints)]
        subprocess.run([*pip, *PEERS[name]], check=True)
        stamp.write_text(wanted)
    return python


def _strings(found: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
