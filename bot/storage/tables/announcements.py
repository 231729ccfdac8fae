"""Tables of announcements: their text, author and approver, and the groups and villages fixed at approval.

The delivery of each message is recorded in the outbox (`OutboxRow.announcement`). Links to persons are emptied when the
person is erased; the announcement stays.
"""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table

from .people import Person
from .places import Channel, Unit

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

    names_files = True

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
        indexes = (("state", "not_before"), ("corrects",), ("author_id",), ("approver_id",))


class AnnouncementWay(Table):
    """How an announcement was also passed on, outside of the bot; see bot.features.announcements.other_channels."""

    id = fields.BigIntField(primary_key=True, generated=True)
    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "bot.Announcement", related_name=False
    )
    way = fields.CharField(max_length=12)

    class Meta:
        table = "announcement_ways"
        unique_together = (("announcement", "way"),)


class OaBroadcast(Table):
    """An article that an official posted to the official account's followers; see bot.features.announcements.oa.

    The audit log has the name of the official.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "bot.Announcement", related_name=False
    )
    followers = fields.IntField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "oa_broadcasts"
        unique_together = (("announcement",),)


class VillageTold(Table):
    """A way in which an official says that one village was told besides; see bot.features.announcements.receipts.told.

    The audit log has the name of the official.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "bot.Announcement", related_name=False
    )
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    way = fields.CharField(max_length=12)
    at = fields.DatetimeField()

    class Meta:
        table = "village_told"
        unique_together = (("announcement", "unit", "way"),)
        indexes = (("unit_id",),)


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
        indexes = (("unit_id",), ("channel_id",), ("ack_by_id",), ("played_by_id",))


class RelayTarget(Table):
    """A village that is told through a person, who pastes an announcement into the village's own group.

    It is fixed for the village and not for the person. `steps` counts the steps of the ladder that were taken because
    nobody had pasted it yet, `stepped_at` is the time of the last one. `code` is the secret part of the address at
    which residents read it, `opened` how often that was done.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "bot.Announcement", related_name=False
    )
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    steps = fields.SmallIntField(default=0)
    stepped_at = fields.DatetimeField(null=True)
    code = fields.CharField(max_length=24, unique=True)
    opened = fields.IntField(default=0)

    class Meta:
        table = "relay_targets"
        unique_together = (("announcement", "unit"),)
        indexes = (("unit_id",),)


class RelayAsk(Table):
    """A person who is asked to paste an announcement into the group of a village.

    `package` is the key of the messages in the outbox. `state` is asked, pasted, refused, silent or withdrawn. `turn`
    is 0 for those asked at the approval, 1 for who is asked in their place later. `answered_at` is when the state was
    said; `proof` is the stored name of a picture of the group, "" without one.
    """

    names_files = True

    id = fields.BigIntField(primary_key=True, generated=True)
    target: fields.ForeignKeyRelation[RelayTarget] = fields.ForeignKeyField("bot.RelayTarget", related_name=False)
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    package = fields.CharField(max_length=90, unique=True)
    state = fields.CharField(max_length=9, default="asked")
    turn = fields.SmallIntField(default=0)
    asked_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)
    proof = fields.CharField(max_length=120, default="")

    class Meta:
        table = "relay_asks"
        indexes = (("target_id",), ("person_id", "state"), ("state",))


class VillageWay(Table):
    """A way in which a village is told, where it differs from the usual order. Smaller `place` comes first.

    `way` is group, relay, speaker or leaflet; `person` is who answers for it, if somebody was named.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    way = fields.CharField(max_length=8)
    place = fields.SmallIntField()
    person: _NULLABLE_PERSON = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "village_ways"
        unique_together = (("unit", "way"),)


class VillageGroup(Table):
    """The group of a village that takes no bot, as its people call it, and how far its first day has come.

    `stage` is name (its name was asked for), paste (the welcome is to be pasted), done or skipped. A village without a
    row was never asked.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    unit: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    name = fields.CharField(max_length=80, default="")
    stage = fields.CharField(max_length=8)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "village_groups"
        unique_together = (("unit",),)
