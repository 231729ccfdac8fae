"""Where people are in a guide."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.features.guides import progress
from bot.storage import schema


@pytest.mark.parametrize("statement", [progress.IN_ONE, progress.IN_ALL])
def test_a_turned_page_does_not_look_through_everybodys_places(statement: str, tmp_path: Path) -> None:
    schema.create(tmp_path / "bot.sqlite3")
    connection = sqlite3.connect(tmp_path / "bot.sqlite3")
    try:
        values = ["x"] * statement.count("?")
        plan = [row[3] for row in connection.execute(f"explain query plan {statement}", values)]
    finally:
        connection.close()
    assert [step for step in plan if step.startswith("SEARCH r USING INDEX")]
    assert "SCAN r" not in plan
