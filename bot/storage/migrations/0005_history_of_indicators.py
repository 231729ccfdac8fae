from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('bot', '0004_products')]

    initial = False

    operations = [
        ops.CreateModel(
            name='IndicatorPast',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(max_length=8)),
                ('body', fields.TextField(unique=False)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'indicator_pasts', 'app': 'bot', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
