"""Tables of the archive of issued papers: what a person signed on paper, and the files of it."""

from __future__ import annotations

from tortoise import fields

from bot.storage.table import Table
from bot.storage.tables.people import Person
from bot.storage.tables.places import Unit


class IssuedPaper(Table):
    """A paper with its number and day. `form` is a code of `features.papers`, `symbol` what follows the number.

    `readers` are codes of who may read it, separated by commas; officials always may. Papers are the commune's archive
    and stay; who recorded one is a link that erasing empties.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    commune: fields.ForeignKeyRelation[Unit] = fields.ForeignKeyField("bot.Unit", related_name=False)
    recorder: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL
    )
    form = fields.CharField(max_length=8)
    year = fields.IntField()
    number = fields.IntField()
    symbol = fields.CharField(max_length=40)
    signed_on = fields.DateField()
    subject = fields.CharField(max_length=300)
    readers = fields.CharField(max_length=200, default="")
    version = fields.IntField(default=1)
    recorded_at = fields.DatetimeField()

    class Meta:
        table = "issued_papers"
        unique_together = (("commune", "year", "symbol", "number"),)


class IssuedPaperFile(Table):
    """`media` is the name in the media store; `kind` is file or photo, `title` what people see."""

    names_files = True

    id = fields.BigIntField(primary_key=True, generated=True)
    paper: fields.ForeignKeyRelation[IssuedPaper] = fields.ForeignKeyField("papers.IssuedPaper", related_name=False)
    media = fields.CharField(max_length=200, unique=True)
    kind = fields.CharField(max_length=8)
    title = fields.CharField(max_length=120)
    size = fields.IntField()

    class Meta:
        table = "issued_paper_files"
        indexes = (("paper_id",),)
