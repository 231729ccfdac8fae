"""PostgreSQL on two hosts under Patroni, whose word is kept by an etcd on each of the three."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import aiohttp
import asyncpg
import yaml

from tools.cluster.network import HOSTS, NET, address
from tools.cluster.program import Program, up

NODES = HOSTS[:2]
USER = "postgres"
URL = f"postgres://{USER}@{','.join(f'{address(host)}:5432' for host in NODES)}/langso"
_PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path(), key=lambda one: one.parent.name)
_TRIES = 240


def keeper(host: int, folder: Path) -> Program:
    """Return the etcd of a host."""
    mine, members = address(host), ",".join(f"etcd{n}=http://{address(n)}:2380" for n in HOSTS)
    command = [
        "etcd", f"--name=etcd{host}", f"--data-dir={folder / f'etcd{host}'}",
        f"--listen-peer-urls=http://{mine}:2380", f"--initial-advertise-peer-urls=http://{mine}:2380",
        f"--listen-client-urls=http://{mine}:2379", f"--advertise-client-urls=http://{mine}:2379",
        f"--initial-cluster={members}", "--initial-cluster-state=new", "--log-level=error",
        "--heartbeat-interval=200", "--election-timeout=1500", "--unsafe-no-fsync",
    ]  # fmt: skip
    return Program(f"etcd {host}", host, command, folder / f"etcd{host}.log")


def server(host: int, folder: Path) -> Program:
    """Return the Patroni of a host, which starts and promotes its PostgreSQL."""
    own = folder / f"postgres{host}"
    own.mkdir(mode=0o700)
    written = own / "patroni.yaml"
    written.write_text(yaml.safe_dump(_settings(host, own)))
    for path in (own, written):
        shutil.chown(path, USER, USER)
    log = folder / f"postgres{host}.log"
    return Program(f"patroni {host}", host, ["patroni", str(written)], log, {"HOME": str(own)}, user=USER)


def _settings(host: int, own: Path) -> dict[str, object]:
    people = {name: {"username": USER} for name in ("superuser", "replication", "rewind")}
    return {
        "scope": "langso",
        "name": f"postgres{host}",
        "restapi": {"listen": f"{address(host)}:8008", "connect_address": f"{address(host)}:8008"},
        "etcd3": {"hosts": [f"{address(n)}:2379" for n in HOSTS]},
        "bootstrap": {
            "dcs": {
                "ttl": 20,
                "loop_wait": 2,
                "retry_timeout": 8,  # an etcd whose leader was cut off takes some seconds to elect one
                "primary_start_timeout": 0,
                "synchronous_mode": True,
                "postgresql": {"use_pg_rewind": True, "parameters": {"wal_log_hints": "on"}},
            },
            "initdb": [{"encoding": "UTF8"}, {"auth-host": "trust"}, {"auth-local": "trust"}, "no-sync"],
        },
        "postgresql": {
            "listen": f"{address(host)}:5432",
            "connect_address": f"{address(host)}:5432",
            "data_dir": str(own / "data"),
            "bin_dir": str(_PROGRAMS),
            "pgpass": str(own / "pgpass"),
            "authentication": people,
            "parameters": {
                # Processes are killed, never the machine: what is written survives without the disk's word.
                "fsync": "off",
                "max_connections": 120,
                "wal_sender_timeout": "5s",
                "wal_receiver_timeout": "5s",
                "tcp_keepalives_idle": 5,
                "tcp_keepalives_interval": 3,
                "tcp_keepalives_count": 3,
                "unix_socket_directories": str(own),
            },
            "pg_hba": [f"host {what} all {NET}.0/24 trust" for what in ("all", "replication")]
            + ["local all all trust"],
        },
    }


async def ready() -> None:
    """Wait for a primary that has a synchronous standby. Raises TimeoutError."""
    for _ in range(_TRIES):
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            connection = await _primary()
            try:
                if await connection.fetchval("select count(*) from pg_stat_replication where sync_state = 'sync'"):
                    return
            finally:
                connection.terminate()
        await asyncio.sleep(0.5)
    raise TimeoutError("PostgreSQL has no primary with a standby")


async def create() -> None:
    """Create the empty database."""
    connection = await _primary()
    await connection.execute("create database langso")
    await connection.close()


async def _primary(name: str = "postgres") -> asyncpg.Connection:
    return await asyncpg.connect(f"{URL.rpartition('/')[0]}/{name}", target_session_attrs="primary", timeout=5)


class BrokerValues:
    """What the processes have agreed upon about their broker, for reading. Implements bot.core.platform.KeyValue."""

    async def get(self, key: str) -> str | None:
        connection = await _primary("langso")
        try:
            asked = "select value from platform_values where platform = 'broker' and key = $1"
            value: str | None = await connection.fetchval(asked, key)
        finally:
            connection.terminate()
        return value

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        return False


async def keepers_ready() -> None:
    """Wait until each etcd is one of three that have a leader. Raises TimeoutError."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        for host in HOSTS:
            await up(session, f"http://{address(host)}:2379/health", _TRIES)


def primary(folder: Path) -> int | None:
    """Return the host whose server runs and is no standby."""
    for host in NODES:
        data = folder / f"postgres{host}" / "data"
        if _postmaster(folder, host) is not None and not (data / "standby.signal").exists():
            return host
    return None


def kill(folder: Path, host: int) -> None:
    """Kill the server of a host, not its Patroni."""
    pid = _postmaster(folder, host)
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _postmaster(folder: Path, host: int) -> int | None:
    try:
        pid = int((folder / f"postgres{host}" / "data" / "postmaster.pid").read_text().split()[0])
    except (OSError, IndexError, ValueError):
        return None
    return pid if Path(f"/proc/{pid}").exists() else None
