"""Tables of learning: question banks and what was answered, training sessions and who sits in them.

Answers belong to an account on a messenger, as in the guides: learning requires no name. A training seat whose person
is gone stays, so that what was counted stays true.
"""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class QuestionBank(Table):
    """The questions of a commune under one name; `name` is that of its sheet in the workbook."""

    id = fields.BigIntField(primary_key=True, generated=True)
    commune: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    name = fields.CharField(max_length=31)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "question_banks"
        unique_together = (("commune", "name"),)


class BankQuestion(Table):
    """One question. `choices` is a JSON list, `right` the 0-based index; `guide` is the slug that teaches it, or "".

    One that left the bank is not `active`: its answers stay.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    bank: fields.ForeignKeyRelation[QuestionBank] = fields.ForeignKeyField("learning.QuestionBank", related_name=False)
    place = fields.IntField()
    text = fields.CharField(max_length=300)
    choices = fields.TextField()
    right = fields.SmallIntField()
    why = fields.CharField(max_length=200, default="")
    guide = fields.CharField(max_length=64, default="")
    active = fields.BooleanField(default=True)

    class Meta:
        table = "bank_questions"
        unique_together = (("bank", "text"),)


class BankImport(Table):
    """A workbook that was read and waits for "Đúng". `banks` is its content as JSON, `shown` the digest of changes."""

    id = fields.BigIntField(primary_key=True, generated=True)
    commune: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    banks = fields.TextField()
    shown = fields.CharField(max_length=16)
    at = fields.DatetimeField()

    class Meta:
        table = "bank_imports"
        unique_together = (("commune", "person"),)


class DailyReader(Table):
    """A subscriber of one question a day at `hour` (Vietnam). `unit` is the village, when it is known.

    `asked` is the id of the question of the day `asked_on`.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    person = fields.CharField(max_length=128)
    chat_id = fields.CharField(max_length=128)
    commune: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField("bot.Unit", null=True, related_name=False)
    locale = fields.CharField(max_length=16, default="vi")
    hour = fields.SmallIntField()
    asked_on = fields.DateField(null=True)
    asked = fields.BigIntField(default=0)
    since = fields.DatetimeField()

    class Meta:
        table = "daily_readers"
        unique_together = (("platform", "person"),)
        indexes = (("hour", "asked_on"),)


class GroupQuiz(Table):
    """A quiz in a group. `questions` is the JSON list of ids, `at` the number of the one that is open, from 0.

    `state` is running or ended.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    chat_id = fields.CharField(max_length=128)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    bank: fields.ForeignKeyRelation[QuestionBank] = fields.ForeignKeyField("learning.QuestionBank", related_name=False)
    questions = fields.TextField()
    at = fields.SmallIntField(default=0)
    state = fields.CharField(max_length=8, default="running")
    started_at = fields.DatetimeField()

    class Meta:
        table = "group_quizzes"
        indexes = (("platform", "chat_id", "state"),)


class QuestionAnswer(Table):
    """The first answer of somebody to a question on one occasion; later ones do not count.

    `occasion` is the day of a daily question (`d2026-11-24`), a group quiz (`q12`) or another feature's own. `unit` is
    the village that it counts for.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    person = fields.CharField(max_length=128)
    question: fields.ForeignKeyRelation[BankQuestion] = fields.ForeignKeyField(
        "learning.BankQuestion", related_name=False
    )
    occasion = fields.CharField(max_length=32)
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField("bot.Unit", null=True, related_name=False)
    right = fields.BooleanField()
    answered_at = fields.DatetimeField()

    class Meta:
        table = "question_answers"
        unique_together = (("platform", "person", "question", "occasion"),)
        indexes = (("unit_id", "answered_at"), ("occasion",))


class BoardName(Table):
    """A name that somebody wants to be seen under on the village's board; gone as soon as they take it back."""

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    person = fields.CharField(max_length=128)
    name = fields.CharField(max_length=60)
    at = fields.DatetimeField()

    class Meta:
        table = "board_names"
        unique_together = (("platform", "person"),)


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
    """A participant. `name` is the name they chose for the list, "" for a participant who is not to be listed."""

    id = fields.BigIntField(primary_key=True, generated=True)
    session: fields.ForeignKeyRelation[TrainingSession] = fields.ForeignKeyField(
        "learning.TrainingSession", related_name=False
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
    seat: fields.ForeignKeyRelation[TrainingSeat] = fields.ForeignKeyField("learning.TrainingSeat", related_name=False)
    phase = fields.CharField(max_length=6)
    question = fields.SmallIntField()
    right = fields.BooleanField()
    answered_at = fields.DatetimeField()

    class Meta:
        table = "training_answers"
        unique_together = (("seat", "phase", "question"),)
