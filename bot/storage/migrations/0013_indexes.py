from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('bot', '0012_oa_broadcasts')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Answer',
            index=Index(fields=['author_id']),
        ),
        ops.AddIndex(
            model_name='Channel',
            index=Index(fields=['unit_id']),
        ),
        ops.AddIndex(
            model_name='Figure',
            index=Index(fields=['reported_by_id']),
        ),
        ops.AddIndex(
            model_name='Unit',
            index=Index(fields=['parent_id']),
        ),
        ops.AddIndex(
            model_name='Unit',
            index=Index(fields=['merged_into_id']),
        ),
    ]
