from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('bot', '0003_setting_history')]

    initial = False

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
            options={'table': 'issued_papers', 'app': 'bot', 'unique_together': (('commune', 'year', 'symbol', 'number'),), 'pk_attr': 'id'},
            bases=['Table'],
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
            bases=['Table'],
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
            bases=['Table'],
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
            bases=['Table'],
        ),
    ]
