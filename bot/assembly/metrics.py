"""`/metrics`: a few numbers for who watches over the bot, in Prometheus' text format. Part of bot.assembly.app.

Counted in the database when somebody asks, so that they are the same whichever process is asked; nothing of a person.
Latencies and counters are of the process that is asked (`bot.core.metrics`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from aiohttp import web
from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.machine import clock
from bot.core.metrics import counters, latencies
from bot.features.outbox.pauses import standing
from bot.storage.sql import Sql, moment


class _Gauge(Struct, frozen=True):
    name: str
    says: str
    values: Mapping[tuple[tuple[str, str], ...], float]
    """By labels."""

    def lines(self) -> Iterator[str]:
        yield f"# HELP langso_{self.name} {self.says}"
        yield f"# TYPE langso_{self.name} gauge"
        for labels, value in sorted(self.values.items()):
            named = ",".join(f'{label}="{text}"' for label, text in labels)
            yield f"langso_{self.name}{{{named}}} {value:.15g}" if named else f"langso_{self.name} {value:.15g}"


def add_metrics(pages_app: web.Application, db: BaseDBAsyncClient) -> None:
    sql = Sql(db)

    async def metrics(request: web.Request) -> web.Response:
        lines = [line for gauge in await gauges(sql, clock.now()) for line in gauge.lines()]
        lines += [line for one in (*latencies.ALL, *counters.ALL) for line in one.lines()]
        return web.Response(text="\n".join(lines) + "\n", headers={"Content-Type": "text/plain; version=0.0.4"})

    pages_app.router.add_get("/metrics", metrics)


async def gauges(sql: Sql, now: datetime) -> list[_Gauge]:
    outbox = await sql.rows("select platform, state, count(*) as n from outbox group by platform, state")
    due = await sql.rows("select min(not_before) as since from outbox where state = 'pending'")
    jobs = await sql.rows("select state, count(*) as n from jobs group by state")
    paused = await standing(now)
    since = due[0]["since"]
    late = 0.0 if since is None else max(0.0, (now - moment(since)).total_seconds())
    return [
        _Gauge(
            "outbox_messages",
            "Messages in the outbox.",
            {(("platform", str(r["platform"])), ("state", str(r["state"]))): _number(r["n"]) for r in outbox},
        ),
        _Gauge("outbox_late_seconds", "How long the oldest message that may leave has waited.", {(): late}),
        _Gauge(
            "paused_until_seconds",
            "Unix time until which a messenger that told us to wait is not tried; absent while it takes messages.",
            {(("platform", one.platform),): one.until.timestamp() for one in paused},
        ),
        _Gauge("jobs", "Long work.", {(("state", str(r["state"])),): _number(r["n"]) for r in jobs}),
        _Gauge(
            "events_waiting",
            "Events that were noted and are not handled.",
            {(): await _count(sql, "inbox where body is not null and failed is null")},
        ),
        _Gauge(
            "events_failed",
            "Events of the last 30 days whose handling failed.",
            {(): await _count(sql, "inbox where failed is not null")},
        ),
    ]


async def _count(sql: Sql, of: str) -> float:
    return _number((await sql.rows(f"select count(*) as n from {of}"))[0]["n"])


def _number(value: object) -> float:
    return float(str(value))
