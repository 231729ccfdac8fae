"""What every table is made of."""

from __future__ import annotations

from typing import Any

from tortoise.models import Model, ModelMeta


class _Silent(ModelMeta):
    """Words of the code stay in the code.

    The library would look into the source of every class for comments, at every start; and a docstring would be a
    comment in the database, where a ";" splits a statement.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> _Silent:  # noqa: PYI034
        made: _Silent = super().__new__(cls, name, bases, {**attributes, "_no_comments": True})  # type: ignore[assignment]
        made._meta.table_description = ""  # type: ignore[attr-defined]
        return made


class Table(Model, metaclass=_Silent):
    class Meta:
        abstract = True
