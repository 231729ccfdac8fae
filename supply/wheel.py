"""Build our wheel twice, from two folders that differ in all that is no content, and compare the bytes.

Run as `python -m supply.wheel FOLDER`; the wheel is left there. With the same commit anybody can so check that a wheel
was made of it and of nothing else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ("bot", "guides", "README.md", "CHANGELOG.md", "pyproject.toml", ".gitignore")
FIRST_DAY = 1_577_836_800
"""2020-01-01: the date of each file in the wheel unless SOURCE_DATE_EPOCH names another one."""


def build(source: Path, out: Path) -> Path:
    """Make the wheel of what lies in `source`, with what is installed here."""
    dated = {"SOURCE_DATE_EPOCH": str(FIRST_DAY)} | os.environ
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=source, env=dated, check=True, stdout=subprocess.DEVNULL)
    [made] = out.glob("*.whl")
    return made


def copied(target: Path, *, private: bool, stamp: int) -> Path:
    """Copy what goes into the wheel, with the access rights and dates of some other machine."""
    for name in CONTENT:
        where = target / name
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, where, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            where.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, where)
    # Deepest first, for a folder's date changes with what is written into it.
    for path in sorted(target.rglob("*"), reverse=True):
        path.chmod((0o700 if private else 0o775) if path.is_dir() else (0o600 if private else 0o664))
        os.utime(path, (stamp, stamp))
    return target


def twice(scratch: Path) -> tuple[Path, Path]:
    ours = copied(scratch / "here", private=False, stamp=1_700_000_000)
    theirs = copied(scratch / "elsewhere" / "deep", private=True, stamp=1_600_000_000)
    return build(ours, scratch / "one"), build(theirs, scratch / "other")


def main() -> int:
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        one, other = twice(Path(scratch))
        if one.read_bytes() != other.read_bytes():
            print("two builds of the same files differ", file=sys.stderr)
            return 1
        target.mkdir(parents=True, exist_ok=True)
        kept = Path(shutil.copy(one, target / one.name))
    print(f"{kept}  sha256:{hashlib.sha256(kept.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
