"""The bot's modules, all of them, for what is asked of each."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import bot

_APART = ("bot.__main__", "bot.testing")
"""A command, and what asks for pytest."""


def every_module() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(bot.__path__, "bot."):
        if not found.name.startswith(_APART):
            yield importlib.import_module(found.name)
