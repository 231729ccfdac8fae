"""Tables of announcements: what is said, who wrote and approved it, and the groups that it was frozen for.

What became of each message stands in the outbox (`OutboxRow.announcement`). Links to persons are emptied when the
person is erased; the announcement stays.
"""

from __future__ import annotations

from tortoise import fields

from .people import Person
from .places import Channel, Unit
from .table import Table

_NULLABLE_PERSON = fields.ForeignKeyNullableRelation[Person]


class Announcement(Table):
    """One announcement of a commune; `number` 123 is shown as TB-0123.

    `klass` is routine or urgent, `template` the key of what it was made from ("" free text). `attachments` is a JSON
    list of [kind, media, alt, size]. `audience` is the JSON of bot.features.announcements.audience.Audience.
    `state` is draft, waiting, approved, late, sending, done, cancelled or expired. The hashes are of what was put
    before the approver, "" in a draft; `channels` and `rows` are counted when it is frozen. `everybody`: it was frozen
    for all villages, so anybody may read it. `corrects` is the id of the announcement that this one corrects, 0 for
    none. `reason` is why it was sent urgently without an approver,
    `refusal` why the approver gave it back.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    commune: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    number = fields.IntField()
    klass = fields.CharField(max_length=8, default="routine")
    template = fields.CharField(max_length=16, default="")
    title = fields.CharField(max_length=120, default="")
    text = fields.TextField(default="")
    attachments = fields.TextField(default="[]")
    source = fields.CharField(max_length=200, default="")
    not_before = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    audience = fields.TextField(default="{}")
    author: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    approver: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    state = fields.CharField(max_length=9, default="draft")
    version = fields.IntField(default=1)
    content_hash = fields.CharField(max_length=64, default="")
    audience_hash = fields.CharField(max_length=64, default="")
    channels = fields.IntField(default=0)
    rows = fields.IntField(default=0)
    everybody = fields.BooleanField(default=False)
    corrects = fields.BigIntField(default=0)
    reason = fields.CharField(max_length=300, default="")
    refusal = fields.CharField(max_length=300, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    approved_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "announcements"
        unique_together = (("commune", "number"),)
        indexes = (("state", "not_before"), ("corrects",))


class AnnouncementWay(Table):
    """How an announcement was also passed on, outside of the bot: a code of bot.features.announcements.ways."""

    id = fields.BigIntField(primary_key=True, generated=True)
    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "bot.Announcement", related_name=False
    )
    way = fields.CharField(max_length=12)

    class Meta:
        table = "announcement_ways"
        unique_together = (("announcement", "way"),)


class AnnouncementTarget(Table):
    """A group that an announcement was frozen for, with its address at that time.

    `ack_*`: somebody pressed "Đã nhận"; `played_*`: the loudspeaker played it. `reminders` counts the steps of the
    ladder that were taken because nobody had said so yet.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "bot.Announcement", related_name=False
    )
    channel: fields.ForeignKeyRelation[Channel] = fields.ForeignKeyField("bot.Channel", related_name=False)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    platform = fields.CharField(max_length=32)
    native_id = fields.CharField(max_length=128)
    ack_at = fields.DatetimeField(null=True)
    ack_by: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    reminders = fields.SmallIntField(default=0)
    played_at = fields.DatetimeField(null=True)
    played_by: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "announcement_targets"
        unique_together = (("announcement", "channel"),)
        indexes = (("unit_id",),)
