"""Looking for somebody where a stranger with the disk would look: in every byte of a folder, also inside archives."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path


def traces(canaries: Mapping[str, str | bytes], *places: Path) -> dict[str, set[str]]:
    """Which canaries are found, by name, with the files that hold them."""
    found: dict[str, set[str]] = {}
    for name, content in _contents(places):
        for what, canary in canaries.items():
            if _holds(content, canary):
                found.setdefault(what, set()).add(name)
    return found


def _holds(content: bytes, canary: str | bytes) -> bool:
    if isinstance(canary, bytes):
        return canary in content or canary.hex().encode() in content
    return canary.lower().encode() in content.lower()


def _contents(places: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    """Every file with its name, for a name may say something, too."""
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            try:
                content = path.read_bytes() if path.is_file() else b""
            except FileNotFoundError:  # a file of SQLite's, or a job's, that has just gone
                continue
            yield path.name, str(path.relative_to(place.parent)).encode() + b"\n" + content
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for name in archive.namelist():
                        yield f"{path.name}/{name}", archive.read(name)
