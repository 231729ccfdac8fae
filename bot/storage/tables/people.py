"""Tables of people: accounts on messengers, roles, invites, consent. Everything here can be erased."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .places import Unit


class Person(Table):
    """A person with a role, or one who gave consent.

    `name` and `phone` only after consent, or as an office listed them. `listed_name` is the name in the office's list,
    by which an import knows a person who has corrected their own.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    name = fields.CharField(max_length=120, default="")
    listed_name = fields.CharField(max_length=120, default="", db_default="")
    phone = fields.CharField(max_length=20, default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "people"


class Account(Table):
    """One person on one messenger, `chat_id` is the private chat to write to, "" when there is none yet.

    `reachable` is False when the messenger refuses us, `muted` when the person asked for silence.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    native_id = fields.CharField(max_length=128)
    chat_id = fields.CharField(max_length=128, default="")
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "bot.Person", null=True, related_name="accounts", on_delete=fields.SET_NULL
    )
    reachable = fields.BooleanField(default=True)
    muted = fields.BooleanField(default=False)
    last_seen = fields.DatetimeField()

    class Meta:
        table = "accounts"
        table_description = "One person on one messenger."
        unique_together = (("platform", "native_id"),)
        indexes = (("person_id",), ("platform", "chat_id"))


class Role(Table):
    """A role code of a person in a unit, until it ends or expires."""

    id = fields.BigIntField(primary_key=True, generated=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name="roles")
    role = fields.CharField(max_length=20)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name="roles")
    granted_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "roles"
        indexes = (("person_id",), ("unit_id", "role"))


class Invite(Table):
    """A one-time code, as its hash. `purpose` is role, listed, link (a second messenger) or channel (a group).

    `role` is the role, or the purpose of the group. `person` is who links another messenger, who hands over a role, or
    whom an office listed with their roles before they came.
    `created_by` is the person who made it, NULL for the command line.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    code_hash = fields.CharField(max_length=64, unique=True)
    purpose = fields.CharField(max_length=8)
    role = fields.CharField(max_length=20, default="")
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "bot.Unit", null=True, related_name="invites", on_delete=fields.CASCADE
    )
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "bot.Person", null=True, related_name="invites", on_delete=fields.CASCADE
    )
    created_by = fields.BigIntField(null=True)
    uses_left = fields.IntField()
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "invites"
        table_description = "One-time codes, as hashes."


class WrongCode(Table):
    """A wrong code that somebody tried. `subject` is a keyed hash of the account or chat."""

    id = fields.BigIntField(primary_key=True, generated=True)
    subject = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    class Meta:
        table = "wrong_codes"
        indexes = (("subject", "at"),)


class Consent(Table):
    """A consent given or withdrawn, with the version of the text, when and on which account."""

    id = fields.BigIntField(primary_key=True, generated=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("bot.Account", related_name="consents")
    action = fields.CharField(max_length=16)
    text_version = fields.CharField(max_length=16)
    at = fields.DatetimeField()

    class Meta:
        table = "consents"
        indexes = (("account_id",),)
