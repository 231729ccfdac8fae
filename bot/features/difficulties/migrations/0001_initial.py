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
            name='Difficulty',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('category', fields.CharField(max_length=16)),
                ('text', fields.CharField(max_length=1000)),
                ('state', fields.CharField(max_length=10)),
                ('version', fields.IntField(default=1)),
                ('reporter', fields.ForeignKeyField('bot.Person', source_field='reporter_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('owner', fields.ForeignKeyField('bot.Person', source_field='owner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('due_on', fields.DateField()),
                ('response', fields.CharField(default='', max_length=1000)),
                ('directive', fields.CharField(default='', max_length=1000)),
                ('same_as', fields.BigIntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'difficulties', 'app': 'difficulties', 'indexes': [Index(fields=['unit_id', 'state'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
