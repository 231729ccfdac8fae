"""A pytest plugin that holds adapters to their contract: `pytest_plugins = ["bot.testing.contract"]` in a conftest.

Every file `*_rig.py` among the tests that has `CASES` becomes the whole contract of these adapters, a test for each
promise. `adapter_rigs` in the configuration names other files, `adapter_patience` how many seconds something may take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

import pytest

# Before they are imported: their asserts say what was wrong.
pytest.register_assert_rewrite("bot.testing.checking", "bot.testing.suite")

from bot.testing import inbox  # noqa: E402
from bot.testing.checking import Item  # noqa: E402
from bot.testing.rig import Case  # noqa: E402
from bot.testing.suite import items  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("adapter_rigs", "files with CASES of adapters", default="*_rig.py")
    parser.addini("adapter_patience", "seconds that something may take", default="10")


def pytest_configure(config: pytest.Config) -> None:
    inbox.set_patience(float(config.getini("adapter_patience")))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    wanted = str(parent.config.getini("adapter_rigs"))
    if fnmatch(file_path.name, wanted) and "CASES" in file_path.read_text("utf-8"):
        return RigFile.from_parent(parent, path=file_path)
    return None


class RigFile(pytest.Module):
    """A file with rigs: its tests are the contract of each of its cases."""

    def collect(self) -> Iterator[pytest.Item]:
        cases: Sequence[Case] = self.obj.CASES
        for case in cases:
            for item in items(case):
                yield ContractItem.from_parent(self, name=item.name, item=item)


class ContractItem(pytest.Item):
    """One promise of one adapter."""

    def __init__(self, *, item: Item, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.item = item

    def runtest(self) -> None:
        asyncio.run(self.item.run())

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name
