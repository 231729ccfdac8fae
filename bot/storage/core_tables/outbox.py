"""The outbox: one row is one call to a messenger."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import IndexWhere, Table


class OutboxRow(Table):
    """A message to somebody else than the one who is being answered.

    `klass` is notice, request, routine or urgent. `announcement` is 0 for notices. A package is all that one chat gets
    at once, its messages are `part` 1, 2, … and leave in this order. `message` is the JSON of
    bot.core.messages.message_to_json and fits the chat; where there is a `body_id` its words are an OutboxBody (0: they
    are not); `choices` are the buttons that it shows as numbers, as
    JSON. `any_hour` rows do not know quiet
    hours. `token` fences off a late holder. `decision` is what was decided about an uncertain row, or "send" for a row
    that may use what is kept back of the month's messages, or "again" for one that may have arrived, as
    bot.features.outbox.states says; `resend_of` is the row that this one repeats (0: none), so
    the rows with 0 are those that were frozen, but for packages that are a Detour. `replacing` is the id of the message
    whose place this one takes ("": none). `gone`: the messenger said that the chat does not exist for us, and the rest
    of the program is still to hear.
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
    body_id = fields.BigIntField(default=0, db_default=0)
    choices = fields.TextField(default="")
    any_hour = fields.BooleanField(default=False)
    state = fields.CharField(max_length=10)
    reason = fields.CharField(max_length=200, default="")
    decision = fields.CharField(max_length=10, default="")
    resend_of = fields.BigIntField(default=0)
    replacing = fields.CharField(max_length=64, default="")
    not_before = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    token = fields.CharField(max_length=32, default="")
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    message_id = fields.CharField(max_length=64, default="")
    gone = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "outbox"
        indexes = (
            ("platform", "state", "announcement", "not_before", "id"),
            ("platform", "chat_id", "state"),
            ("announcement", "state"),
            ("package", "part"),
            IndexWhere(fields=["body_id"], where="body_id <> 0"),
        )


class OutboxBody(Table):
    """The words of an announcement's messages, as JSON, once for all the rows that say the same; `digest` is theirs."""

    id = fields.BigIntField(primary_key=True, generated=True)
    digest = fields.CharField(max_length=64, unique=True)
    words = fields.TextField()

    class Meta:
        table = "outbox_bodies"


class Detour(Table):
    """A package that goes to another chat of the same people, because `instead_of` did not reach its own."""

    id = fields.BigIntField(primary_key=True, generated=True)
    package = fields.CharField(max_length=90, unique=True)
    instead_of = fields.CharField(max_length=90, unique=True)
    made_at = fields.DatetimeField()

    class Meta:
        table = "detours"


class OutboxStop(Table):
    """Why rows wait for a person: `reason` breaker or poison stops one announcement, token a whole `platform`.

    `detail` is the messenger's own word, `held` how many rows stopped. `told`: the officials know. `resumed_at` is when
    a person let it go on, NULL while it stands.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    announcement = fields.BigIntField(default=0)
    platform = fields.CharField(max_length=32, default="")
    reason = fields.CharField(max_length=10)
    detail = fields.CharField(max_length=200, default="")
    held = fields.IntField(default=0)
    told = fields.BooleanField(default=False)
    stopped_at = fields.DatetimeField()
    resumed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox_stops"
        indexes = (("announcement",), ("told",))
