"""RabbitMQ on each host, together one cluster: a minority stops, and nobody is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import aio_pika
import asyncpg

from tools.cluster.network import HOSTS, address
from tools.cluster.program import Program

_SERVER, _CONTROL = "/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmqctl"
_TRIES = 240
_AWAY = (TimeoutError, OSError, aio_pika.exceptions.AMQPError, asyncpg.PostgresError, asyncpg.InterfaceError)


def url(host: int) -> str:
    """Return the address for the processes of a host: its own node first, then those of the others."""
    nodes = sorted(HOSTS, key=lambda other: (other - host) % len(HOSTS))
    return f"amqp://guest:guest@{','.join(f'{address(node)}:5672' for node in nodes)}/"


def _settings(host: int) -> str:
    nodes = "".join(f"cluster_formation.classic_config.nodes.{n} = rabbit@{address(n)}\n" for n in HOSTS)
    return (
        f"listeners.tcp.default = {address(host)}:5672\n"
        "loopback_users.guest = false\n"
        "cluster_formation.peer_discovery_backend = classic_config\n"
        f"{nodes}"
        "cluster_partition_handling = pause_minority\n"
        "heartbeat = 5\n"
        "log.console = true\nlog.console.level = warning\nlog.file = false\n"
    )


def broker(host: int, folder: Path) -> Program:
    """Write the settings of a node; all share one cookie, and none knows the machine's own RabbitMQ."""
    own = folder / f"rabbit{host}"
    own.mkdir()
    (own / "rabbitmq.conf").write_text(_settings(host))
    (own / "plugins").write_text("[].\n")
    (own / "env.conf").write_text("")
    cookie = own / ".erlang.cookie"
    cookie.write_text("LANGSOCLUSTER")
    cookie.chmod(0o400)
    environ = {
        "HOME": str(own),
        "RABBITMQ_CONF_ENV_FILE": str(own / "env.conf"),
        "RABBITMQ_CONFIG_FILE": str(own / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(own / "plugins"),
        "RABBITMQ_NODENAME": f"rabbit@{address(host)}",
        "RABBITMQ_USE_LONGNAME": "true",
        "RABBITMQ_MNESIA_BASE": str(own / "data"),
        "RABBITMQ_LOG_BASE": str(own / "log"),
        "RABBITMQ_PID_FILE": str(own / "pid"),
        # One scheduler, and a node that is cut off is missed after five seconds, not sixty.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none -kernel net_ticktime 5",
    }
    return Program(f"rabbitmq {host}", host, [_SERVER], folder / f"rabbit{host}.log", environ)


def use_khepri(node: Program) -> None:
    """Let the nodes agree on which queues there are as they agree on what is in them, and not by Mnesia.

    That one notices a cut some nine seconds after it; one that is over sooner leaves them with two truths, for ever.
    """
    _control(node, "enable_feature_flag", "--opt-in", "khepri_db")


def _control(node: Program, *command: str) -> None:
    node.run(_CONTROL, "--longnames", "--node", node.environ["RABBITMQ_NODENAME"], *command)


def stand_still(node: Program, queue: str) -> None:
    """Let the members of a queue do nothing any more, on all nodes, without ending."""
    suspend = (
        f'{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"{queue}">>)),'
        "{Name, _} = amqqueue:get_pid(Q), [sys:suspend({Name, N}) || N <- [node() | nodes()]]."
    )
    _control(node, "eval", suspend)


async def queues_ready(names: Callable[[], Awaitable[Sequence[str]]]) -> None:
    """Wait until each node finds a leader of each queue that is in use. Raises TimeoutError."""
    for host in HOSTS:
        for _ in range(_TRIES):
            try:
                async with (
                    asyncio.timeout(5),
                    await aio_pika.connect(f"amqp://guest:guest@{address(host)}:5672/") as connection,
                ):
                    channel = await connection.channel()
                    for name in await names():
                        await channel.declare_queue(name, passive=True)
                    break
            except _AWAY:
                await asyncio.sleep(0.5)
        else:
            raise TimeoutError(f"RabbitMQ on {address(host)} has queues without a leader")


async def ready() -> None:
    """Wait until each node answers. Raises TimeoutError."""
    for host in HOSTS:
        for _ in range(_TRIES):
            try:
                async with await aio_pika.connect(f"amqp://guest:guest@{address(host)}:5672/", timeout=5):
                    break
            except (TimeoutError, OSError, aio_pika.exceptions.AMQPError):
                await asyncio.sleep(0.5)
        else:
            raise TimeoutError(f"RabbitMQ does not answer on {address(host)}")
