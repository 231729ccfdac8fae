"""Where each byte of an installation comes from: hashes of all that is installed, its licences, our own wheel."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from supply import wheel
from supply.licences import PAGE, Bom, Component, Licence, Named, page
from supply.lock import FOLDER, LOCKS, PINS, blocks

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ("core", "servers", "audio", "speech", "voice")
"""What a commune may have; the rest is for tests and for these lists."""


def locked(name: str) -> list[Requirement]:
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    return [Requirement(block.partition(" \\")[0]) for block in blocks(text)]


@pytest.mark.parametrize("name", [lock.name for lock in LOCKS])
def test_each_file_that_may_be_installed_has_a_hash_and_no_index_is_named(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    for block in blocks(text):
        first, *hashes = block.split(" \\\n")
        assert re.fullmatch(r"[a-z0-9.-]+==\S+( ; .+)?", first)
        assert hashes
        assert all(re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}", line) for line in hashes)
    assert "://" not in text
    assert {line.split()[0] for line in text.splitlines() if line.startswith("-")} <= {"-r"}


def test_the_hashes_are_those_of_the_pinned_versions() -> None:
    """`make lock` was not forgotten after a version changed."""
    pins = {line for line in PINS.read_text("utf-8").splitlines() if line}
    found = {
        block.partition(" \\")[0] for lock in LOCKS if not lock.alone for block in blocks(lock.path.read_text("utf-8"))
    }
    assert {re.sub(r" ;.*", "", line) for line in found} == {re.sub(r" ;.*", "", line) for line in pins}


def test_what_pyproject_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {"core": project["dependencies"]}
    wanted |= {lock.name: [] for lock in LOCKS if lock.name != "core"}
    for lock in LOCKS:
        for extra in lock.extras:
            wanted[lock.name] += project["optional-dependencies"][extra]
    bases = {lock.name: lock.base for lock in LOCKS}
    for name, requirements in wanted.items():
        versions: dict[str, str] = {}
        reached = name
        while reached:
            versions |= {
                canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in locked(reached)
            }
            reached = bases[reached]
        for requirement in map(Requirement, requirements):
            assert versions[canonicalize_name(requirement.name)] in requirement.specifier, (name, requirement)


def test_the_licence_of_each_package_is_listed() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    listed = {canonicalize_name(name.removeprefix("| ")): Version(version) for name, version, _ in rows}
    known: dict[str, set[Version]] = {}
    for name in INSTALLED:
        for each in locked(name):
            known.setdefault(canonicalize_name(each.name), set()).add(Version(str(each.specifier).removeprefix("==")))
            if each.marker is None:
                assert canonicalize_name(each.name) in listed, f"{each.name}: run make sbom"
    assert all(version in known[name] for name, version in listed.items()), "run make sbom"
    assert [row for row in rows if "UNKNOWN" in row[2]] == []


def test_a_licence_is_told_by_the_shortest_name_that_a_package_gives() -> None:
    named = [Licence(license=Named(name="License :: OSI Approved :: MIT License")), Licence(license=Named(id="MIT"))]
    components = (
        Component(name="b", version="2", licenses=tuple(named)),
        Component(name="A", version="1", licenses=(Licence(license=Named(name="BSD\nRedistribution and use …")),)),
        Component(name="c", version="3"),
    )
    assert page(Bom(components=components), "3.11").splitlines()[-3:] == [
        "| A | 1 | BSD |",
        "| b | 2 | MIT |",
        "| c | 3 | UNKNOWN |",
    ]


def test_a_wheel_is_the_same_bytes_wherever_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    one, other = wheel.twice(tmp_path)
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()
