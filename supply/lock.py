"""Write `constraints.txt` and, with the hash of each file that may be installed, `requirements/*.txt`.

Versions stay as `constraints.txt` has them. For newer ones take their lines away there first, then `make lock`.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
PINS = ROOT / "constraints.txt"


@dataclass(frozen=True)
class Lock:
    """One file of `requirements/`; `base` is installed with it, so what stands there is left out here.

    What is `alone` is installed with nothing else: it keeps the versions of its own file, not of `constraints.txt`.
    """

    name: str
    sources: tuple[str, ...] = ("pyproject.toml", "requirements/build.in")
    extras: tuple[str, ...] = ()
    base: str = ""
    alone: bool = False

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.txt"


LOCKS = (
    Lock("core"),
    Lock("servers", extras=("broker", "files", "postgres"), base="core"),
    Lock("audio", extras=("audio",), base="core"),
    Lock("speech", extras=("speech",), base="audio"),
    Lock("voice", extras=("voice",), base="audio"),
    Lock("encryption", extras=("encryption",), base="core"),
    Lock("learn", extras=("learn",), base="core"),
    Lock("dev", extras=("dev", "broker", "files", "postgres"), base="servers"),
    Lock("tools", sources=("requirements/tools.in",), alone=True),
    Lock("docs", sources=("requirements/docs.in",), alone=True),
    Lock("compare", sources=("requirements/compare.in",), alone=True),
    Lock("s3", sources=("requirements/s3.in",), alone=True),
)


def blocks(text: str) -> list[str]:
    """Split a requirements file: a requirement and the lines of its hashes are one block."""
    found: list[str] = []
    for line in text.splitlines():
        if not line or line.startswith(("#", "-")):
            continue
        if line[0].isspace():
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _resolved(sources: tuple[str, ...], extras: tuple[str, ...], pins: Path, *options: str) -> str:
    # No comments: they would name the index that this machine happens to use, and the command with its paths.
    fixed = [
        "--universal",
        "--python-version",
        "3.11",
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--quiet",
    ]
    chosen = [word for extra in extras for word in ("--extra", extra)]
    command = [sys.executable, "-m", "uv", "pip", "compile", *fixed, *options, *chosen, "--constraint", str(pins)]
    return subprocess.run([*command, *sources], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    extras = tuple(sorted({extra for lock in LOCKS for extra in lock.extras}))
    sources = ("pyproject.toml", "requirements/build.in")
    PINS.write_text(_resolved(sources, extras, PINS), "utf-8")
    known: dict[str, set[str]] = {"": set()}
    for lock in LOCKS:
        pins = lock.path if lock.alone else PINS
        made = blocks(_resolved(lock.sources, lock.extras, pins, "--generate-hashes"))
        known[lock.name] = known[lock.base] | set(made)
        lines = [f"-r {lock.base}.txt"] if lock.base else []
        lines += [block for block in made if block not in known[lock.base]]
        lock.path.write_text("# Written by make lock.\n" + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
