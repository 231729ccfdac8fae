"""One read of a program, and what a family may answer to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from bot.features.people.people import Who
from bot.features.rights import Act, Decision
from bot.features.units import Place

ROOT = "/api/v1"
"""The address below which all reads are."""
LIMIT, MOST = 50, 200
"""Items of one page of a list: usual and greatest number."""


class Shown(BaseModel, defer_build=True):
    """The base class of what a program is shown; the OpenAPI document has its fields with their descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Parameter(Struct, frozen=True):
    """A parameter of an address. `pattern` is matched as a whole; with `least` and `most` it is a whole number.

    Every value that fits is answered, if only with "there is none": so a program can tell its own mistakes from ours.
    """

    name: str
    about: str
    example: str
    pattern: str = ""
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    place: Literal["path", "query"] = "query"


class Asked(Struct, frozen=True):
    """A read of somebody's program: the maker of its token with the roles of now, and the commune that it may read.

    `decision` is the right by which this is read. `values` are the parameters that were given, each one checked.
    """

    who: Who
    commune: Place
    decision: Decision
    now: datetime
    values: Mapping[str, str]

    def value(self, name: str) -> str:
        """Return a parameter, "" where it was not given."""
        return self.values.get(name, "")

    @property
    def limit(self) -> int:
        return int(self.value("limit") or LIMIT)

    @property
    def cursor(self) -> str:
        return self.value("cursor")


class Listed(Struct, frozen=True):
    """A page of a list. `next` is the cursor of the next one, "" at the end."""

    items: Sequence[Shown]
    next: str = ""


class NotThere(Struct, frozen=True):
    """There is no such thing, or it is another commune's, which is the same to whoever asks."""

    what: str


class NotAllowed(Struct, frozen=True):
    """The maker of the token has no right to this; `why` is the sentence of the table of rights."""

    why: str


Answer = Listed | Shown | NotThere | NotAllowed


class ApiRead(Struct, frozen=True):
    """A read that a family brings: `path` is below ROOT, `{name}` in it are parameters.

    `kind` names in the audit log what was read. `act` is the right that the maker of the token needs in the commune.
    `shown` is the model of the answer, of each item where it is a `listed` one: then cursor and limit come with it.
    """

    path: str
    name: str
    about: str
    kind: str
    act: Act
    shown: type[Shown]
    read: Callable[[Asked], Awaitable[Answer]]
    listed: bool = True
    parameters: tuple[Parameter, ...] = ()
    cursor: str = "[0-9]{1,9}"
    """The pattern of the cursors of this list."""

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        if not self.listed:
            return self.parameters
        return (
            *self.parameters,
            Parameter("cursor", "The value of `next` of the page before.", "120", self.cursor),
            Parameter("limit", "The greatest number of items.", str(LIMIT), least=1, most=MOST),
        )
