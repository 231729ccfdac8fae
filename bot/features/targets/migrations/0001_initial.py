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
            name='Target',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('indicator', fields.CharField(max_length=8)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('period', fields.CharField(max_length=8)),
                ('version', fields.IntField()),
                ('superseded', fields.BooleanField(default=False)),
                ('value', fields.BigIntField()),
                ('reason', fields.CharField(default='', max_length=300)),
                ('set_by', fields.ForeignKeyField('bot.Person', source_field='set_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('set_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('acknowledged_by', fields.ForeignKeyField('bot.Person', source_field='acknowledged_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('acknowledged_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'targets', 'app': 'targets', 'unique_together': (('unit', 'indicator', 'period', 'version'),), 'indexes': [Index(fields=['period', 'indicator'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TargetPlan',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('state', fields.CharField(max_length=9)),
                ('version', fields.IntField(default=1)),
                ('body', fields.TextField(unique=False)),
                ('author', fields.ForeignKeyField('bot.Person', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'target_plans', 'app': 'targets', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
