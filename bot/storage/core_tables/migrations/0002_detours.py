from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0002_learning_and_channels')

    dependencies = [('core', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name="Detour",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("package", fields.CharField(unique=True, max_length=90)),
                ("instead_of", fields.CharField(unique=True, max_length=90)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "detours", "app": "core", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RemoveIndex(
            model_name="OutboxRow",
            name=None,
            fields=["platform", "state", "not_before"],
        ),
        ops.AddIndex(
            model_name="OutboxRow",
            index=Index(fields=["platform", "state", "announcement", "not_before", "id"]),
        ),
    ]
