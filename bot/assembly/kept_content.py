"""The files of a start as they were read the last time: parsing and checking them takes longer than all else.

They are kept in the data folder under a hash of everything that they were made of: each file's bytes, what guides may
name, and the code that reads them. Whatever is not exactly so, or broken, is read anew. Only plain values of the kinds
named here are taken from the file: it can show other words, as whoever may write to the folder can anyway, but it
cannot run anything. A demo, whose data folder is mostly new, has them beside the program's compiled modules as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from io import BytesIO
from pathlib import Path, PosixPath, WindowsPath
from typing import NamedTuple

import bot
from bot.features.guides.library import Library
from bot.features.guides.model import MOST_OF_FILE, Guide
from bot.features.search.index import Index, IndexEntry
from bot.i18n import Catalogues

FILE = "read.cache"
_CODE = ("core/text.py", "features/guides", "features/search", "i18n.py", "po.py", "assembly/kept_content.py")
_KINDS: frozenset[tuple[str, str]] = (
    frozenset(
        (f"bot.{module}", kind)
        for module, kinds in {
            "features.guides.contacts": "Allowed",
            "features.guides.drawn.drawing": "Drawing Line Part",
            "features.guides.facts": "Facts GuideFact",
            "features.guides.findings": "GuideFinding",
            "features.guides.library": "Library",
            "features.guides.model": "Block Guide GuideStep Option Picture StepQuiz",
            "features.search.text_table": "TextTable",
            "features.search.vocabulary": "Vocabulary",
            "i18n": "Catalogues PackedCatalogue",
            "assembly.kept_content": "ContentRead PackedGuides PackedIndex",
        }.items()
        for kind in kinds.split()
    )
    | {("array", "_array_reconstructor"), ("array", "array"), ("datetime", "date")}
    | {(kind.__module__, kind.__name__) for kind in (list, set, frozenset, Path, PosixPath, WindowsPath)}
)
_DIGEST = hashlib.sha256


class PackedGuides(Mapping[str, Guide]):
    """The guides of a folder, a tenth as large until somebody reads one of them."""

    def __init__(self, guides: Mapping[str, Guide]) -> None:
        self._packed = zlib.compress(pickle.dumps(dict(guides), pickle.HIGHEST_PROTOCOL))
        self._count = len(guides)

    @cached_property
    def _guides(self) -> Mapping[str, Guide]:
        found: Mapping[str, Guide] = _PlainValues(BytesIO(zlib.decompress(self._packed))).load()
        return found

    def __getitem__(self, slug: str) -> Guide:
        return self._guides[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._guides)

    def __len__(self) -> int:
        return self._count


class PackedIndex(Index):
    """An index, a third as large until somebody searches."""

    def __init__(self, index: Index) -> None:
        # Without its memory of the latest searches, which is of a kind that is not taken from a file.
        self._packed = zlib.compress(pickle.dumps(vars(index) | {"_latest": {}}, pickle.HIGHEST_PROTOCOL))

    def __getattr__(self, name: str) -> object:
        """Unpack the index: called for an attribute that is not there yet."""
        packed = vars(self).get("_packed")
        if packed is not None and not name.startswith("__"):
            vars(self).update(_PlainValues(BytesIO(zlib.decompress(packed))).load())
            vars(self).pop("_packed", None)
        try:
            return vars(self)[name]
        except KeyError:
            raise AttributeError(name, name=name, obj=self) from None

    def build(self, entries: Iterable[IndexEntry]) -> None:
        super().build(entries)
        vars(self).pop("_packed", None)


class ContentRead(NamedTuple):
    catalogues: Catalogues
    shelf: Library
    search: Index


def kept(
    folder: Path, made_of: Iterable[Path], more: str, read: Callable[[], ContentRead], *, by_program: bool = False
) -> ContentRead:
    """Return what `read` returned the last time for these files and folders, and for `more`; else call it.

    With `by_program` the last time may have been one with another data folder.
    """
    files = [folder / FILE, *(_of_program() if by_program else ())]
    key = _key([*made_of, *(Path(bot.__file__).parent / code for code in _CODE)], more)
    for file in files:
        if (taken := _taken(file, key)) is not None:
            return taken
    found = read()
    found.shelf.guides = found.shelf.files = PackedGuides(found.shelf.guides)
    found = found._replace(catalogues=found.catalogues.packed(), search=PackedIndex(found.search))
    for file in files:
        _keep(file, key, found)
    return found


def _of_program() -> Iterable[Path]:
    """Yield the file beside the program's compiled modules, if Python may keep anything there."""
    spec = bot.__spec__
    if spec is not None and spec.cached is not None and not sys.dont_write_bytecode:
        yield Path(spec.cached).with_name(FILE)


def _key(made_of: Iterable[Path], more: str) -> bytes:
    total = _DIGEST(f"{sys.version} {bot.__version__} {more}".encode())
    for top in made_of:
        for path in [str(top)] if top.is_file() else sorted(_files(top)):
            total.update(f"\0{path.removeprefix(str(top.parent))}\0".encode())
            total.update(_digest(path))
    return total.digest()


def _digest(path: str) -> bytes:
    """Hash a file's bytes; of a sound or a film, which nobody parses, the size and the time of its last change."""
    with open(path, "rb", buffering=0) as file:
        stat = os.fstat(file.fileno())
        if stat.st_size > MOST_OF_FILE:
            return f"{stat.st_size} {stat.st_mtime_ns}".encode()
        return _DIGEST(file.read()).digest()


def _files(top: Path) -> Iterable[str]:
    """Yield the files that were read: not what Python keeps of its own, nor hidden ones."""
    for folder, below, names in os.walk(top):
        below[:] = [name for name in below if name != "__pycache__" and not name.startswith(".")]
        yield from (os.path.join(folder, name) for name in names if not name.startswith("."))


class _PlainValues(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _KINDS:
            raise pickle.UnpicklingError(f"{module}.{name} is nothing that was kept")
        return super().find_class(module, name)


def _taken(file: Path, key: bytes) -> ContentRead | None:
    try:
        with file.open("rb") as stream:
            if stream.read(len(key)) != key:
                return None
            digest = stream.read(len(key))
            begins = stream.tell()
            if hashlib.file_digest(stream, _DIGEST).digest() != digest:
                return None
            stream.seek(begins)
            found = _PlainValues(stream).load()
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError):
        return None
    return found if isinstance(found, ContentRead) else None


def _keep(file: Path, key: bytes, found: ContentRead) -> None:
    """Write it beside and put it in place at once; a full or closed disk costs only the next start."""
    body = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
    beside = file.with_name(f"{FILE}-{os.getpid()}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
            written.writelines((key, _DIGEST(body).digest(), body))
        beside.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
