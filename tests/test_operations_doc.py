"""The page about running the bot names everything that can be set and done, and nothing else."""

from __future__ import annotations

import pkgutil
import re
import sys
import tomllib
from pathlib import Path

from pydantic import BaseModel

from bot import platforms
from bot.cli import parser as cli
from bot.features.commune.settings import Commune, LetterheadSettings
from bot.settings import PACE_LIMITS, PACE_PREFIX, PREFIX, Settings

PAGE = (Path(__file__).parent.parent / "docs" / "operations.md").read_text("utf-8")


def _settings() -> set[str]:
    names = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields if field != "pace"}
    names |= {f"{PACE_PREFIX}<ỨNG DỤNG>_{limit}" for limit in PACE_LIMITS}
    for module in pkgutil.iter_modules(platforms.__path__):
        if module.name.startswith("_"):
            continue
        adapter = sys.modules[platforms.load(module.name).create.__module__]
        for kind in vars(adapter).values():
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__name__.endswith("Options"):
                names |= {f"{PREFIX}{module.name.upper()}_{field.upper()}" for field in kind.model_fields}
    return names


def test_every_setting_is_in_the_table_and_nothing_else_is() -> None:
    table = set(re.findall(r"^\| `(BOT_[^`]+)` \|", PAGE, re.MULTILINE))
    assert table == _settings()


def test_every_command_is_in_the_table() -> None:
    (commands,) = (action for action in cli._parser()._actions if action.dest == "==SUPPRESS==" or action.choices)
    assert commands.choices is not None
    named = set(re.findall(r"`([a-z-]+)(?: [^`]*)?`", PAGE))
    assert set(commands.choices) - named == set()


def test_the_commune_s_file_may_be_copied_from_the_page() -> None:
    """With and without what is optional."""
    (sample,) = re.findall(r"```toml\n(name = .*?)```", PAGE, re.DOTALL)
    assert Commune.model_validate(tomllib.loads(sample)).letterhead == LetterheadSettings()
    whole = re.sub(r"^# (?=\[|\w+ = )", "", sample, flags=re.MULTILINE)
    head = Commune.model_validate(tomllib.loads(whole)).letterhead
    unset = {"chair_title", "deputy_title"}
    assert head.model_fields_set == set(LetterheadSettings.model_fields) - unset, "every part of a letter is explained"
