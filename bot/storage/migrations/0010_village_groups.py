from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('bot', '0009_relays')]

    initial = False

    operations = [
        ops.CreateModel(
            name='VillageGroup',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(default='', max_length=80)),
                ('stage', fields.CharField(max_length=8)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'village_groups', 'app': 'bot', 'unique_together': (('unit',),), 'pk_attr': 'id'},
            bases=['Table'],
        ),
    ]
