"""Expressions that wait for their first use do what those of `re` do, and each of the bot's can be compiled."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from bot.core.lean import patterns
from tests.modules import every_module


def test_an_expression_is_compiled_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = re.compile

    def compiling(text: str, flags: int = 0) -> re.Pattern[str]:
        asked.append(text)
        return real(text, flags)

    monkeypatch.setattr(re, "compile", compiling)
    waiting = patterns.compile("(?P<one>x)y", re.IGNORECASE)
    assert (asked, waiting.pattern) == ([], "(?P<one>x)y")
    found = waiting.search("aXYb")
    assert found is not None
    assert (found["one"], waiting.sub("-", "axyb"), waiting.groups) == ("X", "a-b", 1)
    again = len(asked)
    assert waiting.search("b") is None
    assert len(asked) == again, "it was made once for each thing asked of it"


def test_no_expression_of_the_bot_is_broken() -> None:
    """Red when one is: it would be seen only by whoever first says something that it reads."""
    waiting = [
        (f"{module.__name__}.{name}", one)
        for module in every_module()
        for name, one in vars(module).items()
        if isinstance(one, patterns.LateExpression)
    ]
    assert len(waiting) > 250
    for _, one in waiting:
        assert callable(one.fullmatch)


def test_importing_the_bot_compiles_few_expressions() -> None:
    """Mechanism: red with `re.compile` instead, which a start would do three hundred times."""
    program = (
        "import re._compiler as c\n"
        "import aiohttp, pydantic, tortoise, babel, filelock\n"
        "real, seen = c.compile, []\n"
        "c.compile = lambda p, flags=0: seen.append(p) or real(p, flags)\n"
        "from bot.assembly import app, families\n"
        "families.discover()\n"
        "print(len(seen))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert int(ran.stdout) < 60
