from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.moved import MovedMigration


class Migration(MovedMigration):
    moved_from = ('bot', '0004_products')

    dependencies = [('bot', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Product',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('bot.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('owner', fields.ForeignKeyField('bot.Person', source_field='owner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('behalf', fields.BooleanField(default=False)),
                ('name', fields.CharField(max_length=80)),
                ('text', fields.CharField(max_length=300)),
                ('price', fields.IntField(null=True)),
                ('per', fields.CharField(default='', max_length=40)),
                ('contact', fields.CharField(max_length=200)),
                ('photo', fields.CharField(default='', max_length=64)),
                ('state', fields.CharField(max_length=9)),
                ('version', fields.IntField(default=1)),
                ('reason', fields.CharField(default='', max_length=300)),
                ('terms', fields.CharField(default='', max_length=16)),
                ('agreed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reviewer', fields.ForeignKeyField('bot.Person', source_field='reviewer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('ends_on', fields.DateField(null=True)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'products', 'app': 'showcase', 'indexes': [Index(fields=['unit_id', 'state']), Index(fields=['owner_id', 'state']), Index(fields=['state', 'changed_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
