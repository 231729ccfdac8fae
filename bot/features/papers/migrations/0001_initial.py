from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0003_plans_papers_and_quality')

    dependencies = [('bot', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='IssuedPaper',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('commune', fields.ForeignKeyField('bot.Unit', source_field='commune_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('recorder', fields.ForeignKeyField('bot.Person', source_field='recorder_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('form', fields.CharField(max_length=8)),
                ('year', fields.IntField()),
                ('number', fields.IntField()),
                ('symbol', fields.CharField(max_length=40)),
                ('signed_on', fields.DateField()),
                ('subject', fields.CharField(max_length=300)),
                ('readers', fields.CharField(default='', max_length=200)),
                ('version', fields.IntField(default=1)),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'issued_papers', 'app': 'papers', 'unique_together': (('commune', 'year', 'symbol', 'number'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='IssuedPaperFile',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('paper', fields.ForeignKeyField('papers.IssuedPaper', source_field='paper_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('media', fields.CharField(unique=True, max_length=200)),
                ('kind', fields.CharField(max_length=8)),
                ('title', fields.CharField(max_length=120)),
                ('size', fields.IntField()),
            ],
            options={'table': 'issued_paper_files', 'app': 'papers', 'indexes': [Index(fields=['paper_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
