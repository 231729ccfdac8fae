"""Tables of a commune's office: what officials changed in chat, and files that are kept for a while only."""

from __future__ import annotations

from tortoise import fields

from .places import Unit
from .table import Table


class CommuneSetting(Table):
    """What a commune's officials changed of its file. `value` is JSON; "" means that the file is right again.

    `version` counts the changes; who made them stands in the audit log.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    field = fields.CharField(max_length=16)
    value = fields.TextField(default="")
    version = fields.IntField(default=0)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "commune_settings"
        unique_together = (("unit", "field"),)


class SettingVersion(Table):
    """What a setting was made at `changed_at`, as `CommuneSetting` has it; the newest few are kept."""

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    field = fields.CharField(max_length=16)
    version = fields.IntField()
    value = fields.TextField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "setting_versions"
        unique_together = (("unit", "field", "version"),)


class PassingFile(Table):
    """A file of the media store that goes at a time, such as the QR picture of a code that expires."""

    name = fields.CharField(max_length=200, primary_key=True)
    until = fields.DatetimeField()

    class Meta:
        table = "passing_files"
