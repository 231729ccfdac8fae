"""Tables for other programs: tokens that read, addresses that are told, and what is on its way to them.

Nothing here opens anything by itself: of a token there is a keyed hash, and the secret of a webhook is made of `salt`
and the installation's key.
"""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .people import Person
from .places import Unit


class ProgramToken(Table):
    """A token with which a program reads what `person` may read of the commune `unit`. `name` says what it is for.

    `noted` is the day, and the kinds of data read on it, that the audit log knows of already.
    """

    follows = "person"

    id = fields.BigIntField(primary_key=True, generated=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    name = fields.CharField(max_length=60)
    key = fields.CharField(max_length=64, unique=True)
    made_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    noted = fields.CharField(max_length=120, default="")

    class Meta:
        table = "program_tokens"
        indexes = (("unit_id",), ("person_id",))


class Webhook(Table):
    """An address that is told what happens in the commune `unit`, with the rights of `person`.

    `kinds` are separated by blanks, with one at each end. `failures` counts those in a row since `failing_since`;
    nothing is tried before `next_at`. `held_until` is the lease of the process that sends. `ended_at`: a person took
    it away; `stopped_at`: the machine switched it off, `why` says for what reason.
    """

    follows = "person"

    id = fields.BigIntField(primary_key=True, generated=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    address = fields.CharField(max_length=300)
    kinds = fields.CharField(max_length=200)
    salt = fields.CharField(max_length=32)
    made_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    stopped_at = fields.DatetimeField(null=True)
    why = fields.CharField(max_length=16, default="")
    sent_at = fields.DatetimeField(null=True)
    failures = fields.IntField(default=0)
    failing_since = fields.DatetimeField(null=True)
    next_at = fields.DatetimeField(null=True)
    held_until = fields.DatetimeField(null=True)
    last_answer = fields.CharField(max_length=40, default="")

    class Meta:
        table = "webhooks"
        indexes = (("unit_id",), ("person_id",))


class WebhookDelivery(Table):
    """One thing that one address is told. `event` is the same for all that were told of it at once.

    `unit` is the number of the village or commune where it happened, `subject` names what it is about. `state` is
    waiting, sending, sent or dropped.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField("bot.Webhook", related_name=False)
    event = fields.CharField(max_length=32)
    kind = fields.CharField(max_length=24)
    unit = fields.BigIntField()
    subject = fields.CharField(max_length=40)
    happened_at = fields.DatetimeField()
    state = fields.CharField(max_length=8)
    attempts = fields.SmallIntField(default=0)
    tried_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_deliveries"
        indexes = (("webhook_id", "state", "attempts"), ("event",), ("happened_at",))
