from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0007_ways_and_stages')

    dependencies = [('visits', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='VisitStage',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('visit', fields.OneToOneField('visits.Visit', source_field='visit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('app', fields.CharField(max_length=16)),
                ('stage', fields.CharField(default='', max_length=8)),
            ],
            options={'table': 'visit_stages', 'app': 'visits', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
