from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from bot.storage.stepping import AddColumn
from bot.storage.table import IndexWhere


class Migration(migrations.Migration):
    dependencies = [("core", "0002_detours")]

    initial = False

    operations = [
        ops.CreateModel(
            name="OutboxBody",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("words", fields.TextField(unique=False)),
            ],
            options={"table": "outbox_bodies", "app": "core", "pk_attr": "id"},
            bases=["Table"],
        ),
        AddColumn(
            model_name="OutboxRow",
            name="body_id",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddIndex(
            model_name="OutboxRow",
            index=IndexWhere(fields=["body_id"], where="body_id <> 0"),
        ),
        ops.AddIndex(
            model_name="InboxEvent",
            index=IndexWhere(fields=["seq"], where="body is not null"),
        ),
    ]
