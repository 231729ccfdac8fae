"""Tables of check-ins: indicators, rounds, figures with their history, answers that wait.

Numbers are whole thousandths (12.5 is 12500): exact, and summed alike by either database. The author of a row is a link
that erasing the person empties; the figure stays.
"""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .people import Person
from .places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class IndicatorRow(Table):
    """An indicator; `aliases` is a JSON list. `loai`, `mau_so`, `ky`, `chieu` hold the words of the workbook."""

    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.CharField(max_length=8, unique=True)
    label = fields.CharField(max_length=120)
    unit = fields.CharField(max_length=24)
    loai = fields.CharField(max_length=8)
    mau_so = fields.CharField(max_length=16, default="")
    ky = fields.CharField(max_length=8)
    chieu = fields.CharField(max_length=8)
    aliases = fields.TextField(default="[]")
    help = fields.CharField(max_length=300, default="")
    active = fields.BooleanField(default=True)
    position = fields.IntField()

    class Meta:
        table = "indicators"


class IndicatorPast(Table):
    """An earlier version of an indicator, valid until `until`.

    `body` is its row of the sheet in JSON, "" before it was added.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.CharField(max_length=8)
    body = fields.TextField()
    until = fields.DatetimeField()

    class Meta:
        table = "indicator_pasts"


class RoundPlan(Table):
    """How often a commune asks. `next_period` is the first one that has no round yet.

    `remind_at` is minutes after midnight, `reminders` how many evenings at most.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    cadence = fields.CharField(max_length=8)
    next_period = fields.CharField(max_length=8)
    remind_at = fields.SmallIntField(default=19 * 60 + 30)
    reminders = fields.SmallIntField(default=1)
    enabled = fields.BooleanField(default=True)

    class Meta:
        table = "round_plans"
        unique_together = (("unit", "cadence"),)


class Round(Table):
    """One asking for one period. `steps_done` counts the reminders and closings that took place."""

    id = fields.BigIntField(primary_key=True, generated=True)
    plan: fields.ForeignKeyRelation[RoundPlan] = fields.ForeignKeyField("bot.RoundPlan", related_name=False)
    period = fields.CharField(max_length=8)
    state = fields.CharField(max_length=8)
    opened_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    steps_done = fields.SmallIntField(default=0)
    next_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    reopened_reason = fields.CharField(max_length=300, default="")
    missing = fields.TextField(default="[]")

    class Meta:
        table = "rounds"
        unique_together = (("plan", "period"),)
        indexes = (("state", "next_at"),)


class Figure(Table):
    """A value of an indicator in a village and a period; a correction is a new version, the old one not `current`."""

    id = fields.BigIntField(primary_key=True, generated=True)
    indicator = fields.CharField(max_length=8)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    period = fields.CharField(max_length=8)
    ends_on = fields.DateField()
    version = fields.IntField()
    current = fields.BooleanField(default=True)
    value = fields.BigIntField()
    out_of = fields.BigIntField(null=True)
    source = fields.CharField(max_length=8)
    answer = fields.BigIntField(null=True)
    reported_by: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    reported_at = fields.DatetimeField()

    class Meta:
        table = "figures"
        unique_together = (("unit", "indicator", "period", "version"),)
        indexes = (
            ("ends_on", "indicator", "unit_id"),
            ("unit_id", "indicator", "ends_on"),
            ("reported_by_id",),
        )


class Answer(Table):
    """A report that its author has to confirm. `body` is JSON; `state` is waiting, proposed, done or cancelled."""

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
        table = "answers"
        indexes = (("state", "created_at"), ("author_id",))
