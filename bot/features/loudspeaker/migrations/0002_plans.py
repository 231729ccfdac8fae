from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0003_plans_papers_and_quality')

    dependencies = [('bot', '0001_initial'), ('loudspeaker', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='LoudspeakerPlan',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('spot', fields.CharField(default='', max_length=40)),
                ('days', fields.CharField(max_length=7)),
                ('hours', fields.CharField(max_length=80)),
                ('player', fields.ForeignKeyField('bot.Person', source_field='player_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('version', fields.IntField(default=1)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'loudspeaker_plans', 'app': 'loudspeaker', 'unique_together': (('unit', 'spot'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
