"""The pages of every guide, made by the player and fitted into what each kind of chat can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.core.fit import Words, fit
from bot.core.platform import Capabilities
from bot.features.guides.model import Guide
from bot.features.guides.preview import Previewed

from .guide_page import Reader, page


def preview(guides: Iterable[Guide], reader: Reader, profiles: Mapping[str, Capabilities]) -> list[Previewed]:
    """What `profiles`, by the names that people read, show of each step; no file has a public address."""
    words = Words(reader.word)
    hint = reader.word("(Bác gõ số để chọn.)")
    return [
        Previewed(
            guide,
            {
                step.id: {
                    name: fit(
                        page(guide, step, reader), capabilities, link_to=lambda _: None, words=words, hint=hint
                    ).parts
                    for name, capabilities in profiles.items()
                }
                for step in guide.steps.values()
            },
        )
        for guide in guides
    ]
