"""The table of further accounts on messengers. Their tokens stand in it sealed, and in no other place."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.places import Unit


class BotAccount(Table):
    """`name` is the platform of all its rows elsewhere: `telegram@yen-mo`. `unit` is its commune, null: it has all.

    `options` are the settings of its adapter and its pace, sealed. `version` grows with each change, so that whoever
    runs it sees that there was one. `trouble`: why it does not run although it is on, in words for the operator.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    name = fields.CharField(max_length=32, unique=True)
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField("bot.Unit", null=True, related_name=False)
    options = fields.TextField()
    at_work = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    changed_at = fields.DatetimeField()
    trouble = fields.CharField(max_length=300, default="")

    class Meta:
        table = "bot_accounts"
