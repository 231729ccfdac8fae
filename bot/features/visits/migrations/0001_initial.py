from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0001_initial')

    dependencies = [('bot', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Visit',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('person', fields.ForeignKeyField('bot.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('role', fields.CharField(max_length=20)),
                ('topic', fields.CharField(max_length=32)),
                ('people', fields.IntField()),
                ('outcome', fields.CharField(max_length=8)),
                ('minutes', fields.IntField(default=0)),
                ('day', fields.DateField()),
                ('key', fields.CharField(unique=True, max_length=24)),
                ('noted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'visits', 'app': 'visits', 'indexes': [Index(fields=['unit_id', 'day']), Index(fields=['person_id', 'day'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
