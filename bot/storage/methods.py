"""The table of a village's ways of working: which it has chosen, since when, and until when. Nobody is named."""

from __future__ import annotations

from tortoise import fields

from .places import Unit
from .table import Table


class VillageMethod(Table):
    """A village works in this way from a day on. `own` holds the words of one that the common list lacks, else "".

    `ended_on` is the day on which it was given up: reports of earlier periods still show it.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    method = fields.CharField(max_length=16)
    own = fields.CharField(max_length=60, default="")
    since = fields.DateField()
    ended_on = fields.DateField(null=True)

    class Meta:
        table = "village_methods"
        indexes = (("unit_id", "ended_on"),)
