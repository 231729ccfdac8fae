"""The table of the villages' products that their owners show to everybody."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit


class Product(Table):
    """`state` is draft, waiting (for an official), published or returned (with `reason`).

    `behalf`: a member of the team wrote it for a household, who agreed. Without `price`, in đồng for a `per`, people
    ask. `contact` is a phone number or an address, `photo` a name of the media store. `terms` is the text that was
    agreed to at `agreed_at`. `ends_on` is the last day of what is published.
    """

    names_files = True
    follows = "owner"

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    owner: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("bot.Person", related_name=False)
    behalf = fields.BooleanField(default=False)
    name = fields.CharField(max_length=80)
    text = fields.CharField(max_length=300)
    price = fields.IntField(null=True)
    per = fields.CharField(max_length=40, default="")
    contact = fields.CharField(max_length=200)
    photo = fields.CharField(max_length=64, default="")
    state = fields.CharField(max_length=9)
    version = fields.IntField(default=1)
    reason = fields.CharField(max_length=300, default="")
    terms = fields.CharField(max_length=16, default="")
    agreed_at = fields.DatetimeField(null=True)
    reviewer: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    ends_on = fields.DateField(null=True)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "products"
        indexes = (("unit_id", "state"), ("owner_id", "state"), ("state", "changed_at"))
