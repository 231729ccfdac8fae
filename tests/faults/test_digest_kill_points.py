"""The power goes at every point while three notices become one message and leave."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

LINES = ("một", "hai", "ba")
MARK = "(gửi lại) "
Seen = Mapping[str, Sequence[str]]
"""`states` of the rows, and what the messenger `accepted`, in order."""


def _run(folder: Path, *options: str) -> tuple[list[Mapping[str, Seen]], Seen]:
    command = [sys.executable, "-m", "tests.faults.outbox_lab", str(folder / "lab"), "--digest", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=590)
    *outcomes, calm = (json.loads(line) for line in done.stdout.splitlines())
    return outcomes, calm


def _told(seen: Seen, line: str) -> int:
    """How often it was told without the word that it is a repeat."""
    return sum(line in text.split() for text in seen["accepted"] if not text.startswith(MARK))


def _lost(outcome: Mapping[str, Seen]) -> list[str]:
    """Lines that nobody has, although a person said "send again" where nobody could know."""
    whole = " ".join(outcome["decided"]["accepted"]).split()
    return [line for line in LINES if line not in whole]


@pytest.mark.timeout(600)
@pytest.mark.fault(1, "kill -9 while notices become the day's digest")
def test_killed_at_every_point_no_line_is_lost_and_none_is_told_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes, calm = _run(tmp_path)
    with capsys.disabled():
        print(f"\n{len(outcomes)} kill points (digest)")  # noqa: T201 - the number is asked for
    assert list(calm["states"]) == ["cancelled"] * 3 + ["sent"]
    assert len(calm["accepted"]) == 1
    assert len(outcomes) > 12
    assert [one for one in outcomes if _lost(one)] == []
    assert [one for one in outcomes for line in LINES if _told(one["decided"], line) > 1] == []
    before = {tuple(one["killed"]["states"]) for one in outcomes}
    assert ("held",) * 3 in before, "no point lies before the join"
    assert any(len(states) == 4 for states in before), "no point lies after the join"
    assert before <= {("held",) * 3} | {states for states in before if states[:3] == ("cancelled",) * 3}


@pytest.mark.timeout(600)
def test_without_the_transaction_lines_are_lost(tmp_path: Path) -> None:
    outcomes, _ = _run(tmp_path, "--without", "one")
    assert any(_lost(one) for one in outcomes), "the lab would not see it"
