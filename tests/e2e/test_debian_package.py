"""The Debian package on a fresh Debian of its own: from `apt install` to a village that confirms, and away again.

Only where TEST_DEBIAN is set: to a package that was built (`make deb`), or to 1, which builds it first and takes two
minutes more. Root and debootstrap are needed. No systemd runs in there: the unit is checked by systemd's own program,
and what it would start is started here, as its user and in its folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import BaseModel

from supply import chroot, wheel
from supply.chroot import Chroot
from tests.plain_http import asked
from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port

from .phones import OnTelegram, OnZalo, until

WANTED = os.environ.get("TEST_DEBIAN", "")
pytestmark = [
    pytest.mark.skipif(not WANTED, reason="TEST_DEBIAN is not set"),
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("debootstrap") is None, reason="needs root and debootstrap"),
    pytest.mark.timeout(1200),
]
UNIT = "/usr/lib/systemd/system/langso.service"
DATA, SETTINGS = "/var/lib/langso", "/etc/langso"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if WANTED != "1":
        return Path(WANTED)
    scratch = tmp_path_factory.mktemp("package")
    one, _ = wheel.twice(scratch)
    return chroot.package(one, scratch / "out")


@pytest.fixture
def debian() -> Iterator[Chroot]:
    with chroot.debian() as fresh:
        yield fresh


def put(debian: Chroot, package: Path) -> str:
    """Download the package, so to speak."""
    shutil.copyfile(package, debian.folder / "tmp" / package.name)
    return f"/tmp/{package.name}"  # noqa: S108 - inside


def unit(debian: Chroot) -> dict[str, str]:
    """What the unit says, without what is said twice."""
    lines = (debian.folder / UNIT.lstrip("/")).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))


@dataclass
class Program:
    """One that runs inside; `shown` is what it says on stderr, a line each."""

    process: asyncio.subprocess.Process
    shown: list[str] = field(default_factory=list)

    async def line(self) -> str:
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), 60)).decode()
        assert line, "".join(self.shown)
        return line

    async def ready(self) -> str:
        line = await self.line()
        assert line.startswith("ready http://"), line
        return line.split()[1]

    async def says(self, words: str) -> None:
        try:
            await until(lambda: any(words in line for line in self.shown))
        except TimeoutError:
            raise AssertionError(f"{words!r} was not said; there was\n{''.join(self.shown)}") from None


@asynccontextmanager
async def running(
    debian: Chroot, *command: str, user: str = "", typed: str = "", environ: Mapping[str, str]
) -> AsyncIterator[Program]:
    """Start a program inside; it is told to end as systemd tells it, which must leave with 0."""
    process = await asyncio.create_subprocess_exec(
        *debian.command(*command, user=user),
        env={"PATH": chroot.PATH, **environ},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(typed.encode())
    process.stdin.close()
    program, stderr = Program(process), process.stderr

    async def listen() -> None:
        while line := await stderr.readline():
            program.shown.append(line.decode())

    listening = asyncio.create_task(listen())
    try:
        yield program
        # To all of the terminal, as Ctrl-C is told: there may be a shell in front.
        os.killpg(process.pid, signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0, "".join(program.shown)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        await listening


@asynccontextmanager
async def served(debian: Chroot, environ: Mapping[str, str]) -> AsyncIterator[str]:
    """Start what the unit starts, as its user and in its folder; yield the address."""
    said = unit(debian)
    start = f"cd {said['WorkingDirectory']} && exec {said['ExecStart']}"
    async with running(debian, "sh", "-c", start, user=said["User"], environ=environ) as program:
        yield await program.ready()


async def test_installed_run_upgraded_and_purged(debian: Chroot, package: Path) -> None:
    file = put(debian, package)
    debian.install("systemd")
    debian.install(file)
    debian.run("systemd-analyze", "verify", "--man=no", UNIT)
    assert debian.run("systemctl", "is-enabled", "langso").strip() == "enabled"
    assert debian.run("stat", "-c", "%U %a", DATA).split() == ["langso", "700"]
    assert debian.run("stat", "-c", "%U %a", SETTINGS).split() == ["langso", "750"]
    assert "langso " in debian.run("langso", "--version")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        debian.run("langso", "backup", "x.zip", user="games")
    assert "sudo langso backup x.zip" in refused.value.output

    environ = {"BOT_PLATFORMS": "web", "BOT_PORT": str(unused_port())}
    async with served(debian, environ) as url:
        assert asked(url, "/readyz")[0] == 200
        debian.run("install", "-d", "-o", "langso", "-m", "700", "/backup")
        debian.run("langso", "backup", "/backup/one.zip", environ=environ)
        debian.run("langso", "backup", "/backup/nightly.zip", user="langso", environ=environ)
    owners = debian.run("find", DATA, "/backup", "-type", "f", "-printf", "%u %m\n").split("\n")
    assert set(filter(None, owners)) <= {"langso 600", "langso 644"}, "nothing of root's is in the way of the service"
    assert debian.run("sh", "-c", "find /usr/lib/langso -newer /var/lib/dpkg/info/langso.list -name '*.py'") == ""

    key = debian.run("cat", f"{DATA}/secret_key")
    debian.run("sh", "-c", f"echo BOT_PORT=8123 >> {SETTINGS}/.env")
    debian.run("apt-get", "install", "-y", "-qq", "--reinstall", file)
    assert "BOT_PORT=8123" in debian.run("cat", f"{SETTINGS}/.env")
    async with served(debian, environ) as url:
        assert asked(url, "/readyz")[0] == 200

    said = debian.run("apt-get", "purge", "-y", "langso")
    assert f"dữ liệu của xã còn ở {DATA}" in said
    assert debian.run("cat", f"{DATA}/secret_key") == key
    assert not (debian.folder / "usr/lib/langso").exists()
    assert not (debian.folder / "etc/langso").exists()
    debian.run("apt-get", "install", "-y", "-qq", file)
    debian.run("apt-get", "purge", "-y", "langso", environ={"LANGSO_PURGE_DATA": "yes"})
    assert not (debian.folder / DATA.lstrip("/")).exists()
    assert "langso" not in debian.run("cat", "/etc/passwd")


async def test_the_demo_runs(debian: Chroot, package: Path) -> None:
    debian.install(put(debian, package))
    async with running(debian, "langso", "demo", "--port", "0", environ={}) as program:
        assert "Bản dùng thử" in asked(await program.ready())[1]
    assert debian.run("stat", "-c", "%U", f"{DATA}/demo/bot.sqlite3").strip() == "langso"


ANSWERS = {
    "xa": "xã Yên Mô",
    "tinh": "Ninh Bình",
    "thon": "thôn Lạc Hiền; 120\nthôn Đông Cao; 95",
    "gio_yen_lang": "không",
}


class Invitation(BaseModel):
    code: str
    links: dict[str, str]


class FirstSteps(BaseModel):
    """What `init --json` prints, as far as it is needed."""

    chair: Invitation
    group: Invitation


@asynccontextmanager
async def set_up(
    debian: Chroot, package: Path, answers: Mapping[str, str], **environ: str
) -> AsyncIterator[tuple[Program, FirstSteps]]:
    """The two commands: the package, and its questions."""
    debian.install(put(debian, package))
    if "init" not in debian.run("langso", "--help"):
        pytest.skip("this version asks no questions")
    typed = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in answers.items())
    environ |= {"BOT_PORT": str(unused_port())}
    async with running(debian, "langso", "init", "--answers", "-", "--json", typed=typed, environ=environ) as program:
        steps = FirstSteps.model_validate_json(await program.line())
        await program.ready()
        yield program, steps


@contextmanager
def timed(capsys: pytest.CaptureFixture[str], what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    with capsys.disabled():
        sys.stdout.write(f"\n{what}: {time.monotonic() - begun:.0f} s\n")


async def test_two_commands_and_telephones_on_telegram(
    debian: Chroot, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with FakeTelegram() as telegram:
        nam = telegram.person("Nam")
        group = telegram.group("Bà con Lạc Hiền")
        answers = {**ANSWERS, "ung_dung": "telegram", "ma_ung_dung": telegram.token, "cach_zalo": "khong"}
        environ = {
            "BOT_TELEGRAM_API_BASE": telegram.base,
            "BOT_TELEGRAM_POLL_SECONDS": "2",
            "BOT_PACE_TELEGRAM_PER_SECOND": "1000",
        }
        with timed(capsys, "from the package's file to a village on Telegram that confirms"):
            async with set_up(debian, package, answers, **environ) as (program, steps):
                chair = OnTelegram(telegram, nam)
                code = steps.chair.links["Telegram"].partition("?start=")[2]
                await chair.says(f"/start {code}", "Bác có đồng ý không?")
                await chair.picks("Đồng ý", "Chào mừng bác")
                in_group = OnTelegram(telegram, nam, group)
                await telegram.adds_bot(nam, group)
                added = steps.group.links["Telegram"].partition("?startgroup=")[2]
                await in_group.says(f"/start@{telegram.username} {added}", "Đã đăng ký")
                await chair.sees("chờ bác duyệt")
                await chair.picks("Duyệt", "✅ Đã duyệt cho 1 nhóm, 1 tin.")
                await in_group.sees("Ủy ban nhân dân xã Yên Mô")
                await OnTelegram(telegram, nam, group).picks("Đã nhận", "✅ Thôn Lạc Hiền đã nhận TB-0001 lúc")
                await program.says("Xong: thôn Lạc Hiền đã nhận tin đầu tiên.")
        # The service goes on with what was written.
        async with served(debian, {**environ, "BOT_PORT": str(unused_port())}) as url:
            assert asked(url, "/readyz")[0] == 200
            await OnTelegram(telegram, nam).says("/trangthai", "Telegram: đang chạy.", "Đông Cao")


async def test_two_commands_and_telephones_on_zalo(
    debian: Chroot, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with FakeZalo() as zalo:
        answers = {**ANSWERS, "ung_dung": "khong", "cach_zalo": "zalo", "ma_zalo": zalo.token}
        with timed(capsys, "from the package's file to a village on Zalo that confirms"):
            async with set_up(debian, package, answers, BOT_ZALO_API_BASE=zalo.base) as (program, steps):
                nam, in_group = OnZalo(zalo, "nam"), OnZalo(zalo, "nam", "zgr-1")
                await nam.says(steps.chair.code, "Bác có đồng ý không?")
                await nam.picks("Đồng ý", "Chào mừng bác")
                await in_group.says(f"/dangky {steps.group.code}", "Đã đăng ký")
                await nam.sees("chờ bác duyệt")
                await nam.picks("Duyệt", "✅ Đã duyệt cho 1 nhóm, 1 tin.")
                await in_group.sees("Ủy ban nhân dân xã Yên Mô")
                await in_group.picks("Đã nhận", "✅ Thôn Lạc Hiền đã nhận TB-0001 lúc")
                await program.says("Xong: thôn Lạc Hiền đã nhận tin đầu tiên.")
