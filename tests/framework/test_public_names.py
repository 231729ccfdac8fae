"""What the framework promises to keep: a name that goes or comes is a decision, see the reference under Stability."""

from __future__ import annotations

import importlib
import re
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LISTED = (Path(__file__).parent / "public_names.txt").read_text("utf-8").split()
MODULES = ("bot.framework", "bot.framework.tables", "bot.framework.testing")


def test_no_public_name_goes_or_comes_unseen() -> None:
    """Whoever changes the list writes it into CHANGELOG.md, and what goes was deprecated before."""
    found = [f"{name}.{one}" for name in MODULES for one in sorted(importlib.import_module(name).__all__)]
    assert found == LISTED


def test_each_public_name_is_there_and_has_a_docstring() -> None:
    for place in LISTED:
        module, _, name = place.rpartition(".")
        assert getattr(importlib.import_module(module), name) is not None
    bare = [
        place
        for place in LISTED
        if isinstance(one := getattr(importlib.import_module(place.rpartition(".")[0]), place.rpartition(".")[2]), type)
        and not (one.__doc__ or "").strip()
    ]
    assert bare == []


def test_the_reference_shows_each_of_them() -> None:
    page = (ROOT / "docs" / "framework" / "reference.md").read_text("utf-8")
    shown = set(re.findall(r"^::: (\S+)$", page, re.MULTILINE))
    assert [place for place in LISTED if place not in shown] == []


def test_checkers_read_the_types_of_an_installed_framework() -> None:
    assert files("bot").joinpath("py.typed").is_file()
