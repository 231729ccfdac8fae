"""Tables of the tasks that a team gives to its members.

Links to persons are emptied when the person is erased; what was to be done, and by when, stays.
"""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .people import Person
from .places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class Task(Table):
    """A task: its doer, its due day, and how it is seen that it is done.

    `state` is draft, open (anybody may take it), given (to `doer`, who has not answered), taken, returned (the giver
    has to decide), done or dropped. `note` is the last reason, or the result.
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


class TaskSource(Table):
    """The authority above the giver that ordered the task, and its document; each "" if not told, no row if neither.

    `level` is a level or sector (`tỉnh`, `ngành y tế`), `document` the paper with its number, `dated` the paper's day.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    task: fields.OneToOneRelation[Task] = fields.OneToOneField("bot.Task", related_name=False)
    level = fields.CharField(max_length=60, default="")
    document = fields.CharField(max_length=100, default="")
    dated = fields.DateField(null=True)

    class Meta:
        table = "task_sources"
