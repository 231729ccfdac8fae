from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('bot', '0006_listed_people')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AnnouncementWay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('announcement', fields.ForeignKeyField('bot.Announcement', source_field='announcement_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('way', fields.CharField(max_length=12)),
            ],
            options={'table': 'announcement_ways', 'app': 'bot', 'unique_together': (('announcement', 'way'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
