"""Tables of help: who is stuck where, whom it was asked, what was written, and who is on duty on which weekday."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .people import Account, Person
from .places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class HelpRequest(Table):
    """A request for a person's help. `state` is waiting, taken, answered or closed.

    `asker` is the account that waits for the answer; `unit` the village, or the commune when the village is not known.
    `guide` and `step` are "" for a question of one's own. `stage` tells which helpers are asked now: village, centre or
    all. `next_at` is when the clock looks at it again. After 30 days only the data for statistics is left.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    asker: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "bot.Account", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    locale = fields.CharField(max_length=16, default="vi")
    guide = fields.CharField(max_length=64, default="")
    step = fields.CharField(max_length=64, default="")
    device = fields.CharField(max_length=8, default="")
    contact = fields.CharField(max_length=120, default="")
    state = fields.CharField(max_length=8)
    version = fields.IntField(default=1)
    stage = fields.CharField(max_length=8, default="village")
    helper: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    reminded = fields.BooleanField(default=False)
    next_at = fields.DatetimeField(null=True)
    promised_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    first_answer_at = fields.DatetimeField(null=True)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "help_requests"
        indexes = (("state", "next_at"), ("unit_id", "created_at"), ("asker_id",), ("helper_id",))


class HelpAsk(Table):
    """A helper who was asked about a request. `state` is waiting, taken, declined, passed or called.

    "called" is everybody at once, when no helper had taken it in turn.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    request: fields.ForeignKeyRelation[HelpRequest] = fields.ForeignKeyField("bot.HelpRequest", related_name=False)
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    state = fields.CharField(max_length=8)
    at = fields.DatetimeField()

    class Meta:
        table = "help_asks"
        indexes = (("request_id",), ("person_id", "at"))


class HelpMessage(Table):
    """One message between the two. `person` is the helper who wrote it, nobody when it is the resident's."""

    names_files = True

    id = fields.BigIntField(primary_key=True, generated=True)
    request: fields.ForeignKeyRelation[HelpRequest] = fields.ForeignKeyField("bot.HelpRequest", related_name=False)
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    from_asker = fields.BooleanField()
    text = fields.CharField(max_length=1000, default="")
    photo = fields.CharField(max_length=64, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "help_messages"
        indexes = (("request_id", "id"),)


class HelpDuty(Table):
    """A person's duty in a unit on a weekday, 0 is Monday. A weekday without rows is everybody's."""

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    weekday = fields.SmallIntField()

    class Meta:
        table = "help_duty"
        unique_together = (("unit", "weekday", "person"),)
