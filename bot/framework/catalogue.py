"""The translations of an app: its own, and below them the framework's, which call people "you"."""

from __future__ import annotations

from pathlib import Path

from bot.i18n import Catalogues

FOLDER = Path(__file__).parent / "locales"


def catalogue_of(locale: str, own: Path | None = None) -> Catalogues:
    """Return the catalogues of an app in whose `locale` a text is shown that the reader's language lacks.

    Raises babel's PoFileError for a file that is broken.
    """
    framework = Catalogues.load(FOLDER, source=locale)
    return framework if own is None else Catalogues.load(own, source=locale).with_folders([FOLDER])
