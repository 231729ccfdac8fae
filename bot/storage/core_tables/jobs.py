"""Long work that was asked for: one row is one job."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table


class JobRow(Table):
    """`body` is a JSON object of strings; `platform` and `chat_id` are the chat that waits for the result, or "".

    `state` is waiting, leased, done or failed. `token` fences off a late holder. `attempts` counts how often the work
    was begun.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    kind = fields.CharField(max_length=32)
    key = fields.CharField(max_length=120, unique=True)
    body = fields.TextField()
    platform = fields.CharField(max_length=32, default="")
    chat_id = fields.CharField(max_length=128, default="")
    state = fields.CharField(max_length=8)
    token = fields.CharField(max_length=32, default="")
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    not_before = fields.DatetimeField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "jobs"
        indexes = (("state", "not_before"),)
