"""The base class of every table, and all that the bot takes from inside the library's models.

A new version of the library may change what has no public name there: a test tells, and this file alone changes.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import ModuleType
from typing import Any, ClassVar, Self

from tortoise import fields
from tortoise import models as library
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.relational import ForeignKeyFieldInstance, RelationalField
from tortoise.filters import FilterInfoDict, get_filters_for_field
from tortoise.indexes import Index
from tortoise.models import Model, ModelMeta

_ASKED = frozenset({"", "not", "in", "isnull", "not_isnull", "gte", "lte", "gt", "lt", "contains", "startswith"})
"""The filters of a column, equality first: `state__in`. Another one is no filter until it is listed here."""
_found: dict[tuple[type, str, str, str], dict[str, FilterInfoDict]] = {}


def _filters(field_name: str, field: fields.Field[Any] | None, source_field: str) -> dict[str, FilterInfoDict]:
    """Return the filters of a column as the library does; of our tables those in use, shared by columns of one name.

    Of its 27 for each of 900 columns most would only take time and memory at each start, and most columns are called as
    one of another table is. The library changes none of them: what a database does differently it notes in a copy.
    """
    if field is None or not isinstance(field.model, _Lean) or isinstance(field, RelationalField | ArrayField):
        return get_filters_for_field(field_name, field, source_field)
    key = (type(field), field_name, field.model_field_name, source_field)
    if key not in _found:
        made = get_filters_for_field(field_name, field, source_field)
        asked = len(field_name) + len("__")
        _found[key] = {name: one for name, one in made.items() if name[asked:] in _ASKED}
    return _found[key]


library.get_filters_for_field = _filters  # type: ignore[attr-defined]  # it has no other door for this


class IndexWhere(Index):
    """An index of those rows alone that the condition `where`, in SQL, selects."""

    def __init__(self, *, fields: Sequence[str], where: str, name: str | None = None) -> None:
        super().__init__(fields=list(fields), name=name)
        self.where = where
        self.extra = f" WHERE {where}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        path, args, options = super().deconstruct()
        return path, args, {**options, "where": self.where}


class _Lean(ModelMeta):
    """Words of the code stay in the code.

    The library would look into the source of every class for comments, at every start; and a docstring would be a
    comment in the database, where a ";" splits a statement.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> _Lean:  # noqa: PYI034
        for one in attributes.values():
            if isinstance(one, fields.Field) and bases:
                one.model = bases[0]  # filters are asked for before the class is there
        made: _Lean = super().__new__(cls, name, bases, {**attributes, "_no_comments": True})  # type: ignore[assignment]
        meta = made._meta  # type: ignore[attr-defined]
        meta.table_description = ""
        for field in meta.fields_map.values():
            if type(field) is fields.DatetimeField:
                field.to_python_value = READ_MOMENT  # type: ignore[method-assign]
        return made


def _moment(value: object) -> datetime | None:
    """Read a moment: the library's reader takes a third of the time of a long page, for forms that we never write."""
    if value is None:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


READ_MOMENT = partial(_moment)
"""No function: what a function reads `values()` of the library leaves as it is."""


class Table(Model, metaclass=_Lean):
    """A table. `names_files`: it mostly holds names of stored files, so who looks for one looks here first.

    `follows` is the link whose rows go along when an account that was one person's becomes another's; the rows of other
    tables go with the first person.
    """

    names_files: ClassVar[bool] = False
    follows: ClassVar[str] = ""

    class Meta:
        abstract = True

    def key_of(self, link: str) -> int:
        """Return the number of the row that a link names; the library makes its column where no checker sees it."""
        key = self.key_or_none(link)
        if key is None:
            raise ValueError(f"{type(self).__name__}.{link} names no row")
        return key

    def key_or_none(self, link: str) -> int | None:
        """Return the same, or None where the link is empty."""
        key: int | None = getattr(self, f"{link}_id")
        return key

    @classmethod
    def table_name(cls) -> str:
        """Return the name of the table in the database."""
        return cls._meta.db_table

    @classmethod
    def column_names(cls) -> Sequence[str]:
        """Return the names of its columns in the database."""
        return list(cls._meta.fields_db_projection.values())

    @classmethod
    def of_row(cls, row: Mapping[str, object]) -> Self:
        """Return the object of a row that was read with all columns, as the library's queries make it."""
        return cls._init_from_db(**row)

    @classmethod
    def key_name(cls) -> str:
        """Return the name of the primary key."""
        return cls._meta.pk_attr

    @classmethod
    def text_columns(cls, at_least: int = 0) -> dict[str, fields.Field[Any]]:
        """Return the columns of text that have room for so many characters."""
        return {
            name: field
            for name, field in cls._meta.fields_map.items()
            if isinstance(field, fields.TextField)
            or (isinstance(field, fields.CharField) and field.max_length >= at_least)
        }

    @classmethod
    def links_to(cls, *tables: str) -> Collection[str]:
        """Return the names of the links to these tables, each written as `bot.Person`."""
        links = {name: one for name, one in cls._meta.fields_map.items() if isinstance(one, ForeignKeyFieldInstance)}
        return [name for name, link in links.items() if link.model_name in tables]

    @classmethod
    def is_of(cls, app: str, module: str) -> bool:
        """Make the table the app's if the app's `module` defines it, and tell whether it is the app's.

        The library would give an app whatever its module imports of another one that it has not met yet.
        """
        if cls.__module__ == module:
            cls._meta.app = app
        return cls._meta.app == app


def tables_in(module: ModuleType, app: str) -> list[type[Table]]:
    """Return the tables of an app that its module names."""
    found = [one for one in vars(module).values() if inspect.isclass(one) and issubclass(one, Table)]
    return [one for one in found if one.is_of(app, module.__name__)]
