from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('bot', '0008_apps_of_their_own')]

    initial = False

    operations = [
        ops.CreateModel(
            name='RelayTarget',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('announcement', fields.ForeignKeyField('bot.Announcement', source_field='announcement_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('steps', fields.SmallIntField(default=0)),
                ('stepped_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('code', fields.CharField(unique=True, max_length=24)),
                ('opened', fields.IntField(default=0)),
            ],
            options={'table': 'relay_targets', 'app': 'bot', 'unique_together': (('announcement', 'unit'),), 'indexes': [Index(fields=['unit_id'])], 'pk_attr': 'id'},
            bases=['Table'],
        ),
        ops.CreateModel(
            name='RelayAsk',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('target', fields.ForeignKeyField('bot.RelayTarget', source_field='target_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('person', fields.ForeignKeyField('bot.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('package', fields.CharField(unique=True, max_length=90)),
                ('state', fields.CharField(default='asked', max_length=9)),
                ('turn', fields.SmallIntField(default=0)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('proof', fields.CharField(default='', max_length=120)),
            ],
            options={'table': 'relay_asks', 'app': 'bot', 'indexes': [Index(fields=['target_id']), Index(fields=['person_id', 'state']), Index(fields=['state'])], 'pk_attr': 'id'},
            bases=['Table'],
        ),
        ops.CreateModel(
            name='VillageWay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('way', fields.CharField(max_length=8)),
                ('place', fields.SmallIntField()),
                ('person', fields.ForeignKeyField('bot.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
            ],
            options={'table': 'village_ways', 'app': 'bot', 'unique_together': (('unit', 'way'),), 'pk_attr': 'id'},
            bases=['Table'],
        ),
    ]
