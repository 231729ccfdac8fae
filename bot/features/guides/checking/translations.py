"""Texts of a guide that still lack a translation."""

from __future__ import annotations

from collections.abc import Iterator

from bot.features.guides.messages import messages
from bot.features.guides.model import Guide
from bot.i18n import SOURCE, Catalogues

from .check import Translations, Untranslated


def gaps(catalogues: Catalogues) -> Translations:
    """Return a function for the checker: it yields the texts that lack a translation or have only an outdated one."""

    def missing(guide: Guide) -> Iterator[Untranslated]:
        for locale in catalogues.locales:
            if locale == SOURCE:
                continue
            for message in messages(guide):
                gap = catalogues.gap(locale, message.text, message.context)
                if gap is not None:
                    yield Untranslated(message.line, locale, fuzzy=gap == "fuzzy")

    return missing
