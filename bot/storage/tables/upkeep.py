"""Tables of the upkeep of guides: who tried which text when, what looks different, new texts, and who was reminded."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .people import Account, Person
from .places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class GuideCheck(Table):
    """A guide was tried on a real phone and found right. `content` is the fingerprint of the text that was tried."""

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    guide = fields.CharField(max_length=64)
    content = fields.CharField(max_length=16)
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    on = fields.DateField()

    class Meta:
        table = "guide_checks"
        indexes = (("guide", "content"),)


class GuideFlag(Table):
    """A step looks different on somebody's screen. `source` is resident, or officer.

    `device` and `note` are "" until they are told, `account` is set only for who wants to hear when it is mended.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    guide = fields.CharField(max_length=64)
    step = fields.CharField(max_length=64)
    source = fields.CharField(max_length=8)
    device = fields.CharField(max_length=8, default="")
    note = fields.CharField(max_length=300, default="")
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "bot.Account", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    locale = fields.CharField(max_length=16, default="vi")
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "guide_flags"
        indexes = (("closed_at", "guide", "step"),)


class GuideText(Table):
    """A new text of a guide. `state` is draft, waiting, approved, refused or dropped.

    `base` is the fingerprint of the text that it replaces; of the approved ones of a guide the newest holds.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    guide = fields.CharField(max_length=64)
    base = fields.CharField(max_length=16)
    text = fields.TextField()
    state = fields.CharField(max_length=8)
    version = fields.IntField(default=1)
    reason = fields.CharField(max_length=300, default="")
    author: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    decider: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "guide_texts"
        indexes = (("state", "guide"),)


class GuideReminder(Table):
    """The officers of a commune were told on this day that a guide is due; the row goes when it is no more."""

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    guide = fields.CharField(max_length=64)
    told_on = fields.DateField()

    class Meta:
        table = "guide_reminders"
        unique_together = (("unit", "guide"),)
