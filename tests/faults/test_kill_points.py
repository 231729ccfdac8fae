"""The power goes at every single point between an event's arrival and the end of its answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

FEWEST_POINTS = 8


@dataclass(frozen=True)
class Outcome:
    """After the restart: how often the effect is in the database, and how often the person has the answer.

    `passed` are the points of the life that was killed, the last of them included: no two lives have the same number.
    """

    point: int
    total: int
    answers: int
    passed: Sequence[str]

    def commits_since(self, name: str) -> int:
        """Count the commits after point `name`; -1 where it was not reached."""
        return commits_since(name, self.passed)


def commits_since(name: str, passed: Sequence[str]) -> int:
    return passed[passed.index(name) :].count("after commit") if name in passed else -1


def _run(folder: Path, *arguments: str, lab: str = "lab") -> tuple[Sequence[Outcome], Sequence[str]]:
    command = [sys.executable, "-m", f"tests.faults.{lab}", str(folder / "lab"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
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
    assert len(outcomes) >= max(FEWEST_POINTS, len(names) // 2)
    assert [o for o in outcomes if o.total != effects] == []
    assert [o for o in outcomes if o.answers not in (1, 2)] == []
    # Twice only between the platform's acceptance and the commit of our mark; a point is passed when it kills.
    twice = [o for o in outcomes if o.answers == 2]
    assert [o.point for o in twice if o.commits_since("after acceptance") != 0] == []


@pytest.mark.timeout(300)
def test_killed_at_every_point_a_group_that_moves_takes_its_open_question_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mechanism: the session moves in the commit of the event, and what was done under the old id counts as done."""
    outcomes, names = _run(tmp_path, "move")
    with capsys.disabled():
        print(f"\n{len(outcomes)} kill points (move)")  # noqa: T201 - as above
    assert len(outcomes) >= max(FEWEST_POINTS, len(names) // 2)
    assert [o for o in outcomes if o.total != 1] == []
    assert [o for o in outcomes if o.answers not in (1, 2)] == []


@pytest.mark.timeout(600)
def test_the_same_holds_on_telegram_over_real_http(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mechanism besides: the polling offset moves only after the note. KILL_EVERY=1 tries every single point."""
    outcomes, names = _run(tmp_path, "--every", os.environ.get("KILL_EVERY", "2"), lab="telegram_lab")
    with capsys.disabled():
        print(f"\n{len(outcomes)} kill points tried of {len(names)} (telegram)")  # noqa: T201 - as above
    assert len(outcomes) >= FEWEST_POINTS
    assert [o for o in outcomes if o.total != 1] == []
    assert [o for o in outcomes if o.answers not in (1, 2)] == []
    # Polls go on and are committed meanwhile; the mark is the last commit of an undisturbed life.
    marked = commits_since("before sendMessage", names)
    twice = [o for o in outcomes if o.answers == 2]
    assert [o.point for o in twice if not 0 <= o.commits_since("before sendMessage") <= marked] == []


@pytest.mark.timeout(300)
def test_a_group_whose_session_moves_in_a_commit_of_its_own_may_lose_its_open_question(tmp_path: Path) -> None:
    outcomes, _ = _run(tmp_path, "move", "--without", "move", "--at", "after commit")
    assert any(o.answers == 0 for o in outcomes), outcomes


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
