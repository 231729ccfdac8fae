"""Tables that adapters keep their own state in: small values and numbered logs."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table


class PlatformValue(Table):
    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    key = fields.CharField(max_length=200)
    value = fields.TextField()

    class Meta:
        table = "platform_values"
        unique_together = (("platform", "key"),)


class LogEntry(Table):
    """Entry `number` of a chat's log, `key` tells a repeat of the same entry."""

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    chat_id = fields.CharField(max_length=128)
    number = fields.IntField()
    key = fields.CharField(max_length=128, null=True)
    body = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "log_entries"
        unique_together = (("platform", "chat_id", "number"), ("platform", "chat_id", "key"))
