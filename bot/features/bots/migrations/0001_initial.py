from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('bot', '0016_programs')]

    initial = True

    operations = [
        ops.CreateModel(
            name='BotAccount',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(unique=True, max_length=32)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('options', fields.TextField(unique=False)),
                ('at_work', fields.BooleanField(default=True)),
                ('version', fields.IntField(default=1)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('trouble', fields.CharField(default='', max_length=300)),
            ],
            options={'table': 'bot_accounts', 'app': 'bots', 'pk_attr': 'id'},
            bases=['Table'],
        ),
    ]
