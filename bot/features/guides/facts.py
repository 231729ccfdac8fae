"""Values that guides share: fees, time limits, papers, phones and names of portals, kept in one file.

`facts.toml` has a table for each fact, named `group.name`; a text says `{group.name}`. A commune's own guides folder
may have a file of its own, whose facts replace those that are shipped.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

import bot
from bot.core.lean import patterns

from .findings import Code, FindingCollector

FILE = "facts.toml"

_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_PLACE = patterns.compile(rf"\{{(?P<name>{_NAME}\.{_NAME})\}}")
_TABLE = patterns.compile(rf"\[\s*(?P<name>{_NAME}\.{_NAME})\s*\]")
_MARKUP = patterns.compile(r"([\\`*_\[\]<>&!])")

_Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
_Name = Annotated[str, StringConstraints(pattern=f"^{_NAME}$", max_length=60)]


class _Table(BaseModel, defer_build=True):
    """A fact as written: a value, or for one that is not confirmed the question whom to ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: _Line | None = None
    en: _Line | None = None
    ask: _Line | None = None
    ask_en: _Line | None = None
    source: Annotated[str, StringConstraints(max_length=500)] = ""
    checked: date | None = None
    confirmed: Annotated[str, StringConstraints(max_length=200)] = ""
    review: Annotated[int, Field(ge=1, le=3650)] = 180

    @model_validator(mode="after")
    def _one_of_both(self) -> _Table:
        if (self.value is None) == (self.ask is None):
            raise ValueError("either value or ask")
        return self


_FILE = TypeAdapter(dict[_Name, dict[_Name, _Table]])


class GuideFact(Struct, frozen=True):
    """A fact; `value` in Vietnamese and `value_en` in English ("" without one) are what a text shows.

    `asks`: the text only says whom to ask. `confirmed` is who confirmed it and when, "" for nobody; `place` a file.
    """

    name: str
    value: str
    value_en: str
    asks: bool
    source: str
    checked: date | None
    confirmed: str
    review: int
    place: str
    line: int

    @property
    def open(self) -> bool:
        """Tell whether an officer should still confirm it."""
        return self.asks or not self.confirmed

    def due(self) -> date | None:
        """Return the day on which it should be looked at again."""
        return None if self.checked is None else self.checked + timedelta(days=self.review)

    def in_language(self, locale: str) -> str:
        return (self.value_en if locale == "en" else "") or self.value


class Facts(Struct, frozen=True):
    """Facts by name; `own` are the names that stand in the folder's own file."""

    by_name: Mapping[str, GuideFact] = field(default_factory=dict)
    own: frozenset[str] = frozenset()

    def used_in(self, texts: Iterable[str]) -> tuple[GuideFact, ...]:
        """Return the known facts that texts name, each once."""
        found = dict.fromkeys(name for text in texts for name in named(text))
        return tuple(self.by_name[name] for name in found if name in self.by_name)


def named(text: str) -> list[str]:
    """Return the names of facts in a text, `group.name`, in their order."""
    return [match["name"] for match in _PLACE.finditer(text)] if "{" in text else []


def without_names(text: str) -> str:
    """Return a text without the names of facts: what its author typed."""
    return _PLACE.sub(" ", text) if "{" in text else text


def shipped_folder() -> Path:
    """Return the folder of guides in the package, else the one of a checkout."""
    package = Path(bot.__file__).parent
    shipped = package / "_guides"
    return shipped if shipped.is_dir() else package.parent / "guides"


def load(folder: Path, report: FindingCollector | None = None) -> Facts:
    """Read the shipped facts and over them those of `folder`; faults of the folder's own file go to `report`."""
    own_path, shipped_path = folder / FILE, shipped_folder() / FILE
    own = _read(own_path, report or FindingCollector(str(own_path)))
    if own_path.resolve() == shipped_path.resolve():
        return Facts(own, frozenset(own))
    return Facts({**_read(shipped_path, FindingCollector(str(shipped_path))), **own}, frozenset(own))


def put(text: str, values: Mapping[str, str], *, escaped: bool = False) -> str:
    """Put values by the names of facts into a text; `escaped`: into inline CommonMark, never as markup."""

    def value(match: re.Match[str]) -> str:
        words = values.get(match["name"])
        if words is None:
            return match[0]
        return _MARKUP.sub(r"\\\1", words) if escaped else words

    return _PLACE.sub(value, text) if "{" in text else text


def _read(path: Path, report: FindingCollector) -> dict[str, GuideFact]:
    """Read a file; one that is not there has no facts, one that cannot be read has a finding."""
    if not path.is_file():
        return {}
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        report.add(Code.BAD_FACTS, 1, "Chữ không ở bảng mã UTF-8. Hãy chọn Lưu thành…, bảng mã UTF-8.")
        return {}
    lines = _lines(text)
    try:
        tables = _FILE.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        report.add(Code.BAD_FACTS, int(line[1]) if line else 1, 'Dòng này viết chưa đúng kiểu TOML: khóa = "chữ".')
        return {}
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False):
            name = ".".join(str(part) for part in problem["loc"][:2])
            message = f"Mục “{name}” chưa đúng: cần value hoặc ask, source, checked (ngày), confirmed."
            report.add(Code.BAD_FACTS, lines.get(name, 1), message)
        return {}
    return {
        (name := f"{group}.{key}"): _fact(name, table, path, lines.get(name, 1))
        for group, facts in tables.items()
        for key, table in facts.items()
    }


def _fact(name: str, table: _Table, path: Path, line: int) -> GuideFact:
    asks = table.value is None
    return GuideFact(
        name=name,
        value=table.value or table.ask or "",
        value_en=(table.ask_en if asks else table.en) or "",
        asks=asks,
        source=table.source,
        checked=table.checked,
        confirmed=table.confirmed,
        review=table.review,
        place=str(path),
        line=line,
    )


def _lines(text: str) -> dict[str, int]:
    """Return the line at which each table begins."""
    matches = ((number, _TABLE.match(line.strip())) for number, line in enumerate(text.split("\n"), 1))
    return {match["name"]: number for number, match in matches if match is not None}
