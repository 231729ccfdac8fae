from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="LostThing",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("commune", fields.CharField(max_length=40)),
                ("platform", fields.CharField(max_length=20)),
                ("native_id", fields.CharField(max_length=64)),
                ("what", fields.CharField(max_length=120)),
                ("where", fields.CharField(max_length=120)),
                ("told_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "lost_things",
                "app": "timdo",
                "indexes": [Index(fields=["commune", "id"])],
                "pk_attr": "id",
            },
            bases=["Table"],
        ),
    ]
