"""Lay out the pages of the site of documents: `python -m tools.documents FOLDER`, called by `make docs`.

mkdocs takes one folder. That gets `docs/` and each file outside of it that a page links to: `guides/README.md` and
`CONTRIBUTING.md` are pages like the others, a Python file becomes a page that shows it, a template (`_name.md`) is
given as text. Links are changed to match.
Standard library only, as the environment that builds the site has nothing of ours.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = "docs/"
_CODE = re.compile(
    r"(?ms)^(?P<fence>```+)[^`\n]*\n.*?^(?P=fence)$|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"
)
_LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)\s]*)?\))")


class SiteError(Exception):
    """A page links to something that the site cannot have; the message names both."""


def links(text: str, changed: Callable[[str], str]) -> str:
    """Return Markdown with the file of each link to a file of ours replaced; code is left alone."""

    def one(match: re.Match[str]) -> str:
        before, file, after = match.groups()
        return match[0] if "://" in file or file.startswith("mailto:") else before + changed(file) + after

    done, end = [], 0
    for code in _CODE.finditer(text):
        done += [_LINK.sub(one, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join((*done, _LINK.sub(one, text[end:])))


def prose(text: str) -> str:
    """Return Markdown without its code."""
    return _CODE.sub("", text)


def _is_template(file: str) -> bool:
    return posixpath.basename(file).startswith("_")


def place(file: str) -> str:
    """Return where a file of the repository stands in the site's folder."""
    if file.startswith(DOCS):
        return file.removeprefix(DOCS)
    if _is_template(file):
        return f"{file}.txt"
    return f"{file}.md" if file.endswith(".py") else file


def _page(file: str, needed: list[str]) -> str:
    text = (ROOT / file).read_text("utf-8")
    if file.endswith(".py"):
        return f"# `{file}`\n\n```python\n{text}```\n"

    def changed(link: str) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file), link))
        if target.startswith("..") or not (ROOT / target).is_file():
            raise SiteError(f"{file} links to {link}, which is no file")
        needed.append(target)
        return posixpath.relpath(place(target), posixpath.dirname(place(file)) or ".")

    return links(text, changed)


def lay_out(folder: Path) -> None:
    """Write all pages into `folder`, which is made anew. Raises SiteError for a link that leads nowhere."""
    shutil.rmtree(folder, ignore_errors=True)
    needed = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / DOCS).rglob("*") if path.is_file())
    done: set[str] = set()
    while needed:
        file = needed.pop()
        if file in done:
            continue
        done.add(file)
        target = folder / place(file)
        if target.exists():
            raise SiteError(f"{file}: another page has the place {place(file)}")
        target.parent.mkdir(parents=True, exist_ok=True)
        if place(file).endswith(".md"):
            target.write_text(_page(file, needed), "utf-8")
        else:
            shutil.copyfile(ROOT / file, target)


if __name__ == "__main__":
    try:
        lay_out(Path(sys.argv[1]))
    except SiteError as error:
        sys.exit(str(error))
