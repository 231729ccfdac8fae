"""The pages of every guide, made by the player and fitted into what each kind of chat can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.core.fit import TYPE_A_NUMBER, FitWords, fit
from bot.core.messages import Message
from bot.core.platform import Capabilities
from bot.features.guides.model import Guide, GuideStep
from bot.features.guides.preview import Previewed

from .page import PageReader, page


def preview(guides: Iterable[Guide], reader: PageReader, profiles: Mapping[str, Capabilities]) -> list[Previewed]:
    """Return each step as `profiles` (by the names that people read) show it; no file has a public address."""
    return [
        Previewed(
            guide,
            {step.id: on_phones(guide, step, reader, profiles) for step in guide.steps.values()},
        )
        for guide in guides
    ]


def on_phones(
    guide: Guide, step: GuideStep, reader: PageReader, profiles: Mapping[str, Capabilities]
) -> Mapping[str, Sequence[Message]]:
    """Return one step as each of `profiles` shows it."""
    words, hint = FitWords(reader.word), reader.word(TYPE_A_NUMBER)
    shown = page(guide, step, reader)
    return {
        name: fit(shown, capabilities, link_to=lambda _: None, words=words, hint=hint).parts
        for name, capabilities in profiles.items()
    }
