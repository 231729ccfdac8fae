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
        ops.AddIndex(
            model_name='Account',
            index=Index(fields=['person_id']),
        ),
        ops.AddIndex(
            model_name='Account',
            index=Index(fields=['platform', 'chat_id']),
        ),
    ]
