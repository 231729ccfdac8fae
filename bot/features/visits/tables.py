"""The table of field visits: somebody of the village helped so many people with something. Never who was helped."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit


class Visit(Table):
    """`topic` is an area of the guides, `outcome` is done, not_yet or again (somebody has to come back).

    `key` names the message in which it was noted: pressing twice notes once. `minutes` 0 is "not said".
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    role = fields.CharField(max_length=20)
    topic = fields.CharField(max_length=32)
    people = fields.IntField()
    outcome = fields.CharField(max_length=8)
    minutes = fields.IntField(default=0)
    day = fields.DateField()
    key = fields.CharField(max_length=24, unique=True)
    noted_at = fields.DatetimeField()

    class Meta:
        table = "visits"
        indexes = (("unit_id", "day"), ("person_id", "day"))


class VisitStage(Table):
    """Which app a visit was about: `app` is a code of bot.features.visits.apps, `stage` is knows, has, uses or ""."""

    id = fields.BigIntField(primary_key=True, generated=True)
    visit: fields.OneToOneRelation[Visit] = fields.OneToOneField("visits.Visit", related_name=False)
    app = fields.CharField(max_length=16)
    stage = fields.CharField(max_length=8, default="")

    class Meta:
        table = "visit_stages"
