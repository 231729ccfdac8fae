"""The translations and guides that the bot brings along stay as they are while tests run, so they are read once.

Reading them takes longer than most conversations, and as long as half of a start. Who has a folder of his own has it
read anew each time. A drawing is a matter of its words alone: of all processes of a run the first renders it, which
takes a twentieth of a second for each of a hundred, and leaves it to the others as a file that is named by what is
drawn. Words without their marks are a matter of the words alone, too: each bot folds the same thousands of commands.
What a start keeps for the next one is packed by the first bot of a process: all others have an empty folder as well,
and packing it takes as long as a conversation.
"""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable, Iterable
from functools import cache, lru_cache, partial
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from filelock import FileLock

from bot.assembly import families, installation, kept_content
from bot.assembly.installation import read_content
from bot.assembly.kept_content import ContentRead
from bot.core import text
from bot.features.commune import settings as commune
from bot.features.guides import library
from bot.features.guides.checking.check import Translations
from bot.features.guides.contacts import Allowed
from bot.features.guides.drawn import png as drawn
from bot.features.guides.drawn.drawing import Drawing
from bot.features.guides.library import Library
from bot.features.search.index import Index
from bot.i18n import FOLDER, SOURCE, Catalogues
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
GUIDES = ROOT / "guides"
DRAWN = "TEST_DRAWN"
"""In the environment: the folder of this run's drawings. Whoever starts a run makes it and throws it away."""

_load_guides, _index_of = library.load, installation.index_of
_keep = kept_content.kept
_kept: dict[tuple[object, ...], ContentRead] = {}
_png = drawn.png
_load_catalogues = Catalogues.load


def read_once() -> None:
    Catalogues.load = _catalogues  # type: ignore[method-assign]
    library.load = _guides
    installation.index_of = _index
    kept_content.kept = _kept_once
    drawn.png = installation.png = _drawn  # type: ignore[attr-defined]
    text._folded = lru_cache(maxsize=20_000)(text._folded)


def warm() -> None:
    """Read them now, for processes that will be copies of this one."""
    _shipped_catalogues()
    _shipped_index()
    locales = [one.locales for one in families.shipped() if one.locales is not None]
    for default in (None, commune.DEMO):
        with TemporaryDirectory() as folder:
            read_content(Settings(data_dir=Path(folder)), default=default, locales=locales, keep=True)


_shipped_catalogues = cache(partial(_load_catalogues, FOLDER))


@cache
def _shipped_shelf() -> tuple[Library, Index]:
    """The first process of a run reads the guides; the others take what it read from the folder of this run."""
    if DRAWN not in os.environ:
        return _read_shelf()
    path = Path(os.environ[DRAWN], "guides")
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            path.write_bytes(pickle.dumps(_read_shelf(), pickle.HIGHEST_PROTOCOL))
    read: tuple[Library, Index] = pickle.loads(path.read_bytes())  # noqa: S301 - our own
    return read


def _read_shelf() -> tuple[Library, Index]:
    shelf = _load_guides(GUIDES)
    return shelf, _index_of(shelf)


def _shipped_guides() -> Library:
    return _shipped_shelf()[0]


def _shipped_index() -> Index:
    return _shipped_shelf()[1]


def _catalogues(folder: Path = FOLDER, *, source: str = SOURCE) -> Catalogues:
    return _shipped_catalogues() if folder == FOLDER else _load_catalogues(folder, source=source)


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


def _kept_once(
    folder: Path, made_of: Iterable[Path], more: str, read: Callable[[], ContentRead], *, by_program: bool = False
) -> ContentRead:
    files = tuple(made_of)
    if any(ROOT not in (file, *file.parents) for file in files):
        return _keep(folder, files, more, read, by_program=by_program)
    found = _kept.get((files, more))
    if found is None:
        found = _kept[files, more] = _keep(folder, files, more, read)
    return found._replace(shelf=copy.copy(found.shelf), search=copy.copy(found.search))


def _drawn(drawing: Drawing) -> bytes:
    if DRAWN not in os.environ:
        return _png(drawing)
    asked = f"{drawn.svg(drawing)}{drawn._COLOURS}{drawn.MOST_BYTES}"
    path = Path(os.environ[DRAWN], sha256(asked.encode()).hexdigest())
    if not path.exists():
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(_png(drawing))
        Path(file.name).replace(path)
    return path.read_bytes()
