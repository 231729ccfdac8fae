"""Tables of quality: how people found what helped them, counted, and visits that are asked about again."""

from __future__ import annotations

from tortoise import fields

from bot.features.visits.tables import Visit
from bot.storage.table import Table


class OpinionTally(Table):
    """How many people of one unit gave this answer in one month: never who.

    `unit` is the code of the village, of the commune where the village is not known; `month` the name of a reporting
    month, `2026-11`. `about` is help or guide, `mood` is good, fair or poor.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit = fields.CharField(max_length=64)
    month = fields.CharField(max_length=8)
    about = fields.CharField(max_length=8)
    mood = fields.CharField(max_length=8)
    count = fields.IntField()

    class Meta:
        table = "opinion_tallies"
        unique_together = (("unit", "month", "about", "mood"),)


class VisitCheck(Table):
    """A visit that was drawn: whoever went there asks again. `result` is "" until then, able, forgot or absent."""

    id = fields.BigIntField(primary_key=True, generated=True)
    visit: fields.OneToOneRelation[Visit] = fields.OneToOneField("visits.Visit", related_name=False)
    drawn_at = fields.DatetimeField()
    result = fields.CharField(max_length=8, default="")
    noted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "visit_checks"
        indexes = (("result", "drawn_at"),)
