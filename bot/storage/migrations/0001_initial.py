from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='GuideCount',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('guide', fields.CharField(max_length=64)),
                ('step', fields.CharField(max_length=64)),
                ('what', fields.CharField(max_length=16)),
                ('day', fields.DateField()),
                ('count', fields.IntField()),
            ],
            options={'table': 'guide_counts', 'app': 'bot', 'unique_together': (('guide', 'step', 'what', 'day'),), 'pk_attr': 'id', 'table_description': 'How often something happened at a step of a guide, per day. These are counts, never persons.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GuideRun',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=32)),
                ('person', fields.CharField(max_length=128)),
                ('guide', fields.CharField(max_length=64)),
                ('step', fields.CharField(max_length=64)),
                ('fingerprint', fields.CharField(max_length=12)),
                ('trail', fields.TextField(unique=False)),
                ('attempt', fields.IntField(default=1)),
                ('finished', fields.BooleanField(default=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'guide_runs', 'app': 'bot', 'unique_together': (('platform', 'person', 'guide'),), 'pk_attr': 'id', 'table_description': "A person's place in a guide. `trail` is the JSON list of step ids so far, `fingerprint` the shown page's."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='InboxEvent',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=32)),
                ('event_id', fields.CharField(max_length=200)),
                ('chat_id', fields.CharField(max_length=128)),
                ('body', fields.TextField(null=True, unique=False)),
                ('noted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('attempts', fields.SmallIntField(default=0)),
                ('failed', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'inbox', 'app': 'bot', 'unique_together': (('platform', 'event_id'),), 'indexes': [Index(fields=['platform', 'chat_id'])], 'pk_attr': 'seq', 'table_description': 'An event as it arrived. `body` is NULL once it was handled, ids are kept 30 days to know repeats.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='LogEntry',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=32)),
                ('chat_id', fields.CharField(max_length=128)),
                ('number', fields.IntField()),
                ('key', fields.CharField(null=True, max_length=128)),
                ('body', fields.TextField(unique=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'log_entries', 'app': 'bot', 'unique_together': (('platform', 'chat_id', 'number'), ('platform', 'chat_id', 'key')), 'pk_attr': 'id', 'table_description': "Entry `number` of a chat's log, `key` tells a repeat of the same entry."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Pause',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=32)),
                ('chat_id', fields.CharField(max_length=128)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pauses', 'app': 'bot', 'unique_together': (('platform', 'chat_id'),), 'pk_attr': 'id', 'table_description': 'A platform asked to wait until then, `chat_id` "" is the whole token.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PlatformValue',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=32)),
                ('key', fields.CharField(max_length=200)),
                ('value', fields.TextField(unique=False)),
            ],
            options={'table': 'platform_values', 'app': 'bot', 'unique_together': (('platform', 'key'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='QuizAnswer',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=32)),
                ('person', fields.CharField(max_length=128)),
                ('guide', fields.CharField(max_length=64)),
                ('step', fields.CharField(max_length=64)),
                ('attempt', fields.IntField()),
                ('choice', fields.SmallIntField()),
                ('right', fields.BooleanField()),
                ('answered_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'quiz_answers', 'app': 'bot', 'unique_together': (('platform', 'person', 'guide', 'step', 'attempt'),), 'pk_attr': 'id', 'table_description': 'The first answer to a question in one attempt, later ones do not count.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SessionRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('platform', fields.CharField(max_length=32)),
                ('chat_id', fields.CharField(max_length=128)),
                ('version', fields.BigIntField()),
                ('done_seq', fields.BigIntField()),
                ('out_seq', fields.BigIntField()),
                ('sent_seq', fields.BigIntField()),
                ('state', fields.TextField(unique=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sessions', 'app': 'bot', 'unique_together': (('platform', 'chat_id'),), 'pk_attr': 'id', 'table_description': 'What the bot remembers of a chat, `state` is the JSON of bot.core.sessions.session_to_json.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StoredAction',
            fields=[
                ('token', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24)),
                ('packed', fields.TextField(unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stored_actions', 'app': 'bot', 'pk_attr': 'token', 'table_description': 'A packed action that was too long for a button, by its token.'},
            bases=['Model'],
        ),
    ]
