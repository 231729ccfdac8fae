from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('bot', '0008_apps_of_their_own')]

    initial = True

    operations = [
        ops.CreateModel(
            name='UnheardWord',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=24)),
                ('person', fields.ForeignKeyField('bot.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('commune', fields.CharField(max_length=64)),
                ('text', fields.CharField(max_length=400)),
                ('offered', fields.CharField(max_length=400)),
                ('chosen', fields.CharField(default='', max_length=64)),
                ('named', fields.CharField(default='', max_length=64)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'unheard_words', 'app': 'unheard', 'indexes': [Index(fields=['commune', 'named', 'at']), Index(fields=['person_id', 'at'])], 'pk_attr': 'id'},
            bases=['Table'],
        ),
    ]
