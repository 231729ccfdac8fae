"""Write the scripts of the web chat from their modules: `python -m tools.bundle`.

A browser on a poor line asks for one script instead of eight, so `source/` becomes `static/chat.js` (the chat) and
`static/stage.js` (the demo). Each module is a function of its own: what it does not export nobody sees, as before. Only
the forms of import and export that our modules have are known; BundleError for any other.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

WEB = Path(__file__).parents[1] / "bot" / "platforms" / "web"
SOURCE, STATIC = WEB / "source", WEB / "static"
ENTRIES = ("chat.js", "stage.js")
"""Module to begin with, and name of what is made of it."""
_IMPORT = re.compile(r'^import (?:(?P<names>\{ ?\w+(?:, \w+)* ?\}|\w+) from )?"\./(?P<file>[\w.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:class|function|const) (?P<name>\w+))", re.MULTILINE)
_EXPORT_LIST = re.compile(r"\bexport ?\{(?P<names>[\w, ]+)\};?\s*\Z")
_LEFT = re.compile(r"^\s*(?:import|export)\b.*|\bimport ?\(.*|\bexport ?\{.*", re.MULTILINE)


class BundleError(Exception):
    """A module that cannot be bundled; the message names it."""


def main() -> int:
    for name in ENTRIES:
        (STATIC / name).write_text(bundle(name), "utf-8")
        print(f"{name}: {(STATIC / name).stat().st_size} bytes")
    return 0


def bundle(entry: str, source: Path = SOURCE) -> str:
    """Return the script that does what the module `entry` does, and no other script beside it."""
    made: dict[str, str] = {}
    _add(entry, source, made, ())
    head = "// Written by tools/bundle.py from source/: change it there. Of others: see preact-htm.LICENSE.txt.\n"
    return head + "".join(made.values())


def _add(file: str, source: Path, made: dict[str, str], by: tuple[str, ...]) -> None:
    """Add a module, behind those that it imports, unless it is there."""
    if file in by:
        raise BundleError(f"{file} imports itself, by way of {', '.join(by)}")
    if file in made:
        return
    text = (source / file).read_text("utf-8")
    if file.endswith(".json"):
        # A line separator of Unicode may stand in JSON, and since 2019 in a script, too.
        made[file] = (
            f"const {_name(file)} = {json.dumps(json.loads(text), ensure_ascii=False, separators=(',', ':'))};\n"
        )
        return
    for found in _IMPORT.finditer(text):
        _add(found["file"], source, made, (*by, file))
    made[file] = _wrapped(file, text)


def _wrapped(file: str, text: str) -> str:
    """Return a module as a function that is called at once and returns what it exports."""
    exports = [found["name"] for found in _EXPORT.finditer(text)]
    body = _EXPORT.sub("", _IMPORT.sub(_taken, text))
    listed = _EXPORT_LIST.search(body)
    if listed is not None:
        body = f"{body[: listed.start()]}\n"
        pairs = (one.strip().partition(" as ") for one in listed["names"].split(","))
        exports += [f"{outside or inside}: {inside}" for inside, _, outside in pairs]
    left = _LEFT.search(body)
    if left is not None:
        raise BundleError(f"{file}: {left[0].strip()[:80]} is a form that is not known here")
    result = f"return {{ {', '.join(exports)} }};\n" if exports else ""
    assigned = f"const {_name(file)} = " if exports else ""
    return f"{assigned}(() => {{\n{body}{result}}})();\n"


def _taken(found: re.Match[str]) -> str:
    """Return the statement that takes what was imported from what that module returned."""
    return "" if found["names"] is None else f"const {found['names']} = {_name(found['file'])};\n"


def _name(file: str) -> str:
    """Return the name of a module within the script, which no module has for anything of its own."""
    return "module_" + re.sub(r"\W", "_", file.removesuffix(".js"))


if __name__ == "__main__":
    raise SystemExit(main())
