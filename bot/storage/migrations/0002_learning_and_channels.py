from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("bot", "0001_initial")]

    initial = False

    operations = [
        ops.CreateModel(
            name="GuideCheck",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "bot.Unit",
                        source_field="unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("guide", fields.CharField(max_length=64)),
                ("content", fields.CharField(max_length=16)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="person_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("on", fields.DateField()),
            ],
            options={
                "table": "guide_checks",
                "app": "bot",
                "indexes": [Index(fields=["guide", "content"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GuideFlag",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("guide", fields.CharField(max_length=64)),
                ("step", fields.CharField(max_length=64)),
                ("source", fields.CharField(max_length=8)),
                ("device", fields.CharField(default="", max_length=8)),
                ("note", fields.CharField(default="", max_length=300)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "bot.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("locale", fields.CharField(default="vi", max_length=16)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="person_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "guide_flags",
                "app": "bot",
                "indexes": [Index(fields=["closed_at", "guide", "step"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GuideReminder",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "bot.Unit",
                        source_field="unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("guide", fields.CharField(max_length=64)),
                ("told_on", fields.DateField()),
            ],
            options={
                "table": "guide_reminders",
                "app": "bot",
                "unique_together": (("unit", "guide"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GuideTally",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("unit", fields.CharField(max_length=64)),
                ("week", fields.CharField(max_length=8)),
                ("guide", fields.CharField(max_length=64)),
                ("step", fields.CharField(max_length=64)),
                ("what", fields.CharField(max_length=16)),
                ("count", fields.IntField()),
            ],
            options={
                "table": "guide_tallies",
                "app": "bot",
                "unique_together": (("unit", "week", "guide", "step", "what"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GuideText",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "bot.Unit",
                        source_field="unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("guide", fields.CharField(max_length=64)),
                ("base", fields.CharField(max_length=16)),
                ("text", fields.TextField(unique=False)),
                ("state", fields.CharField(max_length=8)),
                ("version", fields.IntField(default=1)),
                ("reason", fields.CharField(default="", max_length=300)),
                (
                    "author",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="author_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "decider",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="decider_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "guide_texts",
                "app": "bot",
                "indexes": [Index(fields=["state", "guide"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
