"""Changes that an import would make, line by line, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Mark = Literal["+", "~", "-", "!"]


@dataclass(frozen=True, slots=True)
class SheetChange:
    """`+` something new, `~` something else than before, `-` something that ends or is emptied, `!` a fault."""

    mark: Mark
    sheet: str
    cell: str
    text: str

    @property
    def line(self) -> str:
        """`~ don_vi!F7 lac-hien: so_ho 312 → 320`."""
        return f"{self.mark} {self.sheet}!{self.cell} {self.text}"


class SheetPlan(Protocol):
    """The changes of one sheet. `offers` are the keys that exist afterwards, for the sheets that name them."""

    @property
    def changes(self) -> Sequence[SheetChange]: ...

    @property
    def offers(self) -> Mapping[str, str]: ...

    async def apply(self) -> None:
        """Apply the plan inside a transaction, only when no sheet has a `!`."""
        ...
