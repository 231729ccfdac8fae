"""Tables of difficulties, their urgency, and questions to mentors: observers from the level above, who advise only."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class Difficulty(Table):
    """Something that hinders a village. `state` is new, working, answered, solved or passed_on (to the level above).

    `same_as` is the id of another one that tells the same, whose answer holds for both; 0 for none. `directive` is what
    the commune's leaders or the steering committee said about it.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    category = fields.CharField(max_length=16)
    text = fields.CharField(max_length=1000)
    state = fields.CharField(max_length=10)
    version = fields.IntField(default=1)
    reporter: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    owner: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    due_on = fields.DateField()
    response = fields.CharField(max_length=1000, default="")
    directive = fields.CharField(max_length=1000, default="")
    same_as = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "difficulties"
        indexes = (("unit_id", "state"),)


class DifficultyGrade(Table):
    """How urgent a difficulty is: `grade` is urgent, normal or later. No row is normal."""

    id = fields.BigIntField(primary_key=True, generated=True)
    difficulty: fields.OneToOneRelation[Difficulty] = fields.OneToOneField(
        "difficulties.Difficulty", related_name=False
    )
    grade = fields.CharField(max_length=8)

    class Meta:
        table = "difficulty_grades"


class MentorQuestion(Table):
    """A question from an official of the commune `unit`, perhaps about a difficulty.

    `answer` is "" until `answered_at`. Links to persons are emptied when the person is erased. A question about a
    difficulty is deleted with the difficulty, when its reporter is erased.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    difficulty: fields.ForeignKeyNullableRelation[Difficulty] = fields.ForeignKeyField(
        "difficulties.Difficulty", null=True, related_name=False, on_delete=fields.CASCADE
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
