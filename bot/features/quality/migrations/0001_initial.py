from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0003_plans_papers_and_quality')

    dependencies = [('visits', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='OpinionTally',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.CharField(max_length=64)),
                ('month', fields.CharField(max_length=8)),
                ('about', fields.CharField(max_length=8)),
                ('mood', fields.CharField(max_length=8)),
                ('count', fields.IntField()),
            ],
            options={'table': 'opinion_tallies', 'app': 'quality', 'unique_together': (('unit', 'month', 'about', 'mood'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='VisitCheck',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('visit', fields.OneToOneField('visits.Visit', source_field='visit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('drawn_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('result', fields.CharField(default='', max_length=8)),
                ('noted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'visit_checks', 'app': 'quality', 'indexes': [Index(fields=['result', 'drawn_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
