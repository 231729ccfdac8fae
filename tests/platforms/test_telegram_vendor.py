"""aiogram's models come when they are used, and are then what they always were.

Each answer here is a process of its own: a library is imported once, and its models stay built. Importing takes
seconds, so those that begin with the same import are copies of one process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from bot.platforms.telegram.vendor import KNOWN, Later, is_known

ROOT = Path(__file__).parents[2]
DEADLINE = 120
MEETING = 0.2
"""Seconds that one waits for another who must not come."""

_AS_EVER = "import aiogram\n"
_UNKNOWN = (
    "from importlib import metadata\n"
    "known = metadata.version\n"
    "metadata.version = lambda name: '3.99.0' if name == 'aiogram' else known(name)\n"
)
_NAMES = {
    "": ("complete", "left", "all_in_turn", "at_once"),
    _AS_EVER: ("complete", "all_in_turn"),
    _UNKNOWN: ("complete",),
}
"""What is asked, by what comes before the import."""
_REST = (
    "import importlib, pkgutil, sys\n"
    "import bot\n"
    "count = 0\n"
    "def walk(package):\n"
    "    global count\n"
    "    for found in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):\n"
    "        if found.name == 'bot.platforms.telegram' or found.name.endswith('.__main__'): continue\n"
    "        module = importlib.import_module(found.name)\n"
    "        count += 1\n"
    "        if found.ispkg: walk(module)\n"
    "walk(bot)\n"
    "print(count > 400, [name for name in sys.modules if name.partition('.')[0] == 'aiogram'])\n"
)


def _says(program: str) -> str:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, timeout=DEADLINE)
    assert result.returncode == 0
    return result.stdout


@cache
def _told(before: str = "") -> Mapping[str, Sequence[str]]:
    """What `telegram_models` tells after the import of aiogram, by name; `before` comes first."""
    names = _NAMES[before]
    asked = ", ".join(f"of.{name}" for name in names)
    parts = _says(f"{before}from tests.platforms import telegram_models as of\nof.each({asked})").split("\0\n")
    return {name: part.splitlines() for name, part in zip(names, parts, strict=False)}


def test_the_installed_versions_are_those_that_were_looked_at() -> None:
    """With others the bot starts as slowly as aiogram does: run this file with them, then note them."""
    assert is_known(), f"not {dict(KNOWN)}: where the other tests here pass, add the new version to `KNOWN`"


def _all(before: str = "") -> Sequence[list[str]]:
    """Forms, answers, fields."""
    return [part.splitlines() for part in "\n".join(_told(before)["all_in_turn"]).split("\n\n")]


def test_nothing_is_built_at_the_import() -> None:
    assert _told()["complete"] == ["none of many"]


def test_nothing_of_pydantic_or_of_the_import_is_changed() -> None:
    assert _told()["left"] == ["True pydantic.main"]


@pytest.mark.parametrize("before", [_UNKNOWN, _AS_EVER], ids=["unknown version", "imported before"])
def test_otherwise_aiogram_builds_what_it_always_did(before: str) -> None:
    assert _told(before)["complete"] == ["some of many"]


def test_a_library_that_is_not_there_is_of_no_known_version() -> None:
    assert not is_known({"no-such-library": frozenset({"1"})})


def test_every_call_in_use_has_the_form_that_it_has_without_us() -> None:
    ours = _all()[0]
    assert len(ours) == 8 + 3 * 2 * 2 * 3 * 2
    assert all(any(word in line for line in ours) for word in ("attach://", "inline_keyboard", "force_reply", "bold"))
    assert ours == _all(_AS_EVER)[0]


def test_an_answer_is_read_as_it_is_without_us() -> None:
    """Nothing of the adapter reads answers by aiogram; whoever begins to must not be surprised."""
    ours = _all()[1]
    assert "reply_to_message=Message(" in ours[0]
    assert ours == _all(_AS_EVER)[1]


def test_every_model_can_be_built_and_has_the_fields_that_it_has_without_us() -> None:
    ours = _all()[2]
    assert [line for line in ours if line.split()[1] != "True"] == []
    assert ours == _all(_AS_EVER)[2]


def test_threads_that_are_first_to_use_a_model_all_get_it() -> None:
    assert _told()["at_once"] == ["8 1"]


def test_one_thread_at_a_time_builds() -> None:
    """pydantic's own building is not safe for two."""
    met: list[str] = []
    door = Barrier(2)

    class Meeting:
        @classmethod
        def __get_pydantic_core_schema__(cls, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
            try:
                door.wait(MEETING)
            except BrokenBarrierError:
                return handler(str)
            met.append("two at once")
            return handler(str)

    class Base(BaseModel):
        pass

    Later().take(Base)
    here = {"Meeting": Meeting}

    class First(Base):
        field: Meeting

    class Second(Base):
        field: Meeting

    def build(model: type[BaseModel]) -> Callable[[], None]:
        def built() -> None:
            model.model_rebuild(_types_namespace=here)

        return built

    threads = [Thread(target=build(model)) for model in (First, Second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == []
    assert First(field="a").model_dump() == {"field": "a"}
    assert Second(field="b").model_dump() == {"field": "b"}


def test_whatever_needs_no_telegram_imports_nothing_of_aiogram() -> None:
    """The web alone, the console and the commands: all modules but the adapter's own."""
    assert _says(_REST).split() == ["True", "[]"]
