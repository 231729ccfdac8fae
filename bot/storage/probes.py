"""Pauses of platforms that did not say until when, in the small store of each platform."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.probing import STEPS, Probe

from .sql import Value, asked, moment

_KEY = "pause"
_NEAR = timedelta(seconds=5)


class ProbeStore:
    """Implements bot.core.probing.Probes, in the transaction of the task if it has one."""

    async def probe(self, platform: str) -> Probe | None:
        rows = await asked("select value from platform_values where platform = ? and key = ?", [platform, _KEY])
        return _read(platform, str(rows[0]["value"])) if rows else None

    async def probes(self) -> list[Probe]:
        rows = await asked("select platform, value from platform_values where key = ? order by platform", [_KEY])
        return [_read(str(row["platform"]), str(row["value"])) for row in rows]

    async def swap_probe(self, platform: str, old: Probe | None, new: Probe | None) -> bool:
        where: list[Value] = [platform, _KEY]
        if old is None:
            if new is None:
                return True
            return bool(
                await asked(
                    "insert into platform_values (platform, key, value) values (?, ?, ?)"
                    " on conflict (platform, key) do nothing returning value",
                    [*where, _written(new)],
                )
            )
        found = "platform = ? and key = ? and value = ? returning value"
        if new is None:
            return bool(await asked(f"delete from platform_values where {found}", [*where, _written(old)]))
        values: list[Value] = [_written(new), *where, _written(old)]
        return bool(await asked(f"update platform_values set value = ? where {found}", values))

    async def shorten_pauses(self, now: datetime) -> None:
        soon = now + STEPS[0]
        for row in await asked(
            "select platform, until from pauses where chat_id = '' and until > ?", [now + STEPS[-1]]
        ):
            platform, until = str(row["platform"]), moment(row["until"])
            await asked(
                "update pauses set until = ? where platform = ? and chat_id = '' and until > ? returning id",
                [soon, platform, soon],
            )
            # Rows that the pause sent back have its end as their time; what is planned for then was never tried.
            await asked(
                "update outbox set not_before = ?, updated_at = ? where platform = ? and state = 'pending'"
                " and updated_at > created_at and not_before between ? and ? returning id",
                [soon, now, platform, until - _NEAR, until + _NEAR],
            )


def _written(probe: Probe) -> str:
    return f"{probe.since.isoformat()} {probe.until.isoformat()} {probe.refusals} {probe.told:d}"


def _read(platform: str, value: str) -> Probe:
    since, until, refusals, told = value.split(" ")
    return Probe(platform, moment(since), moment(until), int(refusals), told == "1")
