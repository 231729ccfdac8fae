"""The cluster as a whole: begun part by part, each when those below it are ready, and taken down whatever happens."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tools.cluster import bots, brokers, databases, network
from tools.cluster.accounts import Account
from tools.cluster.front import front
from tools.cluster.network import HOSTS
from tools.cluster.program import Program

WHOLE_WITHIN = 120.0
NEEDED = {
    "ip": "iproute2", "setpriv": "util-linux", "patroni": "patroni", "etcd": "etcd-server", "nginx": "nginx-light",
    "rabbitmqctl": "rabbitmq-server", "/usr/lib/python3/dist-packages/etcd": "python3-etcd",
}  # fmt: skip
"""Programs, or files, and the Debian packages that have them; Patroni works without the last one, but not with etcd."""


@dataclass(frozen=True)
class Cluster:
    """All that runs; `folder` has its data and logs."""

    folder: Path
    keepers: Sequence[Program]
    servers: Sequence[Program]
    brokers: Sequence[Program]
    bots: Sequence[Program]
    front: Program
    accounts: Sequence[Account]

    @property
    def programs(self) -> Sequence[Program]:
        return [*self.keepers, *self.servers, *self.brokers, *self.bots, self.front]

    async def begin(self) -> None:
        """Start all, and wait until it is ready. Raises TimeoutError."""
        for one in (*self.keepers, *self.brokers):
            one.start()
        for one in self.servers:
            one.start()
        await databases.ready()
        await databases.create()
        bots.migrate(self.folder)
        await bots.write_accounts(self.accounts)
        await brokers.ready()
        brokers.use_khepri(self.brokers[0])
        for one in (*self.bots, self.front):
            one.start()
        await bots.ready(self.accounts)

    async def whole(self) -> float:
        """Wait until each part on each host is back, and return the seconds. Raises TimeoutError.

        A fault before that would strike a second host, which no majority of three bears.
        """
        began = monotonic()
        await asyncio.wait_for(
            asyncio.gather(
                databases.ready(),
                brokers.queues_ready(bots.queues),
                bots.ready(self.accounts),
                databases.keepers_ready(),
            ),
            WHOLE_WITHIN,
        )
        return monotonic() - began


def missing() -> list[str]:
    """Return the Debian packages that are not installed."""
    found = {package for one, package in NEEDED.items() if shutil.which(one) is None and not Path(one).exists()}
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        found.add("postgresql")
    return sorted(found)


@contextmanager
def prepared(logs: Path | None, accounts: Sequence[Account]) -> Iterator[Cluster]:
    """Lend a cluster that is not begun; at the end it is killed and deleted, but for its logs in `logs`."""
    folder = Path(tempfile.mkdtemp(prefix="langso-cluster-"))
    folder.chmod(0o755)
    try:
        network.begin()
        (folder / "data").mkdir()
        yield Cluster(
            folder,
            [databases.keeper(host, folder) for host in HOSTS],
            [databases.server(host, folder) for host in databases.NODES],
            [brokers.broker(host, folder) for host in HOSTS],
            [bots.bot(kind, host, folder) for host in HOSTS for kind in ("serve", "worker")],
            front(folder),
            accounts,
        )
    finally:
        network.end()
        if logs is not None:
            logs.mkdir(parents=True, exist_ok=True)
            for path in folder.glob("*.log"):
                shutil.copy(path, logs)
        shutil.rmtree(folder, ignore_errors=True)
