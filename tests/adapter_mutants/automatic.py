"""Mutants that nobody thought of: one line of an adapter, changed as `tests/mutants` changes the core."""

from __future__ import annotations

from tests.mutants.mutate import Mutant as Line
from tests.mutants.mutate import mutants_of, sample

from .listed import ROOT, Mutant

SEED = "34"
PLATFORMS = ROOT / "bot" / "platforms"
OTHERS = ("vendor.py", "setup.py", "view.py")
"""They import a library, look for settings and inform an operator: none of it is the contract's."""


class Automatic(Mutant):
    line: Line

    def applied(self, source: str) -> str:
        return self.line.applied(source)


def automatic(number: int, adapters: set[str]) -> list[Mutant]:
    """Return so many of all one-line mutants of these adapters, always the same."""
    paths = [path for name in sorted(adapters) for path in sorted((PLATFORMS / name).glob("*.py"))]
    files = [path.relative_to(ROOT).as_posix() for path in paths if path.name not in OTHERS]
    lines = sample(ROOT, [line for file in files for line in mutants_of(ROOT, file)], number, SEED)
    return [
        Automatic(
            kind=f"{line.file}:{line.line}: {line.was} -> {line.becomes}", file=line.file, was="", becomes="", sees="",
            adapters=(line.file.split("/")[2],), name=f"automatic-{at}", line=line,
        )
        for at, line in enumerate(lines, start=1)
    ]  # fmt: skip
