"""`langso new NAME` writes a project that passes its own tests at once and talks in a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def ran(*command: str, cwd: Path, words: str = "") -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, input=words, capture_output=True, text=True, check=False,
        env={**environ, "PYTHONPATH": str(ROOT), "BOT_PLATFORMS": "console"},
    )  # fmt: skip


def test_a_new_project_passes_its_tests_and_talks(tmp_path: Path) -> None:
    done = ran("-m", "bot", "new", "corner-shop", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "corner-shop/corner_shop/handlers.py" in done.stdout.splitlines()
    project = tmp_path / "corner-shop"
    tested = ran("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert tested.returncode == 0, tested.stdout
    assert "3 passed" in tested.stdout
    talked = ran("-m", "corner_shop.app", cwd=project, words="menu\n1\nAnn\n")
    assert "Hello, Ann!" in talked.stdout, talked.stderr


def test_its_files_say_its_name(tmp_path: Path) -> None:
    ran("-m", "bot", "new", "corner-shop", cwd=tmp_path)
    project = tmp_path / "corner-shop"
    described = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert described["name"] == "corner-shop"
    assert described["scripts"] == {"corner-shop": "corner_shop.app:app.run"}
    assert '"corner_shop.app"' in (project / "Dockerfile").read_text("utf-8")
    ignored = (project / ".dockerignore").read_text("utf-8").splitlines()
    assert {".env", "data/"} <= set(ignored)  # what is secret is in no image
    assert not [path for path in project.rglob("*") if path.is_file() and "$" in path.read_text("utf-8")]


@pytest.mark.parametrize("name", ["Shop", "2shop", "bot", "json", "class", "x/../Y", "shop;rm"])
def test_a_name_that_is_no_package_is_refused(tmp_path: Path, name: str) -> None:
    done = ran("-m", "bot", "new", name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    done = ran("-m", "bot", "new", "shop", cwd=tmp_path)
    assert done.returncode == 1
    assert list((tmp_path / "shop").iterdir()) == []
