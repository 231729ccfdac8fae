"""The table of questions to mentors: observers from the level above, who advise and change nothing."""

from __future__ import annotations

from tortoise import fields

from .checkins import Difficulty
from .people import Person
from .places import Unit
from .table import Table

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class MentorQuestion(Table):
    """What an official of the commune `unit` asks, perhaps about a difficulty. `answer` is "" until `answered_at`.

    Links to persons are emptied when the person is erased. What was asked about a difficulty goes with who reported it.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    difficulty: fields.ForeignKeyNullableRelation[Difficulty] = fields.ForeignKeyField(
        "bot.Difficulty", null=True, related_name=False, on_delete=fields.CASCADE
    )
    asker: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    mentor: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    text = fields.CharField(max_length=1000)
    answer = fields.CharField(max_length=1000, default="")
    asked_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "mentor_questions"
        indexes = (("difficulty_id",), ("mentor_id", "answered_at"))
