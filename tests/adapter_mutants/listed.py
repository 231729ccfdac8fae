"""The published list of broken adapters: files of `listed/`, one for each adapter and one for what they share."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(__file__).parent / "listed"


class Mutant(BaseModel):
    """`becomes` instead of `was`, which stands in the file once; `sees` is what a person would notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    file: str
    was: str
    becomes: str
    sees: str
    adapters: tuple[str, ...] = ()
    """Whose contract shall notice it."""
    name: str = ""

    def applied(self, source: str) -> str:
        was, becomes = self.was.strip("\n"), self.becomes.strip("\n")
        if source.count(was) != 1:
            raise ValueError(f"{self.name}: what it replaces stands in {self.file} {source.count(was)} times")
        return source.replace(was, becomes)


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    adapters: tuple[str, ...]
    mutant: tuple[Mutant, ...]


class Equivalent(BaseModel):
    """A mutant that no contract can notice, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    reason: str


def mutants() -> list[Mutant]:
    """All of the list, with the names by which they are told apart (`telegram-7`)."""
    found: list[Mutant] = []
    for path in sorted(FOLDER.glob("*.toml")):
        of_file = _List.model_validate(tomllib.loads(path.read_text("utf-8")))
        found += [
            mutant.model_copy(update={"name": f"{path.stem}-{number}", "adapters": mutant.adapters or of_file.adapters})
            for number, mutant in enumerate(of_file.mutant, start=1)
        ]
    return found


def equivalents() -> dict[str, str]:
    path = Path(__file__).parent / "equivalent.toml"
    listed = tomllib.loads(path.read_text("utf-8")).get("equivalent", [])
    return {each.name: each.reason for each in map(Equivalent.model_validate, listed)}
