from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('bot', '0011_village_told')]

    initial = False

    operations = [
        ops.CreateModel(
            name='OaBroadcast',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('announcement', fields.ForeignKeyField('bot.Announcement', source_field='announcement_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('followers', fields.IntField(null=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'oa_broadcasts', 'app': 'bot', 'unique_together': (('announcement',),), 'pk_attr': 'id'},
            bases=['Table'],
        ),
    ]
