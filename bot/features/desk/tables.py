"""The tables of the desk: open sessions, ways in that were offered, and forms that were sent."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person


class DeskSession(Table):
    """A browser in which somebody is signed in. `key` is the keyed hash of its cookie, `browser` its name.

    After five years an official who signs in each day has left no more than the last 90 days: the sweep takes the rest.
    """

    follows = "person"

    id = fields.BigIntField(primary_key=True, generated=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    key = fields.CharField(max_length=64, unique=True)
    browser = fields.CharField(max_length=60, default="")
    opened_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()

    class Meta:
        table = "desk_sessions"
        indexes = (("person_id", "ends_at"),)


class DeskKey(Table):
    """A way in that the bot sent in private: keyed hashes of a link and of six digits. It opens once."""

    follows = "person"

    id = fields.BigIntField(primary_key=True, generated=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    link = fields.CharField(max_length=64, unique=True)
    digits = fields.CharField(max_length=64)
    ends_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "desk_keys"
        indexes = (("digits",), ("person_id",))


class DeskForm(Table):
    """A form that was sent: sent again, by reloading or a double press, it leads to the same page and does nothing."""

    follows = "person"

    id = fields.BigIntField(primary_key=True, generated=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    form = fields.CharField(max_length=32, unique=True)
    led_to = fields.CharField(max_length=200, default="")
    sent_at = fields.DatetimeField()

    class Meta:
        table = "desk_forms"
        indexes = (("sent_at",),)
