from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('bot', '0005_history_of_indicators')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Person',
            name='listed_name',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
    ]
