"""What comes with an import of the framework: nothing that serves, and nothing of the commune."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SERVES = {"tortoise", "aiosqlite", "aiohttp", "pydantic", "babel", "aiogram"}
APPS = (
    "bot.features",
    "bot.handlers",
    "bot.understanding",
    "bot.assembly",
    "bot.office",
    "bot.platforms",
    "bot.storage",
)
HEADS = ("outbox", "jobs", "calendar")
"""The features that are anybody's, see `pyproject.toml`."""


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_an_import_of_the_framework_brings_no_feature_no_database_and_no_server() -> None:
    found = modules_after("import bot.framework")
    assert {name for name in found if name.partition(".")[0] in SERVES} == set()
    assert {name for name in found if name.startswith(APPS)} == set()


def test_an_app_at_work_brings_no_feature_of_the_commune() -> None:
    found = modules_after("import bot.framework.running, bot.platforms.web, bot.platforms.console")
    features = {name.split(".")[2] for name in found if name.startswith("bot.features.")}
    assert features <= set(HEADS)
    assert {name for name in found if name.startswith(("bot.handlers", "bot.assembly", "bot.storage.tables"))} == set()
