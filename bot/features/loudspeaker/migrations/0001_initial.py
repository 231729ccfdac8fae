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
            name='Play',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('announcement', fields.BigIntField(default=0)),
                ('recording', fields.BigIntField(default=0)),
                ('played_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('person', fields.ForeignKeyField('bot.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('noted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'plays', 'app': 'loudspeaker', 'unique_together': (('unit', 'announcement', 'recording', 'played_at'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Recording',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('commune', fields.ForeignKeyField('bot.Unit', source_field='commune_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=5)),
                ('title', fields.CharField(max_length=120)),
                ('script', fields.TextField(default='', unique=False)),
                ('state', fields.CharField(max_length=8)),
                ('media', fields.CharField(default='', max_length=64)),
                ('seconds', fields.IntField(default=0)),
                ('size', fields.IntField(default=0)),
                ('loudness', fields.FloatField(default=0.0)),
                ('author', fields.ForeignKeyField('bot.Person', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('approver', fields.ForeignKeyField('bot.Person', source_field='approver_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'recordings', 'app': 'loudspeaker', 'indexes': [Index(fields=['commune_id', 'state']), Index(fields=['media'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
