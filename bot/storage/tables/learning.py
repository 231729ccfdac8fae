"""Tables of the guides: where a person is, how quiz questions were answered, what was counted."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table


class GuideRun(Table):
    """A person's place in a guide. `trail` is the JSON list of step ids so far, `fingerprint` the shown page's.

    `attempt` counts the times its quiz was begun.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    person = fields.CharField(max_length=128)
    guide = fields.CharField(max_length=64)
    step = fields.CharField(max_length=64)
    fingerprint = fields.CharField(max_length=12)
    trail = fields.TextField()
    attempt = fields.IntField(default=1)
    finished = fields.BooleanField(default=False)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "guide_runs"
        unique_together = (("platform", "person", "guide"),)


class QuizAnswer(Table):
    """The first answer to a question in one attempt, later ones do not count."""

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    person = fields.CharField(max_length=128)
    guide = fields.CharField(max_length=64)
    step = fields.CharField(max_length=64)
    attempt = fields.IntField()
    choice = fields.SmallIntField()
    right = fields.BooleanField()
    answered_at = fields.DatetimeField()

    class Meta:
        table = "quiz_answers"
        unique_together = (("platform", "person", "guide", "step", "attempt"),)


class GuideCount(Table):
    """How often something happened at a step of a guide, per day. These are counts, never persons."""

    id = fields.BigIntField(primary_key=True, generated=True)
    guide = fields.CharField(max_length=64)
    step = fields.CharField(max_length=64)
    what = fields.CharField(max_length=16)
    day = fields.DateField()
    count = fields.IntField()

    class Meta:
        table = "guide_counts"
        unique_together = (("guide", "step", "what", "day"),)


class GuideTally(Table):
    """How often something happened at a step of a guide among the people of one unit in one week: never who.

    `unit` is the code of the village, of the commune where the village is not known; `week` is an ISO week,
    `2026-W47`.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit = fields.CharField(max_length=64)
    week = fields.CharField(max_length=8)
    guide = fields.CharField(max_length=64)
    step = fields.CharField(max_length=64)
    what = fields.CharField(max_length=16)
    count = fields.IntField()

    class Meta:
        table = "guide_tallies"
        unique_together = (("unit", "week", "guide", "step", "what"),)
