"""Files that no handler took, or that somebody was told are not kept, go with the answer that says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from bot.core.context import Context
from bot.core.router import Router

Forget = Callable[[Collection[str]], Awaitable[None]]
"""Deletes received files by name; names that are not of its folder are passed over."""


def build(forget: Forget) -> Router:
    router = Router()

    @router.at_end
    async def let_go(ctx: Context) -> None:
        if names := [file.ref for file in ctx.unkept_files]:
            await forget(names)

    return router
