"""The wheel alone: unpacked into a folder, started in an empty one, with no checkout in sight."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from supply import wheel
from tests.plain_http import asked

LANGSO = "from bot.cli.parser import main; main()"
"""What the command `langso` is."""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scratch = tmp_path_factory.mktemp("wheel")
    made = wheel.build(wheel.copied(scratch / "source", private=False, stamp=1_700_000_000), scratch / "out")
    site = scratch / "site"
    with zipfile.ZipFile(made) as archive:
        archive.extractall(site)
    return site


def environ(site: Path) -> dict[str, str]:
    """Return what comes before our own checkout, which the libraries' environment is linked to."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "PYTHON"))}
    return {**kept, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}


def ran(site: Path, cwd: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", LANGSO, *arguments], cwd=cwd, env=environ(site), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@contextmanager
def running(site: Path, cwd: Path, *arguments: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", LANGSO, *arguments], cwd=cwd, env=environ(site), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().decode()
        assert line.startswith("ready http://")
        yield line.split()[1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_all_that_it_reads_is_inside(unpacked: Path, tmp_path: Path) -> None:
    where = [sys.executable, "-P", "-c", "import bot; print(bot.__file__)"]
    file = subprocess.run(where, cwd=tmp_path, env=environ(unpacked), capture_output=True, check=True).stdout.decode()
    assert Path(file.strip()).is_relative_to(unpacked)
    assert "VNeID" in ran(unpacked, tmp_path, "find", "vneid")
    assert ran(unpacked, tmp_path, "--version").startswith("langso ")


def test_the_demo_runs_in_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    with running(unpacked, tmp_path, "demo", "--port", "0") as url:
        assert "Bản dùng thử" in asked(url)[1]
        assert asked(url, "/readyz")[0] == 200
    assert [path.name for path in tmp_path.iterdir()] == ["data"], "nothing is left beside the data"


def test_a_commune_is_served_and_backed_up(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_PORT=0\nBOT_PLATFORMS=web\n", "utf-8")
    with running(unpacked, tmp_path, "serve") as url:
        assert asked(url, "/readyz")[0] == 200
        ran(unpacked, tmp_path, "backup", "copy.zip")
    assert (tmp_path / "copy.zip").stat().st_size > 10_000
