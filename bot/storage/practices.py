"""Tables of good practice: what a village does well, and which villages do it after it."""

from __future__ import annotations

from tortoise import fields

from .people import Person
from .places import Unit
from .table import Table

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
    practice: fields.ForeignKeyRelation[GoodPractice] = fields.ForeignKeyField("bot.GoodPractice", related_name=False)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    at = fields.DatetimeField()

    class Meta:
        table = "practice_uses"
        unique_together = (("practice", "unit"),)
