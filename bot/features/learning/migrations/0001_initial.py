from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0002_learning_and_channels')

    dependencies = [('bot', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name="BankImport",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "commune",
                    fields.ForeignKeyField(
                        "bot.Unit",
                        source_field="commune_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("banks", fields.TextField(unique=False)),
                ("shown", fields.CharField(max_length=16)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "bank_imports",
                "app": "learning",
                "unique_together": (("commune", "person"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BoardName",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("platform", fields.CharField(max_length=32)),
                ("person", fields.CharField(max_length=128)),
                ("name", fields.CharField(max_length=60)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "board_names",
                "app": "learning",
                "unique_together": (("platform", "person"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DailyReader",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("platform", fields.CharField(max_length=32)),
                ("person", fields.CharField(max_length=128)),
                ("chat_id", fields.CharField(max_length=128)),
                (
                    "commune",
                    fields.ForeignKeyField(
                        "bot.Unit",
                        source_field="commune_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "bot.Unit",
                        source_field="unit_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("locale", fields.CharField(default="vi", max_length=16)),
                ("hour", fields.SmallIntField()),
                ("asked_on", fields.DateField(null=True)),
                ("asked", fields.BigIntField(default=0)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "daily_readers",
                "app": "learning",
                "unique_together": (("platform", "person"),),
                "indexes": [Index(fields=["hour", "asked_on"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="QuestionBank",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "commune",
                    fields.ForeignKeyField(
                        "bot.Unit",
                        source_field="commune_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=31)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "question_banks",
                "app": "learning",
                "unique_together": (("commune", "name"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BankQuestion",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "bank",
                    fields.ForeignKeyField(
                        "learning.QuestionBank",
                        source_field="bank_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("place", fields.IntField()),
                ("text", fields.CharField(max_length=300)),
                ("choices", fields.TextField(unique=False)),
                ("right", fields.SmallIntField()),
                ("why", fields.CharField(default="", max_length=200)),
                ("guide", fields.CharField(default="", max_length=64)),
                ("active", fields.BooleanField(default=True)),
            ],
            options={"table": "bank_questions", "app": "learning", "unique_together": (("bank", "text"),), "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GroupQuiz",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("platform", fields.CharField(max_length=32)),
                ("chat_id", fields.CharField(max_length=128)),
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
                    "bank",
                    fields.ForeignKeyField(
                        "learning.QuestionBank",
                        source_field="bank_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("questions", fields.TextField(unique=False)),
                ("at", fields.SmallIntField(default=0)),
                ("state", fields.CharField(default="running", max_length=8)),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "group_quizzes",
                "app": "learning",
                "indexes": [Index(fields=["platform", "chat_id", "state"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="QuestionAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("platform", fields.CharField(max_length=32)),
                ("person", fields.CharField(max_length=128)),
                (
                    "question",
                    fields.ForeignKeyField(
                        "learning.BankQuestion",
                        source_field="question_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("occasion", fields.CharField(max_length=32)),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "bot.Unit",
                        source_field="unit_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("right", fields.BooleanField()),
                ("answered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "question_answers",
                "app": "learning",
                "unique_together": (("platform", "person", "question", "occasion"),),
                "indexes": [Index(fields=["unit_id", "answered_at"]), Index(fields=["occasion"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrainingSession",
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
                    "trainer",
                    fields.ForeignKeyField(
                        "bot.Person",
                        source_field="trainer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("audience", fields.CharField(max_length=8)),
                ("topic", fields.CharField(max_length=80)),
                ("title", fields.CharField(max_length=200)),
                ("place", fields.CharField(max_length=200)),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("code", fields.CharField(unique=True, max_length=8)),
                ("state", fields.CharField(max_length=10)),
                ("version", fields.IntField(default=1)),
                ("present", fields.IntField(null=True)),
                ("questions", fields.TextField(default="{}", unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "training_sessions",
                "app": "learning",
                "indexes": [Index(fields=["unit_id", "state"]), Index(fields=["state", "starts_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrainingSeat",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "session",
                    fields.ForeignKeyField(
                        "learning.TrainingSession",
                        source_field="session_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
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
                ("name", fields.CharField(default="", max_length=80)),
                ("joined_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "training_seats",
                "app": "learning",
                "unique_together": (("session", "person"),),
                "indexes": [Index(fields=["person_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrainingAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "seat",
                    fields.ForeignKeyField(
                        "learning.TrainingSeat",
                        source_field="seat_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("phase", fields.CharField(max_length=6)),
                ("question", fields.SmallIntField()),
                ("right", fields.BooleanField()),
                ("answered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "training_answers",
                "app": "learning",
                "unique_together": (("seat", "phase", "question"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
