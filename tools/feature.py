"""Write the four hand-edited files of a family that pass at once: `make feature NAME=timdo [PACKAGE=folder]`.

Without PACKAGE the family is a folder of `bot/handlers`; with it a package of its own in that folder, which a bot finds
by its entry point once it is installed. Its first migration and its English are generated beside the four files.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from string import Template

ROOT = Path(__file__).parent.parent
TEMPLATES = Path(__file__).parent / "templates"
_NAME = re.compile(r"[a-z][a-z0-9]{1,11}")
ENGLISH = {
    "Ghi chú của bác": "Your notes",
    "**Ghi chú của bác**": "**Your notes**",
    "Bác chưa ghi gì.": "There are no notes yet.",
    "Ghi thêm": "Add one",
    "Bác ghi gì? Gõ một tin ngắn.": "What shall I note? Type a short message.",
    "✅ Đã ghi.": "✅ Noted.",
    "giữ ghi chú của bác": "keep your notes",
    "bác xem lại được": "let you look at them again",
    "đến khi bác xóa dữ liệu": "until you erase your data",
    "“{what}”, từ {at}": "“{what}”, since {at}",
}
"""The texts of a new family, for its own catalogue or the bot's."""


def write(name: str, package: Path | None = None) -> list[Path]:
    """Write the files of a family and return their paths; raises SystemExit for a name that is none or is taken."""
    if not _NAME.fullmatch(name):
        raise SystemExit(f"{name}: a family's name is 2 to 12 lower-case ASCII letters or digits")
    module = f"bot.handlers.{name}" if package is None else f"langso_{name}"
    folder = ROOT / "bot" / "handlers" / name if package is None else package / f"langso_{name}"
    tests = ROOT / "tests" / "handlers" if package is None else package
    if folder.exists():
        raise SystemExit(f"{folder}: is there already")
    values = {
        "name": name,
        "Name": name.capitalize(),
        "module": module,
        "code": f"z{name[:4]}",
        "locales": "" if package is None else '\n    locales=Path(__file__).parent / "locales",',
        "path": "" if package is None else "from pathlib import Path\n",
    }
    written = []
    for source, target in (
        ("entry", folder / "entry.py"),
        ("conversation", folder / "conversation.py"),
        ("tables", folder / "tables.py"),
        ("test", tests / f"test_{name}_family.py"),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        template = Template((TEMPLATES / f"{source}.py.txt").read_text("utf-8"))
        target.write_text(template.substitute(values), "utf-8")
        written.append(target)
    for empty in (folder, folder / "migrations"):
        empty.mkdir(exist_ok=True)
        (empty / "__init__.py").touch()
    if package is None:
        _translate()
    else:
        _package(name, package, folder)
    return written


def _package(name: str, package: Path, folder: Path) -> None:
    locales = folder / "locales" / "en" / "LC_MESSAGES"
    locales.mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    entries = [f'msgid "{text}"\nmsgstr "{english}"\n' for text, english in ENGLISH.items()]
    (locales / "messages.po").write_text("\n".join([head, *entries]), "utf-8")
    info = package / f"langso_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: langso-{name}\nVersion: 1.0\n", "utf-8")
    points = f"[langso.features]\n{name} = langso_{name}.entry:FAMILY\n"
    (info / "entry_points.txt").write_text(points, "utf-8")


def _translate() -> None:
    """Put the English of the new texts into the bot's catalogue."""
    from babel.messages.pofile import read_po, write_po

    subprocess.run([sys.executable, "-m", "bot.i18n", "update"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    path = ROOT / "bot" / "locales" / "en" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale="en")
    for message in catalogue:
        if isinstance(message.id, str) and not message.string:
            message.string = ENGLISH.get(message.id, "")
    with path.open("wb") as out:
        write_po(out, catalogue, width=120)
    subprocess.run([sys.executable, "-m", "bot.i18n", "update"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def main(name: str, package: str = "") -> None:
    for path in write(name, Path(package) if package else None):
        print(path)
    migrate = [sys.executable, "-m", "tools.migration", "initial", name]
    environment = {"PYTHONPATH": package} if package else {}
    subprocess.run(migrate, cwd=ROOT, check=True, env={**os.environ, **environment})


if __name__ == "__main__":
    main(*sys.argv[1:])
