from tortoise import migrations
from tortoise.migrations import operations as ops
from bot.storage.table import IndexWhere
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('bot', '0016_programs')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Announcement',
            index=Index(fields=['author_id']),
        ),
        ops.AddIndex(
            model_name='Announcement',
            index=Index(fields=['approver_id']),
        ),
        ops.AddIndex(
            model_name='Unit',
            index=IndexWhere(fields=['id'], where="replace(lower(kind), 'Đ', 'đ') in ('phường', 'xã', 'đặc khu')"),
        ),
    ]
