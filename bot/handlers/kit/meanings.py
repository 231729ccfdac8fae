"""Wishes beside a guide: declared by the family that does it, taught by examples."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from bot.core.context import Context

Does = Callable[[Context, str], Awaitable[bool]]


def doing(handler: Callable[[Context], Awaitable[None]]) -> Does:
    """Return what does `handler` whatever the words are."""

    async def does(ctx: Context, words: str) -> bool:
        await handler(ctx)
        return True

    return does


class Meaning(Struct, frozen=True):
    """A wish that people say in their own words.

    `name` is what `bot/understanding/examples` call it. Its kind says who may mean it: `wish:` and `refuse:` anybody,
    `leader:` and `official:` people with such a role. `label` names it on a button, "" for one that is never offered.
    It is done by a `command` of the bot, or by `does`, which gets the words ("" after a press) and returns False where
    they are not for it after all. `of_report`: it is about figures that are being reported, and so no other matter
    while they are asked for.

        hooks.meanings.add(Meaning("official:rollup", msg("Tổng hợp số liệu"), command="tonghop"))
    """

    name: str
    label: str = ""
    command: str = ""
    does: Does | None = None
    of_report: bool = False

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]
