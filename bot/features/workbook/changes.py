"""What an import would change, line by line, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Mark = Literal["+", "~", "-", "!"]


@dataclass(frozen=True, slots=True)
class Change:
    """`+` something new, `~` something else than before, `-` something that ends or is emptied, `!` a fault."""

    mark: Mark
    sheet: str
    cell: str
    text: str

    @property
    def line(self) -> str:
        """`~ don_vi!F7 lac-hien: so_ho 312 → 320`."""
        return f"{self.mark} {self.sheet}!{self.cell} {self.text}"


class Plan(Protocol):
    """What one sheet will do. `offers` are the keys that exist afterwards, for the sheets that name them."""

    @property
    def changes(self) -> Sequence[Change]: ...

    @property
    def offers(self) -> Mapping[str, str]: ...

    async def apply(self) -> None:
        """Inside a transaction, only when no sheet has a `!`."""
        ...
