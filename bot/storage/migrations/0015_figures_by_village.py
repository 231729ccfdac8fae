from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("bot", "0014_links")]

    initial = False

    operations = [
        ops.AddIndex(model_name="Figure", index=Index(fields=["unit_id", "indicator", "ends_on"])),
    ]
