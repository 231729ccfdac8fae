"""The table of words that were not understood, kept with consent for a month so that the bot learns from them."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person


class UnheardWord(Table):
    """`text` is masked; `offered` are meanings parted by commas, `chosen` is what the person took next, "" for nothing.

    `named` is the meaning that an officer gave it, "" until then. `commune` is a code, "" where there is only one.
    `key` names the message: what is kept twice is kept once. `person` is there for showing and erasing alone.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    key = fields.CharField(max_length=24, unique=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    commune = fields.CharField(max_length=64)
    text = fields.CharField(max_length=400)
    offered = fields.CharField(max_length=400)
    chosen = fields.CharField(max_length=64, default="")
    named = fields.CharField(max_length=64, default="")
    at = fields.DatetimeField()

    class Meta:
        table = "unheard_words"
        indexes = (("commune", "named", "at"), ("person_id", "at"))
