"""What every table is made of."""

from __future__ import annotations

from typing import Any

from tortoise.models import Model, ModelMeta

_ASKED = frozenset({"in", "isnull", "not_isnull", "gte", "lte", "gt", "lt", "contains", "startswith"})
"""What the program asks of a column beside equality: `state__in`. Another one is no filter until it stands here."""


class _Lean(ModelMeta):
    """Words of the code stay in the code, and a column has the filters that are used.

    The library would look into the source of every class for comments, at every start; and a docstring would be a
    comment in the database, where a ";" splits a statement. Of its 27 filters for each of 600 columns most would only
    take memory, 4 MB in all.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> _Lean:  # noqa: PYI034
        made: _Lean = super().__new__(cls, name, bases, {**attributes, "_no_comments": True})  # type: ignore[assignment]
        meta = made._meta  # type: ignore[attr-defined]
        meta.table_description = ""
        meta._filters = {key: one for key, one in meta._filters.items() if key.partition("__")[2] in _ASKED | {""}}  # noqa: SLF001
        return made


class Table(Model, metaclass=_Lean):
    class Meta:
        abstract = True
