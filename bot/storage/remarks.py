"""The table of remarks: what those above a village say about its report, without touching a figure."""

from __future__ import annotations

from tortoise import fields

from .people import Person
from .places import Unit
from .table import Table


class Remark(Table):
    """`role` is that of the author when it was written, `period` the name of a reporting period."""

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    period = fields.CharField(max_length=8)
    role = fields.CharField(max_length=20)
    text = fields.CharField(max_length=1000)
    author: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    at = fields.DatetimeField()

    class Meta:
        table = "remarks"
        indexes = (("unit_id", "period"),)
