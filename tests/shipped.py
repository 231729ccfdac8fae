"""The translations and guides that the bot brings along stay as they are while tests run, so they are read once.

Reading them takes longer than most conversations, and as long as half of a start. Who has a folder of his own has it
read anew each time.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from bot import installation
from bot.features.guides import library
from bot.features.guides.check import Translations
from bot.features.guides.contacts import Allowed
from bot.features.guides.library import Library
from bot.features.search import Index
from bot.i18n import FOLDER, Catalogues

GUIDES = Path(__file__).resolve().parent.parent / "guides"

_load_guides, _index_of = library.load, installation.index_of
_load_catalogues: Callable[[Path], Catalogues] = Catalogues.load


def read_once() -> None:
    Catalogues.load = _catalogues  # type: ignore[method-assign]
    library.load = _guides
    installation.index_of = _index


def warm() -> None:
    """Read them now, for processes that will be copies of this one."""
    _shipped_catalogues()
    _shipped_index()


_shipped_catalogues = cache(partial(_load_catalogues, FOLDER))
_shipped_guides = cache(partial(_load_guides, GUIDES))


@cache
def _shipped_index() -> Index:
    return _index_of(_shipped_guides())


def _catalogues(folder: Path = FOLDER) -> Catalogues:
    return _shipped_catalogues() if folder == FOLDER else _load_catalogues(folder)


def _guides(
    folder: Path,
    *,
    allowed: Allowed = Allowed(),  # noqa: B008 - frozen
    skip_broken: bool = False,
    translations: Translations | None = None,
) -> Library:
    # Who allows more than nobody's commune does finds no more to complain about.
    more = allowed.hosts >= Allowed().hosts and allowed.phones >= Allowed().phones
    if folder != GUIDES or translations is not None or not more or allowed.old_names != Allowed().old_names:
        return _load_guides(folder, allowed=allowed, skip_broken=skip_broken, translations=translations)
    known = _shipped_guides()
    return Library(known.guides, known.findings, folder, allowed)


def _index(shelf: Library) -> Index:
    return copy.copy(_shipped_index()) if shelf.guides is _shipped_guides().guides else _index_of(shelf)
