"""Ten thousand seeds take a while: what was stopped goes on where it was, and failing seeds are told each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import many
from .many import Sum, run_all, told
from .plan import KINDS


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which seeds were run, without a world."""
    firsts: list[int] = []

    def worlds(town: str, made_of: str, first: int, count: int) -> Sum:
        if first == 100 and 100 not in firsts:
            firsts.append(first)
            raise KeyboardInterrupt
        firsts.append(first)
        found = [f"{first} answered: nothing"] if first == 50 else []
        return Sum(first, count, 10 * count, wrong=len(found), found=found, source=made_of)

    monkeypatch.setattr(many, "worlds", worlds)
    return firsts


def test_what_was_stopped_goes_on_where_it_was(
    ran: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "sums.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run_all("little", 0, 170, 1, kept)
    assert ran == [0, 50, 100]
    assert "50 answered: nothing" in capsys.readouterr().out
    ran[:] = [100]
    total = run_all("little", 0, 170, 1, kept)
    assert str(told(0, kept)) == str(total)
    assert ran == [100, 100, 150], "the seeds from 0 and 50 on were kept"
    assert (total.worlds, total.events, total.wrong) == (170, 1700, 1)
    assert "50 answered: nothing" in capsys.readouterr().out


def test_a_sum_names_the_faults_that_never_struck() -> None:
    total = Sum(faults=dict.fromkeys(KINDS[1:], 3))
    assert '"never": ["kill"]' in str(total)


def test_sums_of_another_bot_do_not_count(ran: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "sums.jsonl"
    run_all("little", 0, 80, 1, kept)
    kept.write_text(kept.read_text("utf-8")[:-30], "utf-8")  # the machine was switched off as it wrote
    run_all("little", 0, 80, 1, kept)
    assert ran == [0, 50, 50]
    monkeypatch.setattr(many, "source", lambda: "another")
    run_all("little", 0, 80, 1, kept)
    assert ran == [0, 50, 50, 0, 50]
