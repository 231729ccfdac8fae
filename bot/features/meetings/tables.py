"""Tables of the meetings that a village's leader calls: the meeting, and what was decided and asked in it, by line."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit


class Meeting(Table):
    """`kind` is team or village. `state` is called, held (there are minutes) or cancelled.

    `present` counts who came; who they were is not kept. `agenda` has a line for each matter.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    caller: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=8)
    subject = fields.CharField(max_length=300)
    place = fields.CharField(max_length=200)
    agenda = fields.TextField(default="")
    starts_at = fields.DatetimeField()
    state = fields.CharField(max_length=10)
    version = fields.IntField(default=1)
    present = fields.IntField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "meetings"
        indexes = (("unit_id", "starts_at"),)


class MeetingPoint(Table):
    """`kind` is decision or question; `passed_on`: a question that became a difficulty for the commune."""

    id = fields.BigIntField(primary_key=True, generated=True)
    meeting: fields.ForeignKeyRelation[Meeting] = fields.ForeignKeyField("meetings.Meeting", related_name=False)
    kind = fields.CharField(max_length=8)
    text = fields.CharField(max_length=300)
    passed_on = fields.BooleanField(default=False)

    class Meta:
        table = "meeting_points"
        indexes = (("meeting_id",),)
