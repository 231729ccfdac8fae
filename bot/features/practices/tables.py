"""Tables of good practice, of a village's ways of working, and of remarks on its reports by those above it."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class GoodPractice(Table):
    """`state` is draft, waiting (for an officer), published or refused (with `reason`).

    `named` says that a person is named in it, who has agreed.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    title = fields.CharField(max_length=120)
    text = fields.CharField(max_length=1000)
    result = fields.CharField(max_length=500)
    named = fields.BooleanField(default=False)
    state = fields.CharField(max_length=9)
    version = fields.IntField(default=1)
    reason = fields.CharField(max_length=300, default="")
    author: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    reviewer: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)

    class Meta:
        table = "good_practices"
        indexes = (("state", "published_at"), ("unit_id", "state"))


class PracticeUse(Table):
    """A village does what another one has shown."""

    id = fields.BigIntField(primary_key=True, generated=True)
    practice: fields.ForeignKeyRelation[GoodPractice] = fields.ForeignKeyField(
        "practices.GoodPractice", related_name=False
    )
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    at = fields.DatetimeField()

    class Meta:
        table = "practice_uses"
        unique_together = (("practice", "unit"),)


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
