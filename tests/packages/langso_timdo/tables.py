"""The table of lost things: one row is one thing, told by one account."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table


class LostThing(Table):
    id = fields.BigIntField(primary_key=True, generated=True)
    commune = fields.CharField(max_length=40)
    platform = fields.CharField(max_length=20)
    native_id = fields.CharField(max_length=64)
    what = fields.CharField(max_length=120)
    where = fields.CharField(max_length=120)
    told_at = fields.DatetimeField()

    class Meta:
        table = "lost_things"
        indexes = (("commune", "id"),)

    @classmethod
    async def of(cls, platform: str, native_id: str) -> list[LostThing]:
        """Return the things that an account told."""
        return await cls.filter(platform=platform, native_id=native_id).order_by("id")
