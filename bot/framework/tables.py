"""The base class of an app's own tables; their columns are those of `tortoise.fields`.

A column that is added to rows that are there needs `null=True` or a `db_default`.
"""

from bot.storage.table import Table

__all__ = ["Table"]
