from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('bot', '0002_learning_and_channels')]

    initial = False

    operations = [
        ops.CreateModel(
            name='DifficultyGrade',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('difficulty', fields.OneToOneField('bot.Difficulty', source_field='difficulty_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('grade', fields.CharField(max_length=8)),
            ],
            options={'table': 'difficulty_grades', 'app': 'bot', 'pk_attr': 'id'},
            bases=['Model'],
        ),
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
            options={'table': 'issued_papers', 'app': 'bot', 'unique_together': (('commune', 'year', 'symbol', 'number'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='IssuedPaperFile',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('paper', fields.ForeignKeyField('bot.IssuedPaper', source_field='paper_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('media', fields.CharField(unique=True, max_length=200)),
                ('kind', fields.CharField(max_length=8)),
                ('title', fields.CharField(max_length=120)),
                ('size', fields.IntField()),
            ],
            options={'table': 'issued_paper_files', 'app': 'bot', 'indexes': [Index(fields=['paper_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
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
            options={'table': 'loudspeaker_plans', 'app': 'bot', 'unique_together': (('unit', 'spot'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Meeting',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('caller', fields.ForeignKeyField('bot.Person', source_field='caller_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('kind', fields.CharField(max_length=8)),
                ('subject', fields.CharField(max_length=300)),
                ('place', fields.CharField(max_length=200)),
                ('agenda', fields.TextField(default='', unique=False)),
                ('starts_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('state', fields.CharField(max_length=10)),
                ('version', fields.IntField(default=1)),
                ('present', fields.IntField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'meetings', 'app': 'bot', 'indexes': [Index(fields=['unit_id', 'starts_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MeetingPoint',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('meeting', fields.ForeignKeyField('bot.Meeting', source_field='meeting_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=8)),
                ('text', fields.CharField(max_length=300)),
                ('passed_on', fields.BooleanField(default=False)),
            ],
            options={'table': 'meeting_points', 'app': 'bot', 'indexes': [Index(fields=['meeting_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MentorQuestion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('difficulty', fields.ForeignKeyField('bot.Difficulty', source_field='difficulty_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('asker', fields.ForeignKeyField('bot.Person', source_field='asker_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('mentor', fields.ForeignKeyField('bot.Person', source_field='mentor_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('text', fields.CharField(max_length=1000)),
                ('answer', fields.CharField(default='', max_length=1000)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'mentor_questions', 'app': 'bot', 'indexes': [Index(fields=['difficulty_id']), Index(fields=['mentor_id', 'answered_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
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
            options={'table': 'opinion_tallies', 'app': 'bot', 'unique_together': (('unit', 'month', 'about', 'mood'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SettingVersion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('field', fields.CharField(max_length=16)),
                ('version', fields.IntField()),
                ('value', fields.TextField(unique=False)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'setting_versions', 'app': 'bot', 'unique_together': (('unit', 'field', 'version'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TaskSource',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('task', fields.OneToOneField('bot.Task', source_field='task_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('level', fields.CharField(default='', max_length=60)),
                ('document', fields.CharField(default='', max_length=100)),
                ('dated', fields.DateField(null=True)),
            ],
            options={'table': 'task_sources', 'app': 'bot', 'pk_attr': 'id'},
            bases=['Model'],
        ),
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
            options={'table': 'village_methods', 'app': 'bot', 'indexes': [Index(fields=['unit_id', 'ended_on'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='VisitCheck',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('visit', fields.OneToOneField('bot.Visit', source_field='visit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('drawn_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('result', fields.CharField(default='', max_length=8)),
                ('noted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'visit_checks', 'app': 'bot', 'indexes': [Index(fields=['result', 'drawn_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddIndex(
            model_name='Account',
            index=Index(fields=['person_id']),
        ),
        ops.AddIndex(
            model_name='Account',
            index=Index(fields=['platform', 'chat_id']),
        ),
    ]
