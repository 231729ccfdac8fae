from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("bot", "0013_indexes")]

    initial = False

    operations = [
        ops.AddIndex(model_name="AnnouncementTarget", index=Index(fields=["channel_id"])),
        ops.AddIndex(model_name="AnnouncementTarget", index=Index(fields=["ack_by_id"])),
        ops.AddIndex(model_name="AnnouncementTarget", index=Index(fields=["played_by_id"])),
        ops.AddIndex(model_name="AuditRow", index=Index(fields=["actor"])),
        ops.AddIndex(model_name="Consent", index=Index(fields=["account_id"])),
        ops.AddIndex(model_name="HelpRequest", index=Index(fields=["asker_id"])),
        ops.AddIndex(model_name="HelpRequest", index=Index(fields=["helper_id"])),
    ]
