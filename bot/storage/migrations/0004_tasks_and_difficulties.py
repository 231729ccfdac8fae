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
            name="MentorQuestion",
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
                (
                    "difficulty",
                    fields.ForeignKeyField(
                        "bot.Difficulty",
                        source_field="difficulty_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "asker",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="asker_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "mentor",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="mentor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("text", fields.CharField(max_length=1000)),
                ("answer", fields.CharField(default="", max_length=1000)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("answered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mentor_questions",
                "app": "bot",
                "indexes": [Index(fields=["difficulty_id"]), Index(fields=["mentor_id", "answered_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DifficultyGrade",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "difficulty",
                    fields.OneToOneField(
                        "bot.Difficulty",
                        source_field="difficulty_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("grade", fields.CharField(max_length=8)),
            ],
            options={"table": "difficulty_grades", "app": "bot", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TaskSource",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "task",
                    fields.OneToOneField(
                        "bot.Task",
                        source_field="task_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("level", fields.CharField(default="", max_length=60)),
                ("document", fields.CharField(default="", max_length=100)),
                ("dated", fields.DateField(null=True)),
            ],
            options={"table": "task_sources", "app": "bot", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
