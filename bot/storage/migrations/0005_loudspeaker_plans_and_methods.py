from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("bot", "0003_setting_history")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LoudspeakerPlan",
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
                ("spot", fields.CharField(default="", max_length=40)),
                ("days", fields.CharField(max_length=7)),
                ("hours", fields.CharField(max_length=80)),
                (
                    "player",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="player_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "loudspeaker_plans",
                "app": "bot",
                "unique_together": (("unit", "spot"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="VillageMethod",
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
                ("method", fields.CharField(max_length=16)),
                ("own", fields.CharField(default="", max_length=60)),
                ("since", fields.DateField()),
                ("ended_on", fields.DateField(null=True)),
            ],
            options={
                "table": "village_methods",
                "app": "bot",
                "indexes": [Index(fields=["unit_id", "ended_on"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
