"""Lists of guides for whom they are: residents, household businesses, enterprises."""

from __future__ import annotations

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.guides import pages
from bot.features.guides.audiences import ENTERPRISES, HOUSEHOLDS, GuideAudience, guides_for
from bot.features.guides.library import Library
from bot.features.guides.model import AREAS

from .page import OpenGuide

MOST = 12
"""Of guides in one list; more are asked for by area, as they are without an audience."""


class ListFor(Action, code="lf"):
    """`audience` is its code; `area` its place in AREAS as a name, "" for all."""

    audience: str
    area: str


def businesses(ctx: Context, library: Library) -> list[Button]:
    """Return buttons for the guides of businesses, beside the areas, which list those of residents anyway."""
    return [
        Button.to(
            ctx.t("Dành cho {audience} ({count})", audience=ctx.word(one.name), count=count).plain,
            ListFor(one.code, ""),
        )
        for one in (HOUSEHOLDS, ENTERPRISES)
        if (count := len(guides_for(one, library)))
    ]


def listing(ctx: Context, library: Library, audience: GuideAudience, area: str = "") -> tuple[Text, list[Button]]:
    """Return the guides for one audience, or the areas to choose from if there are many."""
    guides = guides_for(audience, library)
    chosen = {str(at): name for at, name in enumerate(AREAS)}.get(area)
    reply = ctx.t("Bài dành cho {audience}:", audience=ctx.word(audience.name))
    if chosen is None and len(guides) > MOST:
        counts = {at: sum(guide.area == name for guide in guides) for at, name in enumerate(AREAS)}
        return reply, [
            Button.to(f"{ctx.word(AREAS[at]).capitalize()} ({count})", ListFor(audience.code, str(at)))
            for at, count in counts.items()
            if count
        ]
    return reply, [
        Button.to(pages.title(guide, ctx.locale, ctx.translate), OpenGuide(guide.slug))
        for guide in guides
        if chosen is None or guide.area == chosen
    ]
