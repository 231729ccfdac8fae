from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0003_plans_papers_and_quality')

    dependencies = [('bot', '0001_initial'), ('difficulties', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='DifficultyGrade',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('difficulty', fields.OneToOneField('difficulties.Difficulty', source_field='difficulty_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('grade', fields.CharField(max_length=8)),
            ],
            options={'table': 'difficulty_grades', 'app': 'difficulties', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MentorQuestion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('difficulty', fields.ForeignKeyField('difficulties.Difficulty', source_field='difficulty_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('asker', fields.ForeignKeyField('bot.Person', source_field='asker_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('mentor', fields.ForeignKeyField('bot.Person', source_field='mentor_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('text', fields.CharField(max_length=1000)),
                ('answer', fields.CharField(default='', max_length=1000)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'mentor_questions', 'app': 'difficulties', 'indexes': [Index(fields=['difficulty_id']), Index(fields=['mentor_id', 'answered_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
