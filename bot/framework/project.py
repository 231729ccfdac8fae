"""A new project on the framework: handlers, tests that pass at once, a Dockerfile; its files are in `template`."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from bot import __version__
from bot.core.lean import patterns

TEMPLATE = Path(__file__).parent / "template"
_NAME = patterns.compile(r"[a-z][a-z0-9_-]{0,40}[a-z0-9]")
_TAKEN = frozenset({"bot", "tests", "langso", *sys.stdlib_module_names})
_PLACES: Mapping[str, str] = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "Dockerfile.txt": "Dockerfile",
    "dockerignore.txt": ".dockerignore",
    "gitignore.txt": ".gitignore",
    "app.py.txt": "{module}/app.py",
    "handlers.py.txt": "{module}/handlers.py",
    "test_talk.py.txt": "tests/test_talk.py",
}


class ProjectError(Exception):
    """A project of this name cannot be written; `reason` is name or exists."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def write(folder: Path) -> Sequence[Path]:
    """Write a project into a new folder, whose name is its own; return its files.

    Raises ProjectError for a name that is none for a package, or a folder that is there, and OSError.
    """
    name = folder.name
    module = name.replace("-", "_")
    if not _NAME.fullmatch(name) or module in _TAKEN or keyword.iskeyword(module):
        raise ProjectError("name")
    if folder.exists():
        raise ProjectError("exists")
    written: list[Path] = []
    for source, place in _PLACES.items():
        path = folder / place.format(module=module)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = Template((TEMPLATE / source).read_text("utf-8"))
        path.write_text(text.substitute(name=name, module=module, version=__version__), "utf-8")
        written.append(path)
    package = folder / module / "__init__.py"
    package.write_text(f'"""{name}."""\n', "utf-8")
    return [package, *written]
