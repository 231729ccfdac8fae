"""A job that few days ask for is made when the first one runs, beside the loop, and then kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.features.jobs.late import late
from bot.features.jobs.queue import JobFunction

NOW = datetime(2026, 11, 29, tzinfo=UTC)


async def test_what_does_a_late_job_is_made_once_in_a_thread() -> None:
    made: list[threading.Thread] = []
    did: list[str] = []

    def make() -> JobFunction:
        made.append(threading.current_thread())

        async def run(body: Mapping[str, str], now: datetime) -> None:
            did.append(body["key"])

        return run

    job = late(make)
    assert made == []
    for key in ("one", "two"):
        await job({"key": key}, NOW)
    assert did == ["one", "two"]
    assert len(made) == 1
    assert made[0] is not threading.main_thread()
