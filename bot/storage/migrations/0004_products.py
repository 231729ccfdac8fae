from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('bot', '0003_plans_papers_and_quality')]

    initial = False

    operations = [
        ops.AlterField(
            model_name='PassingFile',
            name='name',
            field=fields.CharField(primary_key=True, unique=True, db_index=True, max_length=200),
        ),
    ]
