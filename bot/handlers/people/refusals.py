"""Each refusal that somebody is told stands in the audit log, whichever conversation told it."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.router import Router
from bot.features import rights
from bot.features.audit import Audit


def build(audit: Audit) -> Router:
    router = Router()

    @router.at_end
    async def note(ctx: Context) -> None:
        for sentence in ctx.sentences:
            await rights.note(audit, sentence, ctx.now)

    return router
