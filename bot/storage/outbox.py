"""The outbox: one row is one call to a messenger."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class OutboxRow(Model):
    """A message to somebody else than the one who is being answered.

    `klass` is notice, routine or urgent. `announcement` is 0 for notices. A package is all that one chat gets at once,
    its messages are `part` 1, 2, … and leave in this order. `message` is the JSON of bot.core.messages.message_to_json
    and fits the chat; `choices` are the buttons that it shows as numbers, as JSON. `any_hour` rows do not know quiet
    hours. `token` fences off a late holder. `decision` is what was decided about an uncertain row, `resend_of` the row
    that this one repeats (0: none), so the rows with 0 are those that were frozen.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    klass = fields.CharField(max_length=8)
    announcement = fields.BigIntField(default=0)
    package = fields.CharField(max_length=90)
    part = fields.SmallIntField(default=1)
    key = fields.CharField(max_length=120, unique=True)
    platform = fields.CharField(max_length=32)
    chat_id = fields.CharField(max_length=128)
    chat_kind = fields.CharField(max_length=8)
    locale = fields.CharField(max_length=16)
    message = fields.TextField()
    choices = fields.TextField(default="")
    any_hour = fields.BooleanField(default=False)
    state = fields.CharField(max_length=10)
    reason = fields.CharField(max_length=200, default="")
    decision = fields.CharField(max_length=10, default="")
    resend_of = fields.BigIntField(default=0)
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
        indexes = (
            ("platform", "state", "not_before"),
            ("platform", "chat_id", "state"),
            ("announcement",),
            ("package", "part"),
        )
