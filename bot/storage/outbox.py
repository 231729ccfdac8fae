"""The outbox: one row is one call to a messenger."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class OutboxRow(Model):
    """A message to somebody else than the one who is being answered.

    `klass` is notice, routine or urgent. `announcement` is 0 for notices. `part` counts the messages of one target.
    `message` is the JSON of bot.core.messages.message_to_json and fits the chat. `token` fences off a late holder.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    klass = fields.CharField(max_length=8)
    announcement = fields.BigIntField(default=0)
    platform = fields.CharField(max_length=32)
    chat_id = fields.CharField(max_length=128)
    chat_kind = fields.CharField(max_length=8)
    part = fields.SmallIntField(default=1)
    key = fields.CharField(max_length=120, unique=True)
    message = fields.TextField()
    state = fields.CharField(max_length=10)
    reason = fields.CharField(max_length=200, default="")
    not_before = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    token = fields.CharField(max_length=32, default="")
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    message_id = fields.CharField(max_length=64, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "outbox"
        indexes = (("state", "not_before"), ("announcement",), ("platform", "chat_id"))
