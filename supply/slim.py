"""Take out of an environment what a running bot never reads; a test of the package runs what is left.

Standard library only: it runs with the Python of the system that the package is for.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

_KEPT_OF = {
    # Dates and numbers are written in the languages that the bot has.
    "babel/locale-data/*.dat": r"root|vi(_\w+)?|en(_001|_US)?",
    # Holidays of Vietnam; most years are asked of a table of ours anyway.
    "holidays/countries/*.py": r"__init__|vietnam",
    "holidays/financial/*.py": r"__init__",
    "holidays/locale/*": r"vi|en_US",
    # rich colours no source code for us.
    "pygments/lexers/*.py": r"__init__|_mapping|special",
    "pygments/styles/*.py": r"__init__|_mapping|default",
    "pygments/formatters/*.py": r"__init__|_mapping|terminal\w*",
}
"""Of the files of a pattern those stay whose stem matches."""
EMPTIED = ("holidays/countries/__init__.py", "holidays/financial/__init__.py")
"""They import everything beside them; the library looks for one country by its module's name."""
_BUILDERS = ("hatchling", "editables")
_CUT = (
    "**/*.c",
    "**/*.cpp",
    "**/*.h",
    "**/*.hpp",
    "**/*.pxd",
    "**/*.pxi",
    "**/*.pyi",
    "**/*.pyx",
    "**/__pycache__",
    "*/tests",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
    "*.pth",
    # A commune's bot reads JPEG, PNG and WebP (bot.features.untrusted.photo).
    "PIL/_avif*.so",
    "PIL/_imagingcms*.so",
    "PIL/_imagingtk*.so",
    "pillow.libs/libavif-*",
    "pillow.libs/liblcms2-*",
    "lxml/html",
    "lxml/includes",
    "lxml/isoschematron",
    "lxml/objectify*",
    "tortoise/contrib/test",
)


def cut(site: Path) -> None:
    """Leave in the folder of packages what a bot needs to run."""
    for path in set(_builders(site)):
        _remove(path)
    for pattern in _CUT:
        for path in list(site.glob(pattern)):
            _remove(path)
    for pattern, kept in _KEPT_OF.items():
        for path in list(site.glob(pattern)):
            if not re.fullmatch(kept, path.stem) and path.name != "__pycache__":
                _remove(path)
    for name in EMPTIED:
        (site / name).write_text("", "utf-8")


def strip(site: Path) -> None:
    """Take the names that only a debugger reads out of compiled modules. Raises CalledProcessError."""
    files = sorted(str(path) for path in site.rglob("*.so*") if path.is_file())
    subprocess.run(["strip", "--strip-unneeded", *files], check=True)


def size(folder: Path) -> int:
    """Return the bytes of all files."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def _builders(site: Path) -> Iterator[Path]:
    """Give what belongs to the packages that built ours, and to no other."""
    known = {_name(one.metadata["Name"]): one for one in distributions(path=[str(site)])}
    building = _reached(known, _BUILDERS)
    for name in building - _reached(known, known.keys() - building):
        for file in known[name].files or ():
            if file.parts[0] not in ("..", "bin"):
                yield site / file.parts[0]


def _reached(known: Mapping[str, Distribution], names: Iterable[str]) -> set[str]:
    """Return the packages of these names, and all that they ask for."""
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name in known and name not in found:
            found.add(name)
            ahead += _asked(known[name])
    return found


def _asked(one: Distribution) -> list[str]:
    asked = [line for line in one.requires or () if "extra ==" not in line]
    return [_name(found[0]) for line in asked if (found := re.match(r"[\w.-]+", line))]


def _name(given: str) -> str:
    return re.sub(r"[-_.]+", "-", given).lower()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
