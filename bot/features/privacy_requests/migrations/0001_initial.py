from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('bot', '0017_communes')]

    initial = True

    operations = [
        ops.CreateModel(
            name='PrivacyRequest',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('commune', fields.ForeignKeyField('bot.Unit', source_field='commune_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=8)),
                ('asker', fields.CharField(max_length=120)),
                ('words', fields.CharField(default='', max_length=500)),
                ('came_on', fields.DateField()),
                ('due_on', fields.DateField()),
                ('state', fields.CharField(default='open', max_length=8)),
                ('answer', fields.CharField(default='', max_length=300)),
                ('noter', fields.ForeignKeyField('bot.Person', source_field='noter_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('closer', fields.ForeignKeyField('bot.Person', source_field='closer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('noted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'privacy_requests', 'app': 'people', 'indexes': [Index(fields=['commune_id', 'state', 'due_on'])], 'pk_attr': 'id'},
            bases=['Table'],
        ),
    ]
