"""A PostgreSQL primary with a streaming standby, made by the server's own programs in a folder of the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda one: int(one.parent.name))
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
wal_level = replica
max_wal_senders = 4
hot_standby = on
fsync = off
"""


@dataclass
class Pair:
    """The primary stands first in the address."""

    folder: Path
    ports: tuple[int, int]

    def url(self, name: str) -> str:
        first, second = self.ports
        return f"postgres://postgres@127.0.0.1:{first},127.0.0.1:{second}/{name}"

    @property
    def first(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.ports[0]}/postgres"

    def kill_primary(self) -> None:
        _run("pg_ctl", "-D", str(self.folder / "primary"), "-m", "immediate", "-W", "stop")

    def promote(self) -> None:
        _run("pg_ctl", "-D", str(self.folder / "standby"), "-w", "promote")


def _run(program: str, *arguments: str) -> None:
    """Run one of the server's programs, which refuse to be root's."""
    assert PROGRAMS is not None
    before = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    # A server that is started keeps what it is given as its output.
    subprocess.run([*before, str(PROGRAMS / program), *arguments], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, cwd="/")  # fmt: skip


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def primary_and_standby() -> Iterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="langso-standby-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    pair = Pair(folder, (_free_port(), _free_port()))
    primary, standby = folder / "primary", folder / "standby"
    try:
        _run("initdb", "-D", str(primary), "-A", "trust", "-U", "postgres", "--no-sync")
        _settle(primary, f"port = {pair.ports[0]}\n{_SETTINGS}")
        _start(primary)
        source = f"host=127.0.0.1 port={pair.ports[0]} user=postgres application_name=standby"
        _run("pg_basebackup", "-D", str(standby), "-R", "--no-sync", "-c", "fast", "-d", source)
        _settle(standby, f"port = {pair.ports[1]}\n")
        _start(standby)
        # A commit is answered when the standby has it: nothing that was acknowledged is lost with the primary.
        _settle(primary, "synchronous_standby_names = 'standby'\n")
        _run("pg_ctl", "-D", str(primary), "reload")
        yield pair
    finally:
        for one in (primary, standby):
            if (one / "postmaster.pid").exists():
                _run("pg_ctl", "-D", str(one), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _settle(data: Path, text: str) -> None:
    with (data / "postgresql.conf").open("a") as file:
        file.write(text)


def _start(data: Path) -> None:
    _run("pg_ctl", "-D", str(data), "-w", "-l", str(data / "log"), "start")
