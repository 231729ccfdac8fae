"""Tables of places: units as a tree with validity dates, and the chats that belong to them."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import IndexWhere, Table

COMMUNES = frozenset({"xã", "phường", "đặc khu"})
"""Kinds of units between a province and its villages since 1 July 2025."""
IS_COMMUNE = "replace(lower(kind), 'Đ', 'đ') in (" + ", ".join(f"'{kind}'" for kind in sorted(COMMUNES)) + ")"
"""SQLite changes ASCII letters alone to lower case."""


class Unit(Table):
    """A province, a commune or a village of any local kind. Codes are unique in the installation.

    `aliases` is a JSON list of other names, `former_names` of [name, its last day]. `valid_to` is the last day it
    existed, `merged_into` what it became.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.CharField(max_length=64, unique=True)
    kind = fields.CharField(max_length=32)
    name = fields.CharField(max_length=120)
    aliases = fields.TextField(default="[]")
    former_names = fields.TextField(default="[]")
    parent: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "bot.Unit", null=True, related_name="children", on_delete=fields.RESTRICT
    )
    merged_into: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "bot.Unit", null=True, related_name="merged_from", on_delete=fields.RESTRICT
    )
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    fictitious = fields.BooleanField(default=False)

    class Meta:
        table = "units"
        indexes = (("parent_id",), ("merged_into_id",), IndexWhere(fields=["id"], where=IS_COMMUNE))


class UnitSize(Table):
    """Households and adults of a unit from a day on. A new count does not rewrite old periods."""

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name="sizes")
    households = fields.IntField(null=True)
    adults = fields.IntField(null=True)
    counted_on = fields.DateField()

    class Meta:
        table = "unit_sizes"
        unique_together = (("unit", "counted_on"),)


class Channel(Table):
    """A group on a messenger that belongs to a unit. `purpose` is village, commune, team, enterprise or sandbox."""

    id = fields.BigIntField(primary_key=True, generated=True)
    platform = fields.CharField(max_length=32)
    native_id = fields.CharField(max_length=128)
    purpose = fields.CharField(max_length=16)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name="channels")
    title = fields.CharField(max_length=200, default="")
    locale = fields.CharField(max_length=16, null=True)
    active = fields.BooleanField(default=True)
    inactive_reason = fields.CharField(max_length=200, default="")
    registered_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "channels"
        indexes = (("unit_id",),)
        unique_together = (("platform", "native_id"),)
