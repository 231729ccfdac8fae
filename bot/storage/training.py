"""Tables of training sessions: what is taught when and where, who sits in it, and what they answered.

A seat whose person is gone stays, so that what was counted stays true.
"""

from __future__ import annotations

from tortoise import fields

from .people import Person
from .places import Unit
from .table import Table

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class TrainingSession(Table):
    """`audience` is team or people. `state` is planned, before, taught, after, closed or cancelled.

    `topic` names a guide or a bank, `title` is what it was called when it was planned. `questions` is the JSON of what
    is asked, frozen when it is first opened, so that before and after ask the same. `present` counts the people in the
    room, as the trainer said.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    trainer: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    audience = fields.CharField(max_length=8)
    topic = fields.CharField(max_length=80)
    title = fields.CharField(max_length=200)
    place = fields.CharField(max_length=200)
    starts_at = fields.DatetimeField()
    code = fields.CharField(max_length=8, unique=True)
    state = fields.CharField(max_length=10)
    version = fields.IntField(default=1)
    present = fields.IntField(null=True)
    questions = fields.TextField(default="{}")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "training_sessions"
        indexes = (("unit_id", "state"), ("state", "starts_at"))


class TrainingSeat(Table):
    """Somebody who joined. `name` is what they want to be called in the list, "" for who wants to stand in none."""

    id = fields.BigIntField(primary_key=True, generated=True)
    session: fields.ForeignKeyRelation[TrainingSession] = fields.ForeignKeyField(
        "bot.TrainingSession", related_name=False
    )
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    name = fields.CharField(max_length=80, default="")
    joined_at = fields.DatetimeField()

    class Meta:
        table = "training_seats"
        unique_together = (("session", "person"),)
        indexes = (("person_id",),)


class TrainingAnswer(Table):
    """The first answer of a seat to a question, before or after the lesson. `phase` is before or after."""

    id = fields.BigIntField(primary_key=True, generated=True)
    seat: fields.ForeignKeyRelation[TrainingSeat] = fields.ForeignKeyField("bot.TrainingSeat", related_name=False)
    phase = fields.CharField(max_length=6)
    question = fields.SmallIntField()
    right = fields.BooleanField()
    answered_at = fields.DatetimeField()

    class Meta:
        table = "training_answers"
        unique_together = (("seat", "phase", "question"),)
