from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("bot", "0003_setting_history")]

    initial = False

    operations = [
        ops.AddIndex(model_name="Account", index=Index(fields=["person_id"])),
        ops.AddIndex(model_name="Account", index=Index(fields=["platform", "chat_id"])),
    ]
