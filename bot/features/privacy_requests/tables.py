"""The register of requests about personal data."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class PrivacyRequest(Table):
    """`kind` is see, correct or erase; `state` open, done or refused (with the reason in `answer`).

    `asker` and `words` are as the official wrote them, and empty once what they asked to erase is erased.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    commune: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    kind = fields.CharField(max_length=8)
    asker = fields.CharField(max_length=120)
    words = fields.CharField(max_length=500, default="")
    came_on = fields.DateField()
    due_on = fields.DateField()
    state = fields.CharField(max_length=8, default="open")
    answer = fields.CharField(max_length=300, default="")
    noter: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    closer: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    noted_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "privacy_requests"
        indexes = (("commune_id", "state", "due_on"),)
