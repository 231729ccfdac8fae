"""What is packed and how, as far as it can be seen without building anything."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.metadata import Distribution
from pathlib import Path

import pytest
import yaml
from yarl import URL

from bot import __version__
from bot.settings import Settings
from supply import deb, image, slim

ROOT = Path(__file__).resolve().parent.parent
DEBIAN = ROOT / "packaging" / "debian"
WINDOWS = ROOT / "packaging" / "windows" / "cai-dat.ps1"


def test_the_image_and_the_compose_files_hold_together() -> None:
    assert image.problems() == []


@pytest.mark.parametrize(
    ("file", "before", "after", "problem"),
    [
        ("Containerfile", "COPY supply supply", "COPY suply supply", "there is no suply"),
        ("Containerfile", "COPY supply supply", "COPY tests tests", ".dockerignore keeps tests out"),
        ("Containerfile", "USER langso\n", "", "it runs as root"),
        ("compose.yaml", "127.0.0.1:8080:8080", "8080:8080", "langso: 8080:8080 is open to others"),
        ("compose.yaml", "read_only: true", "read_only: false", "langso: may do more than it needs"),
        ("compose.yaml", "BOT_PROXIES:", "BOT_PROXY:", "langso: no BOT_PROXIES: visitors have one address"),
        ("compose.yaml", "- data:", "- date:", "langso: no volume date"),
        ("compose.postgres.yaml", "postgres:17", "postgres", "database: docker.io/library/postgres has no version"),
        ("compose.postgres.yaml", "migrate:\n    <<", "migrat:\n    <<", "serve: no service migrate"),
    ],
)
def test_a_slip_in_them_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, before: str, after: str, problem: str
) -> None:
    copy = tmp_path / "packaging" / "container"
    shutil.copytree(image.FOLDER, copy)
    text = (copy / file).read_text("utf-8")
    assert before in text
    (copy / file).write_text(text.replace(before, after), "utf-8")
    monkeypatch.setattr(image, "FILE", copy / "Containerfile")
    monkeypatch.setattr(image, "COMPOSE", tuple(copy / path.name for path in image.COMPOSE))
    assert f"{file}: {problem}" in image.problems()


def test_where_nothing_builds_images_the_files_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ENGINE", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert image.main() == 0
    assert "nothing was built" in capsys.readouterr().err


def test_the_image_is_built_from_the_base_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = tmp_path / "docker"
    program.write_text(f'#!/bin/sh\necho "$@" > {said}\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("ENGINE", f"{program} --quiet")
    monkeypatch.setenv("BASE", "localhost/debian")
    assert image.main() == 0
    words = said.read_text("utf-8")
    assert words.startswith("--quiet build --build-arg BASE=localhost/debian ")
    assert f"-t langso:{__version__} " in words


def installed(site: Path, name: str, *asks: str) -> None:
    (site / name).mkdir()
    (site / name / "__init__.py").write_text("", "utf-8")
    info = site / f"{name}-1.dist-info"
    info.mkdir()
    requires = "".join(f"Requires-Dist: {one}\n" for one in asks)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{requires}", "utf-8")
    (info / "RECORD").write_text(f"{name}/__init__.py,,\n{name}-1.dist-info/METADATA,,\n", "utf-8")
    assert Distribution.at(info).files


def test_what_only_builds_is_not_packed(tmp_path: Path) -> None:
    installed(tmp_path, "langso", "filelock>=3", 'asyncpg; extra == "postgres"')
    installed(tmp_path, "filelock", "packaging")
    installed(tmp_path, "asyncpg")
    installed(tmp_path, "hatchling", "packaging", "pathspec>=1")
    installed(tmp_path, "pathspec")
    installed(tmp_path, "packaging")
    (tmp_path / "filelock" / "_c.pyx").write_text("", "utf-8")
    for name in slim.EMPTIED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    slim.cut(tmp_path)
    left = {path.name for path in tmp_path.iterdir() if not path.name.endswith(".dist-info")}
    assert left == {"langso", "filelock", "asyncpg", "packaging", "holidays"}
    assert not (tmp_path / "filelock" / "_c.pyx").exists()


def test_the_unit_gives_away_what_the_bot_does_not_need() -> None:
    unit = (DEBIAN / "langso.service").read_text("utf-8").splitlines()
    assert {
        "User=langso",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "ProtectSystem=strict",
        "StateDirectoryMode=0700",
    } <= set(unit)
    [start] = [line for line in unit if line.startswith("ExecStart=")]
    assert start == f"ExecStart={deb.HOME}/bin/langso serve"


def test_the_package_s_control_file_can_be_filled_in() -> None:
    text = (DEBIAN / "control").read_text("utf-8")
    assert set(re.findall(r"\{(\w+)\}", text)) == {"version", "architecture", "kilobytes", "python", "next_python"}


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell")
@pytest.mark.parametrize("name", ["langso", "postinst", "prerm", "postrm"])
def test_the_scripts_can_be_read_by_any_shell(name: str) -> None:
    subprocess.run(["sh", "-n", DEBIAN / name], check=True)


def test_windows_reads_the_script_s_letters() -> None:
    """Without the mark its own PowerShell takes UTF-8 for the system's alphabet; a batch file has no such mark."""
    raw = WINDOWS.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    batch = text.partition("$lines = @(")[2].partition("\n    )\n")[0]
    assert batch
    assert batch.isascii()
    assert text.count("{") == text.count("}")


def test_the_replicas_of_the_example_share_the_work() -> None:
    """Without a broker one of them would work and the others wait; a setting with a slip in its name would be none."""
    compose = yaml.safe_load((ROOT / "docs" / "province.compose.yaml").read_text("utf-8"))
    services, ours = compose["services"], ("migrate", "serve", "worker")
    assert services["serve"]["deploy"]["replicas"] == 3
    for name in ours:
        environ = services[name]["environment"]
        assert URL(environ["BOT_BROKER_URL"].replace("${RABBITMQ_PASSWORD:?}", "x")).host in services
        assert URL(environ["BOT_DATABASE_URL"].replace("${POSTGRES_PASSWORD:?}", "x")).host in services
        known = {f"BOT_{field.upper()}" for field in Settings.model_fields}
        assert environ.keys() <= known
        assert services[name]["depends_on"].keys() <= services.keys()
    for service in services.values():
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= compose["volumes"].keys()
