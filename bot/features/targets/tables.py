"""Tables of targets: the value that a village is to reach, in versions, and what somebody wants to set."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class Target(Table):
    """The target of a village. A change is a new version with its reason; the old one is `superseded`."""

    id = fields.BigIntField(primary_key=True, generated=True)
    indicator = fields.CharField(max_length=8)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    period = fields.CharField(max_length=8)
    version = fields.IntField()
    superseded = fields.BooleanField(default=False)
    value = fields.BigIntField()
    reason = fields.CharField(max_length=300, default="")
    set_by: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    set_at = fields.DatetimeField()
    acknowledged_by: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    acknowledged_at = fields.DatetimeField(null=True)

    class Meta:
        table = "targets"
        unique_together = (("unit", "indicator", "period", "version"),)
        indexes = (("period", "indicator"),)


class TargetPlan(Table):
    """Targets that somebody wants to set. `body` is JSON; `state` is draft, proposed, done or cancelled."""

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    state = fields.CharField(max_length=9)
    version = fields.IntField(default=1)
    body = fields.TextField()
    author: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "target_plans"
