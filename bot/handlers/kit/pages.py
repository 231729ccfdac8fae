"""The public pages of a family. Only `pages.py` of a family knows the web: everything else of it is conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web
from msgspec import Struct

from bot.office.desk.visit import DeskPage, OfPerson, PersonLine, PersonPart, Today
from bot.office.ground import PageGround

__all__ = ["DeskPage", "NamedPage", "OfPerson", "Pages", "PersonLine", "PersonPart", "Routes", "Today"]

Routes = Sequence[web.RouteDef]


class NamedPage(Struct, frozen=True):
    """A page that the head of every page leads to, by its label; smaller orders come first."""

    path: str
    label: str
    order: int


class Pages(Struct, frozen=True):
    """All public pages of a family: `routes` makes them, `named` are those that every page leads to.

    `addresses` are all that they answer to GET, in the order of `routes`. Then `routes` is called, and may import,
    when the first of them is asked for; without them at the start.
    """

    routes: Callable[[PageGround], Sequence[web.RouteDef]]
    named: Sequence[NamedPage] = ()
    addresses: Sequence[str] = ()
