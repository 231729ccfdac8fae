"""Names that people read in place of codes: of messengers, guides and steps."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.platform import with_account
from bot.features.guides.messages import context_of
from bot.features.guides.model import Guide
from bot.i18n import msg

from .personal_table import GuideTitle, TranslatedWord, Value

FindGuide = Callable[[str], Guide | None]
_GONE, _NO_STEP = msg("một bài không còn nữa"), msg("một bước không còn nữa")
_SHORT = 2
"""Letters of what is written in capitals, as the OA of Zalo OA."""


def called(platform: str) -> str:
    """Return a messenger's name for people."""
    return with_account(platform, _called)


def _called(vendor: str) -> str:
    return " ".join(word.upper() if len(word) <= _SHORT else word.capitalize() for word in vendor.split("_"))


def titles(find_guide: FindGuide, slug: str, step_id: str) -> dict[str, Value]:
    """Return `guide` and `step` of a fact, in the reader's language; "" and deleted ones have words of their own."""
    guide = find_guide(slug)
    step = None if guide is None else guide.steps.get(step_id)
    return {
        "guide": TranslatedWord(_GONE) if guide is None else GuideTitle(guide.title, context_of(slug)),
        "step": TranslatedWord(_NO_STEP)
        if step is None
        else GuideTitle(step.title, context_of(slug, step_id), step.facts),
    }
