"""Tables of the audit log: append-only rows in a keyed chain, and the one deletable link from actor to person."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .people import Person


class Actor(Table):
    """The random number by which the log names a person. Deleting the row makes the log anonymous."""

    number = fields.BigIntField(primary_key=True, generated=False)
    person: fields.OneToOneRelation[Person] = fields.OneToOneField(
        "bot.Person", related_name="actor", on_delete=fields.CASCADE
    )

    class Meta:
        table = "actors"


class ErasedActor(Table):
    """An actor whose person was erased. A restore from an older backup erases them again."""

    number = fields.BigIntField(primary_key=True, generated=False)
    erased_at = fields.DatetimeField()

    class Meta:
        table = "erased_actors"


class ErasedAccount(Table):
    """An erased account or private chat, as a keyed hash. A restore from an older backup erases it again."""

    pseudonym = fields.CharField(max_length=64, primary_key=True)
    erased_at = fields.DatetimeField()

    class Meta:
        table = "erased_accounts"
        table_description = "Accounts to erase again after a restore, as hashes."


class AuditRow(Table):
    """One act. `details` is JSON without names, platform ids or free text. `mac` covers the row and the one before."""

    id = fields.BigIntField(primary_key=True, generated=True)
    at = fields.DatetimeField()
    actor = fields.BigIntField(null=True)
    act = fields.CharField(max_length=40)
    object = fields.CharField(max_length=80)
    details = fields.TextField()
    mac = fields.CharField(max_length=64)

    class Meta:
        table = "audit_rows"
        indexes = (("actor",),)


class AuditHead(Table):
    """Count of the log and a MAC over the count and the last row's, so that a cut tail shows. One row."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    count = fields.BigIntField()
    head = fields.CharField(max_length=64)

    class Meta:
        table = "audit_head"
