"""Tables of a commune's office: what officials changed in chat, and files that are kept for a while only."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .places import Unit


class CommuneSetting(Table):
    """An official's change to the commune's file of settings. `value` is JSON; "" means that the file applies again.

    `version` counts the changes; the audit log has their authors.
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
    """The value that a setting got at `changed_at`, as `CommuneSetting` has it; the newest few are kept."""

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

    names_files = True

    name = fields.CharField(max_length=200, primary_key=True)
    until = fields.DatetimeField()

    class Meta:
        table = "passing_files"
