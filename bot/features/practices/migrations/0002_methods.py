from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0003_plans_papers_and_quality')

    dependencies = [('bot', '0001_initial'), ('practices', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='VillageMethod',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('method', fields.CharField(max_length=16)),
                ('own', fields.CharField(default='', max_length=60)),
                ('since', fields.DateField()),
                ('ended_on', fields.DateField(null=True)),
            ],
            options={'table': 'village_methods', 'app': 'practices', 'indexes': [Index(fields=['unit_id', 'ended_on'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
