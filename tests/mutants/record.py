"""Find out once which tests execute which line, and how long each of them takes."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import pytest
from coverage import Coverage
from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".mutants"
MUTATED = ("bot/core", "bot/features/outbox", "bot/storage")
AROUND = (
    "tests/core",
    "tests/storage",
    "tests/features/test_outbox*.py",
    "tests/features/test_digest.py",
    "tests/features/test_news.py",
    "tests/features/test_quota.py",
    "tests/faults",
    "tests/test_wake.py",
)
FURTHER = (
    "tests/features/checkins/test_figures.py",
    "tests/handlers/test_manners.py",
    "tests/handlers/test_small_talk.py",
    "tests/handlers/test_typed*.py",
)
"""Conversations, on SQLite: they count for lines that no test around executes."""
OWN_PROCESSES = ("test_kill_points", "test_shared_database", "test_outbox_kill_points", "test_digest_kill_points")
"""These kill processes that run the bot: too long for each mutant, and no recording sees what runs there."""


MOST_FURTHER = 40
_PATIENT = ("--timeout", "600", "-o", "timeout_method=signal")
"""Under the recorder all is slower; and the other method would end this process, not one test."""
TOO_LONG = (
    "tests/storage/test_migrations.py::test_each_migration_goes_up_down_and_up_again",
    "tests/storage/test_migrations.py::test_a_start_that_died",
    "tests/storage/test_migrations.py::test_on_postgres_too_a_start_that_died",
    "tests/storage/test_migrations.py::test_two_processes_that_migrate_at_once_both_succeed",
    "tests/storage/test_migrations.py::test_rebuilding_a_table_keeps_the_rows_that_belong_to_it",
    "tests/storage/test_migrations.py::test_the_danger_is_real",
    "tests/features/test_outbox_pace.py::test_ten_thousand_groups",
    "tests/features/test_outbox_turns.py::test_after_a_long_silence_a_thousand_announcements",
)
"""Under the recorder each takes minutes, and none is about one line."""


class Recording(BaseModel):
    model_config = ConfigDict(frozen=True)

    made_of: dict[str, str]
    """Each file of the bot and of the tests, and what it was."""
    seconds: dict[str, float]
    """Each test."""
    lines: dict[str, dict[int, tuple[str, ...]]]
    """File → line → the tests that execute it; none where only the import does."""
    modules: tuple[str, ...]
    """What else was imported: a process that has it already starts each mutant sooner."""


def files_of_tests(places: Sequence[str] = (*AROUND, *FURTHER)) -> list[str]:
    found = [path for place in places for path in ROOT.glob(place)]
    files = [file for path in found for file in (path.rglob("test_*.py") if path.is_dir() else [path])]
    return sorted({file.relative_to(ROOT).as_posix() for file in files if file.stem not in OWN_PROCESSES})


def mutated_files() -> list[str]:
    """All but migrations: their tests compare what they make, and a tool wrote them."""
    found = [path for place in MUTATED for path in (ROOT / place).rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found if "migrations" not in path.parts)


def state_of_files() -> dict[str, str]:
    """With each change of the bot, of these tests or of what they import the lines and the tests are others."""
    found = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    paths = {path.relative_to(ROOT).as_posix() for path in found if path.parent.name != "mutants"}
    others = {path for path in paths if PurePosixPath(path).name.startswith("test_")} - set(files_of_tests())
    return {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in sorted(paths - others)}


class _Watch:
    """Names each test to the recorder, and takes its time."""

    def __init__(self, recorder: Coverage) -> None:
        self._recorder = recorder
        self._around = set(files_of_tests(AROUND))
        self.seconds: dict[str, float] = {}

    def is_around(self, name: str) -> bool:
        return name.partition("::")[0] in self._around

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self.is_around(item.nodeid) or "postgres" not in item.keywords]

    def of_line(self, names: Sequence[str]) -> tuple[str, ...]:
        """The tests around, or else a few quick ones of the others."""
        around = [name for name in names if self.is_around(name)]
        others = sorted((name for name in names if name), key=lambda name: self.seconds[name])
        return tuple(around or others[:MOST_FURTHER])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._recorder.switch_context(item.nodeid)
        began = time.monotonic()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.monotonic() - began
            self._recorder.switch_context("")


def record(files: list[str]) -> Recording:
    """Run these tests; raises where one fails, for it would seem to notice every mutant."""
    made_of = state_of_files()
    recorder = Coverage(data_file=None, include=[f"{ROOT}/{place}/*" for place in MUTATED], config_file=False)
    watch = _Watch(recorder)
    left_out = [word for name in TOO_LONG for word in ("--deselect", name)]
    recorder.start()
    done = pytest.main(["-q", "-p", "no:xdist", *_PATIENT, *left_out, *files], plugins=[watch])
    recorder.stop()
    if done != pytest.ExitCode.OK:
        raise SystemExit("the tests must pass before anything is changed")
    data = recorder.get_data()
    lines = {
        Path(file).relative_to(ROOT).as_posix(): {
            line: watch.of_line(names) for line, names in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return Recording(made_of=made_of, seconds=watch.seconds, lines=lines, modules=_others())


def _others() -> tuple[str, ...]:
    """Not what takes part in pytest: that is set up anew with each run."""
    ours = {"__main__", "__mp_main__", "coverage", "xdist", "pluggy", "execnet", "time_machine"}
    ours |= {each.stem for each in ROOT.iterdir() if each.is_dir()}  # one of them would bring the bot unchanged
    roots = {name: name.partition(".")[0] for name in sys.modules if "pytest" not in name}
    # As they came: some cannot be imported before what imports them.
    return tuple(name for name, root in roots.items() if root not in ours)


def known() -> Recording:
    """The recording of these very files; what is missing of it is made now."""
    path = FOLDER / "recording.json"
    old = Recording.model_validate_json(path.read_bytes()) if path.exists() else None
    state, files = state_of_files(), files_of_tests()
    changed = {file for file, was in ((old and old.made_of) or {}).items() if state.get(file) != was}
    changed |= state.keys() - (old.made_of.keys() if old else set())
    if old and not changed:
        return old
    again = old if old and changed <= set(files) else None
    FOLDER.mkdir(exist_ok=True)
    # In a process of its own: this one shall not have imported what a mutant changes.
    child = os.fork()
    if child == 0:
        new = record([file for file in files if again is None or file in changed])
        path.write_text((joined(again, new) if again else new).model_dump_json(), "utf-8")
        sys.stdout.flush()
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise SystemExit(1)
    return Recording.model_validate_json(path.read_bytes())


def joined(old: Recording, new: Recording) -> Recording:
    """Take from the old recording the tests of the files that were not run again."""
    run = {name.partition("::")[0] for name in new.seconds}
    changed = {file for file, was in old.made_of.items() if new.made_of.get(file) != was}

    def kept(name: str) -> bool:
        return name.partition("::")[0] not in run | changed

    lines = {file: dict(lines) for file, lines in new.lines.items()}
    for file, of_file in old.lines.items():
        for line, names in of_file.items():
            known_names = lines.setdefault(file, {}).get(line, ())
            lines[file][line] = (*filter(kept, names), *known_names)
    return Recording(
        made_of=new.made_of,
        seconds={name: took for name, took in old.seconds.items() if kept(name)} | new.seconds,
        lines=lines,
        modules=tuple(dict.fromkeys((*old.modules, *new.modules))),
    )
