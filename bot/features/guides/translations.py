"""Which texts of a guide still lack a translation."""

from __future__ import annotations

from collections.abc import Iterator

from bot.i18n import SOURCE, Catalogues

from .check import Translations, Untranslated
from .messages import messages
from .model import Guide


def gaps(catalogues: Catalogues) -> Translations:
    """For the checker: the texts that each language of `catalogues` lacks or has only for an older wording."""

    def missing(guide: Guide) -> Iterator[Untranslated]:
        for locale in catalogues.locales:
            if locale == SOURCE:
                continue
            for message in messages(guide):
                gap = catalogues.gap(locale, message.text, message.context)
                if gap is not None:
                    yield Untranslated(message.line, locale, fuzzy=gap == "fuzzy")

    return missing
