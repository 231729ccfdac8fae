"""The front of a bot that has few conversations: first contact, menu and last word, for tests of one family."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.commune.settings import Commune
from bot.features.units import Place
from bot.handlers.front import start
from bot.handlers.kit.hooks import AtMenu, Hooks, MenuItems, Note, OpenLink, SetLanguageOfGroup, Understand


class _Home:
    """Implements bot.handlers.kit.provisions.Home for one commune that nobody is asked for."""

    def __init__(self, commune: Callable[[Context], Commune]) -> None:
        self.here = commune

    async def village(self, ctx: Context) -> Place | None:
        return None

    async def village_id(self, ctx: Context) -> int | None:
        return None

    def unit_code(self, ctx: Context) -> str:
        return self.here(ctx).code

    async def belongs(self, ctx: Context, unit_id: int) -> bool:
        return True

    async def lives_in(self, ctx: Context, words: str) -> str | None:
        return None

    async def mine(self, ctx: Context) -> None: ...

    def communes_named(self, ctx: Context) -> str:
        return self.here(ctx).full_name

    def ask_at_first(self, ctx: Context) -> bool:
        return False


class _NoGuides:
    async def unfinished(self, ctx: Context) -> Sequence[Button]:
        return ()

    def offer(self, ctx: Context, slug: str) -> Button | None:
        return None

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        return ()

    def asks(self, ctx: Context) -> bool:
        return False


class _NoDispatch:
    async def route(self, ctx: Context) -> None: ...

    async def again(self, ctx: Context, text: str) -> None: ...

    def wants_prose(self, ctx: Context) -> bool:
        return False

    async def otherwise(self, ctx: Context) -> None: ...

    async def run(self, ctx: Context, command: str) -> None: ...

    async def press(self, ctx: Context, data: str) -> None: ...

    async def give_up(self, ctx: Context) -> None: ...

    def knows(self, words: str) -> bool:
        return True


async def _nobody(ctx: Context) -> tuple[Text, Sequence[Button]]:
    return Text(), ()


async def _nothing(ctx: Context, words: str) -> Sequence[Button]:
    return ()


def front(
    *,
    commune: Callable[[Context], Commune],
    languages: Mapping[str, str],
    menu_items: Sequence[MenuItems],
    links: Sequence[OpenLink],
    understand: Sequence[Understand],
    at_menu: AtMenu | None = None,
    drops: Note | None = None,
    take_photo: Note | None = None,
    of_group: SetLanguageOfGroup | None = None,
) -> Router:
    """The front with just these contributions."""
    hooks = Hooks()
    for number, items in enumerate(menu_items):
        hooks.menu.add(items, order=number)
    for number, link in enumerate(links):
        hooks.links.add(link, order=number)
    for number, reads in enumerate(understand):
        hooks.understand.add(reads, order=number)
    if at_menu is not None:
        hooks.at_menu.add(at_menu)
    if drops is not None:
        hooks.drops.add(drops)
    if take_photo is not None:
        hooks.photos.add(take_photo)
    if of_group is not None:
        hooks.group_language.add(of_group)
    parts = start.FrontParts(languages, _Home(commune), _NoDispatch(), _NoGuides(), _nobody, _nothing, hooks)
    router = start.build(start.FrontConversation(parts), hooks)
    hooks.freeze()
    return router
