from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("core", "0003_bodies")]

    initial = False

    operations = [
        ops.DeleteModel(name="ConversationLease"),
    ]
