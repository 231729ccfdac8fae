"""The runner of `make mutants`: what it changes, which tests it chooses, and that equivalents are still mutants."""

from __future__ import annotations

from pathlib import Path

import pytest

from .__main__ import equivalents
from .choose import choose, statement
from .mutate import Mutant, mutants_of, sample
from .record import ROOT, Recording, joined, mutated_files

SOURCE = '''"""A docstring where a < b."""
import logging

log = logging.getLogger(__name__)
LIMIT = 10


class Thing:
    """Holds less than 5."""

    def __init__(self, size: int = 3) -> None:
        self.size = size

    async def fits(self, other: "Thing") -> bool:
        if self.size < other.size and not other.empty:
            return True
        log.info("does not fit, %s > %s", self.size, 1)
        await self.wake()
        return max(self.size, 2) is None
'''
SQL = """def ask(run):
    run("select * from t where a < ? and b = 'x' order by c desc", f"update t set a = ? where {b} is null")
    say("come and see: a = b")
"""


def made(tmp_path: Path, source: str) -> list[Mutant]:
    (tmp_path / "a.py").write_text(source, "utf-8")
    return mutants_of(tmp_path, "a.py")


def test_each_mutant_is_one_line_that_somebody_could_have_typed(tmp_path: Path) -> None:
    assert [(mutant.line, mutant.becomes) for mutant in made(tmp_path, SOURCE)] == [
        (5, "LIMIT = (10 + 1)"),
        (11, "def __init__(self, size: int = (3 + 1)) -> None:"),
        (12, "pass"),
        (15, "if self.size <= other.size and not other.empty:"),
        (15, "if self.size < other.size or not other.empty:"),
        (15, "if self.size < other.size and (other.empty):"),
        (16, "return False"),
        (18, "pass"),
        (19, "return None"),
        (19, "return min(self.size, 2) is None"),
        (19, "return max(self.size, (2 + 1)) is None"),
        (19, "return max(self.size, 2) is not None"),
    ]


def test_conditions_in_sql_are_changed_and_words_are_not(tmp_path: Path) -> None:
    found = [mutant.becomes for mutant in made(tmp_path, SQL) if mutant.becomes != "pass"]
    assert {line.partition("run(")[2] or line for line in found} == {
        """"select * from t where a <= ? and b = 'x' order by c desc", f"update t set a = ? where {b} is null")""",
        """"select * from t where a < ? or b = 'x' order by c desc", f"update t set a = ? where {b} is null")""",
        """"select * from t where a < ? and b <> 'x' order by c desc", f"update t set a = ? where {b} is null")""",
        """"select * from t where a < ? and b = 'x' order by c", f"update t set a = ? where {b} is null")""",
        """"select * from t where a < ? and b = 'x' order by c desc", f"update t set a = ? where {b} is not null")""",
    }


def test_only_one_line_is_another(tmp_path: Path) -> None:
    before = SOURCE.splitlines()
    for mutant in made(tmp_path, SOURCE):
        after = mutant.applied(SOURCE).splitlines()
        differ = [number for number, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new]
        assert differ == [mutant.line]
        assert after[mutant.line - 1].strip() == mutant.becomes


def test_a_line_above_moves_no_mutant_in_or_out_of_the_sample(tmp_path: Path) -> None:
    chosen = [(mutant.was, mutant.becomes) for mutant in sample(tmp_path, made(tmp_path, SOURCE), 5, "26")]
    moved = made(tmp_path, SOURCE.replace("import logging\n", "import logging\nimport os\n"))
    assert [(mutant.was, mutant.becomes) for mutant in sample(tmp_path, moved, 5, "26")] == chosen
    assert [(mutant.was, mutant.becomes) for mutant in sample(tmp_path, moved, 5, "27")] != chosen


@pytest.mark.parametrize(("line", "lines"), [(2, (2, 5)), (4, (2, 5)), (1, (1, 8)), (6, (6, 6)), (7, (7, 8))], ids=str)
def test_a_part_of_a_long_statement_belongs_to_its_tests(line: int, lines: tuple[int, int]) -> None:
    """No recording sees a line that holds a constant and nothing else."""
    source = 'def f(x):\n    x(\n        "a"\n        "b"\n    )\n    if x:\n        return (1,\n            2)\n'
    assert statement(source, line) == lines


def test_its_own_tests_come_first_and_then_the_quickest() -> None:
    names = {
        "tests/faults/test_quick.py::test_a": 0.1,
        "tests/storage/test_store.py::test_slow": 5.0,
        "tests/storage/test_store.py::test_on[postgres]": 0.1,
        "tests/storage/test_other.py::test_b": 0.1,
        "tests/core/test_far.py::test_c": 99.0,
    }
    file = "bot/storage/store.py"
    line = next(mutant for mutant in mutants_of(ROOT, file) if mutant.was.startswith("return await self._noted("))
    recording = Recording(made_of={}, seconds=names, lines={file: {line.line: tuple(names)}}, modules=())
    assert choose(line, recording, budget=60).rounds == (
        (
            "tests/storage/test_store.py::test_slow",
            "tests/storage/test_store.py::test_on[postgres]",
            "tests/storage/test_other.py::test_b",
        ),
        ("tests/faults/test_quick.py::test_a",),
    )


def test_what_was_not_run_again_stays_known() -> None:
    old = Recording(
        made_of={"tests/core/test_a.py": "1", "tests/core/test_b.py": "1"},
        seconds={"tests/core/test_a.py::test_1": 1.0, "tests/core/test_b.py::test_2": 1.0},
        lines={"bot/x.py": {1: ("tests/core/test_a.py::test_1", "tests/core/test_b.py::test_2"), 2: ()}},
        modules=("json",),
    )
    new = Recording(
        made_of={"tests/core/test_a.py": "2", "tests/core/test_b.py": "1"},
        seconds={"tests/core/test_a.py::test_3": 2.0},
        lines={"bot/x.py": {2: ("tests/core/test_a.py::test_3",)}},
        modules=("re",),
    )
    both = joined(old, new)
    assert both.seconds == {"tests/core/test_b.py::test_2": 1.0, "tests/core/test_a.py::test_3": 2.0}
    assert both.lines == {"bot/x.py": {1: ("tests/core/test_b.py::test_2",), 2: ("tests/core/test_a.py::test_3",)}}


def test_what_is_said_to_be_equivalent_is_still_a_mutant() -> None:
    for each in equivalents():
        assert each.file in mutated_files()
        assert any(each.is_of(mutant) for mutant in mutants_of(ROOT, each.file)), each
        assert len(each.reason) > 20, each
