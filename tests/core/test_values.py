"""A copy of a value with other fields, of both kinds of classes, and how few of them a start makes the slow way."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec import Struct

from bot.core.lean.values import replace

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Old:
    one: int
    two: str = ""


class New(Struct, frozen=True):
    one: int
    two: str = ""


def test_a_copy_has_the_fields_given_and_the_others_as_they_were() -> None:
    assert replace(Old(1, "a"), one=2) == Old(2, "a")
    assert replace(New(1, "a"), one=2) == New(2, "a")


@pytest.mark.parametrize("value", [Old(1), New(1)])
def test_a_field_that_is_none_is_refused(value: Old | New) -> None:
    with pytest.raises(TypeError):
        replace(value, three=3)  # type: ignore[call-arg]


def test_a_start_makes_few_classes_by_running_code_that_it_writes() -> None:
    """Mechanism: `dataclasses` writes and compiles some six functions a class, 0.6 ms; of 680 classes 0.4 s."""
    program = (
        "import sys, dataclasses\n"
        "from bot.assembly import app, families\n"
        "families.discover()\n"
        "kinds = {one for name, module in sys.modules.items() if name.startswith('bot.')\n"
        "         for one in vars(module).values() if isinstance(one, type) and one.__module__ == name}\n"
        "print(len(kinds), sum(map(dataclasses.is_dataclass, kinds)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    kinds, slow = map(int, ran.stdout.split())
    assert kinds > 700
    assert slow < 90


_OF_DATACLASSES = re.compile(r"^from dataclasses import .*\b(?:asdict|astuple|fields)\b", re.MULTILINE)


def test_only_known_places_ask_dataclasses_about_a_value() -> None:
    """mypy lets `asdict` and `fields` take a Struct, which they refuse: what these files ask about is a dataclass."""
    asking = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "bot").rglob("*.py")
        if _OF_DATACLASSES.search(path.read_text("utf-8"))
    }
    assert asking == {
        "bot/cli/commands.py",  # Hit
        "bot/core/events.py",
        "bot/features/guides/findings.py",
        "bot/features/learning/importing.py",  # QuestionLine
        "bot/handlers/kit/hooks.py",
        "bot/testing/suite/showing.py",  # Capabilities
    }
