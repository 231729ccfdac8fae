"""Tables of the loudspeaker: recordings, when villages played them, and when they mean to.

Links to persons are emptied when the person is erased; recordings and the log stay.
"""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class Recording(Table):
    """Sound for the loudspeakers of a commune.

    `kind` is voice (somebody's recording) or read (a machine reads `script`). `state` is making, ready (somebody has to
    hear it), approved, dropped or failed. `media` is the MP3 in the media store, `size` in bytes, `loudness` in LUFS.
    """

    names_files = True

    id = fields.BigIntField(primary_key=True, generated=True)
    commune: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    kind = fields.CharField(max_length=5)
    title = fields.CharField(max_length=120)
    script = fields.TextField(default="")
    state = fields.CharField(max_length=8)
    media = fields.CharField(max_length=64, default="")
    seconds = fields.IntField(default=0)
    size = fields.IntField(default=0)
    loudness = fields.FloatField(default=0.0)
    author: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    approver: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recordings"
        indexes = (("commune_id", "state"), ("media",))


class Play(Table):
    """A village's loudspeaker played something at a time. `announcement` and `recording` are ids, 0 for none."""

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    announcement = fields.BigIntField(default=0)
    recording = fields.BigIntField(default=0)
    played_at = fields.DatetimeField()
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    noted_at = fields.DatetimeField()

    class Meta:
        table = "plays"
        unique_together = (("unit", "announcement", "recording", "played_at"),)


class LoudspeakerPlan(Table):
    """When a loudspeaker of a village speaks, and who presses play.

    `spot` tells it from the village's others, "" where there is one. `days` holds ISO weekdays ("135" is Monday,
    Wednesday, Friday), `hours` reads "05:30-06:30,17:00". `since` is the time of the last change.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    spot = fields.CharField(max_length=40, default="")
    days = fields.CharField(max_length=7)
    hours = fields.CharField(max_length=80)
    player: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    version = fields.IntField(default=1)
    since = fields.DatetimeField()

    class Meta:
        table = "loudspeaker_plans"
        unique_together = (("unit", "spot"),)
