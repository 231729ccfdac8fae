"""Tables of the engine: the inbox, one session for each chat, long button actions, pauses."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import IndexWhere, Table


class InboxEvent(Table):
    """An event as it arrived. `body` is NULL once it was handled, ids are kept 30 days to know repeats."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    event_id = fields.CharField(max_length=200)
    chat_id = fields.CharField(max_length=128)
    body = fields.TextField(null=True)
    noted_at = fields.DatetimeField()
    attempts = fields.SmallIntField(default=0)
    failed = fields.TextField(null=True)

    class Meta:
        table = "inbox"
        unique_together = (("platform", "event_id"),)
        # Few have a body: those that wait and those that failed. Who looks for them reads no others.
        indexes = (("platform", "chat_id"), IndexWhere(fields=["seq"], where="body is not null"))


class SessionRow(Table):
    """The session of a chat; `state` is the JSON of bot.core.sessions.session_to_json."""

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    chat_id = fields.CharField(max_length=128)
    version = fields.BigIntField()
    done_seq = fields.BigIntField()
    out_seq = fields.BigIntField()
    sent_seq = fields.BigIntField()
    state = fields.TextField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "sessions"
        unique_together = (("platform", "chat_id"),)


class StoredAction(Table):
    """A packed action that was too long for a button, by its token."""

    token = fields.CharField(max_length=24, primary_key=True)
    packed = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "stored_actions"


class Pause(Table):
    """A platform asked to wait until then, `chat_id` "" is the whole token."""

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    chat_id = fields.CharField(max_length=128)
    until = fields.DatetimeField()

    class Meta:
        table = "pauses"
        unique_together = (("platform", "chat_id"),)
