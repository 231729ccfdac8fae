"""The power goes at every single point between an event's arrival and the end of its answer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

FEWEST_POINTS = 8


@dataclass(frozen=True)
class Outcome:
    """After the restart: how often the effect is in the database, and how often the person has the answer."""

    point: int
    total: int
    answers: int


def _run(folder: Path, kind: str, *options: str) -> tuple[Sequence[Outcome], Sequence[str]]:
    command = [sys.executable, "-m", "tests.faults.lab", str(folder / "lab"), kind, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    *lines, last = done.stdout.splitlines()
    return [Outcome(**json.loads(line)) for line in lines], json.loads(last)["names"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "effects"), [("change", 1), ("read", 0)])
def test_killed_at_every_point_the_person_has_the_answer_and_the_effect_is_there_once(
    tmp_path: Path, kind: str, effects: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mechanisms: inbox before acknowledgement, one commit for effect and reply, the start-up drain, marks."""
    outcomes, names = _run(tmp_path, kind)
    with capsys.disabled():
        print(f"\n{len(outcomes)} kill points ({kind})")  # noqa: T201 - the number is asked for
    assert len(outcomes) >= max(FEWEST_POINTS, len(names) - 20)
    assert [o for o in outcomes if o.total != effects] == []
    assert [o for o in outcomes if o.answers not in (1, 2)] == []
    # Twice only between the platform's acceptance and the commit of our mark; a point is passed when it kills.
    accepted = names.index("after acceptance") + 1
    marked = len(names) - names[::-1].index("after commit")
    twice = [o.point for o in outcomes if o.answers == 2]
    # A few loop steps more or less are possible from one life to the next.
    assert all(accepted - 4 <= point <= marked + 4 for point in twice), (twice, accepted, marked)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("without", "at", "breaks"),
    [
        ("inbox", "acknowledged", "the answer is lost"),
        ("drain", "acknowledged", "the answer is lost"),
        ("drain", "before acceptance", "the answer is lost"),
        ("order", "before commit", "the answer comes without need twice"),
        ("marks", "after commit", "the answer comes again after its mark"),
    ],
)
def test_each_mechanism_is_needed(tmp_path: Path, without: str, at: str, breaks: str) -> None:
    """Taken out one by one, the promise breaks: a test that could not fail would prove nothing."""
    outcomes, names = _run(tmp_path, "change", "--without", without, "--at", at)
    if breaks == "the answer is lost":
        assert any(o.answers == 0 for o in outcomes), outcomes
    elif without == "order":
        before_commit = {n for n, name in enumerate(names, start=1) if name == at}
        assert any(o.answers == 2 and o.point in before_commit for o in outcomes), outcomes
    else:
        last_commit = len(names) - names[::-1].index("after commit")
        assert [o.answers for o in outcomes if o.point == last_commit] == [2], outcomes
