"""The bots that are compared, and what is counted in their sources. Standard library only."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent / "bots"


@dataclass(frozen=True)
class Variant:
    """Another storage for the same bot: `by` stands in the place of `old`, and `imported` beside the other imports."""

    old: str
    by: str
    imported: str = ""


@dataclass(frozen=True)
class Source:
    """A bot. `library` is what launches it, "" for ours; `redis`: it needs one."""

    name: str
    file: Path
    library: str = ""
    variant: Variant | None = None

    @property
    def redis(self) -> bool:
        return self.variant is not None and "Redis" in self.variant.by

    @property
    def text(self) -> str:
        """Return the source with its storage. Raises ValueError where the place for it is gone."""
        text = self.file.read_text("utf-8")
        if self.variant is None:
            return text
        if text.count(self.variant.old) != 1:
            raise ValueError(f"{self.file.name}: {self.variant.old!r} must be there once")
        text = text.replace(self.variant.old, self.variant.by)
        before, library, after = text.partition("\nfrom aiogram import")
        return f"{before}\n{self.variant.imported}{library}{after}" if self.variant.imported else text


DISPATCHER = "dispatcher = Dispatcher()\n"
SQLITE = Variant(
    DISPATCHER,
    'dispatcher = Dispatcher(storage=SQLStorage("states.db"))\n',
    "from aiogram_sqlite_storage.sqlitestore import SQLStorage",
)
REDIS = Variant(
    DISPATCHER,
    'dispatcher = Dispatcher(storage=RedisStorage.from_url(os.environ["REDIS_URL"]))\n',
    "from aiogram.fsm.storage.redis import RedisStorage",
)
REDIS_WITH_DESTINY = Variant(
    DISPATCHER,
    "keys = DefaultKeyBuilder(with_destiny=True)\n"
    'dispatcher = Dispatcher(storage=RedisStorage.from_url(os.environ["REDIS_URL"], key_builder=keys))\n',
    "from aiogram.fsm.storage.redis import DefaultKeyBuilder, RedisStorage",
)
EACH_SECOND = Variant('PicklePersistence("states.pickle")', 'PicklePersistence("states.pickle", update_interval=1)')

SOURCES = (
    Source("Làng Số", ROOT / "examples" / "library.py"),
    Source("aiogram, memory", FOLDER / "aiogram_bot.py", "aiogram"),
    Source("aiogram, SQLite", FOLDER / "aiogram_bot.py", "aiogram", SQLITE),
    Source("aiogram, Redis", FOLDER / "aiogram_bot.py", "aiogram", REDIS),
    Source("aiogram_dialog, memory", FOLDER / "aiogram_dialog_bot.py", "aiogram"),
    Source("aiogram_dialog, Redis", FOLDER / "aiogram_dialog_bot.py", "aiogram", REDIS_WITH_DESTINY),
    Source("NoneBot2", FOLDER / "nonebot_bot.py", "nonebot"),
    Source("python-telegram-bot, PicklePersistence", FOLDER / "telegram_bot.py", "telegram"),
    Source("python-telegram-bot, written each second", FOLDER / "telegram_bot.py", "telegram", EACH_SECOND),
)


@dataclass(frozen=True)
class Length:
    """Lines of code without blank ones and the docstring, import statements, and names of the framework."""

    lines: int
    imports: int
    names: int


def length(source: str) -> Length:
    """Count a source.

    >>> length('from os import path\\nfrom shop import Bot, run\\n\\nrun(Bot().begin(path))')
    Length(lines=3, imports=2, names=3)
    """
    tree = ast.parse(source)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    kept = [line for line in source.splitlines() if line.strip()]
    docstring = (ast.get_docstring(tree, clean=False) or "").count("\n") + 1 if ast.get_docstring(tree) else 0
    return Length(len(kept) - docstring, len(imports), len(_names(tree, imports)))


def _names(tree: ast.Module, imports: list[ast.Import | ast.ImportFrom]) -> set[str]:
    """Return what is imported of libraries, and the attributes that are neither Python's nor the bot's own."""
    foreign: set[str] = set()
    known = {*dir(str), *dir(dict), *dir(list)}
    own = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for statement in imports:
        module = statement.module if isinstance(statement, ast.ImportFrom) else statement.names[0].name
        names = {alias.asname or alias.name for alias in statement.names}
        if (module or "").partition(".")[0] in sys.stdlib_module_names:
            own |= names
        else:
            foreign |= names
    return foreign | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr not in known
        and not (isinstance(node.value, ast.Name) and node.value.id in own)
    }
