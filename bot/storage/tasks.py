"""The table of tasks that a team gives to its members.

Links to persons are emptied when the person is erased; what was to be done, and by when, stays.
"""

from __future__ import annotations

from tortoise import fields

from .people import Person
from .places import Unit
from .table import Table

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class Task(Table):
    """Who does what by when, and how it is seen that it is done.

    `state` is draft, open (whoever wants may take it), given (to `doer`, who has not answered), taken, returned (the
    giver has to decide), done or dropped. `note` is the last reason, or the result.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    title = fields.CharField(max_length=300)
    outcome = fields.CharField(max_length=300, default="")
    due_on = fields.DateField()
    state = fields.CharField(max_length=8)
    version = fields.IntField(default=1)
    giver: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    doer: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    note = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "tasks"
        indexes = (("unit_id", "state"), ("state", "due_on"))
