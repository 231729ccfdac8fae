"""A province's cluster on one machine, under load and faults.

python -m tools.cluster [--minutes M | --hours H] [--every SECONDS] [--rate EVENTS] [--accounts N] [--groups N]
                        [--kinds K…] [--down]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic

from bot.storage import database
from tools.cluster import accounts, databases, network
from tools.cluster.cluster import Cluster, missing, prepared
from tools.cluster.faults import ALL_KINDS, KINDS, Faults
from tools.cluster.messenger import Messenger
from tools.cluster.traffic import Announcements, People
from tools.cluster.verdict import LATE, WAITS_MOST, Noted, Verdict, late_ones, noted, settled, usual, verdict, waits

WARM_SECONDS = 10.0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.cluster", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--hours", type=float, default=0)
    parser.add_argument("--every", type=float, default=20, help="seconds from fault to fault; 0: none")
    parser.add_argument("--heal", type=float, default=10, help="seconds until a fault is healed")
    parser.add_argument("--rate", type=float, default=28, help="events a second")
    parser.add_argument("--accounts", type=int, default=129, help="of communes, each its own; 0: one for all")
    parser.add_argument("--groups", type=int, default=3000, help="that get the announcement")
    parser.add_argument("--more", type=int, default=100, help="groups that are written to in each further turn")
    parser.add_argument("--kinds", nargs="+", choices=ALL_KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", type=Path, help="a folder that keeps all logs")
    parser.add_argument("--down", action="store_true", help="only take down what an earlier run left")
    return parser.parse_args()


async def _load(cluster: Cluster, messenger: Messenger, options: argparse.Namespace) -> Verdict:
    people, faults = People(messenger, options.rate), Faults(cluster, options.kinds, options.seed)
    try:
        async with database.opened(databases.URL) as db:
            announcements = Announcements(db, messenger.books)
            await _strike(people, faults, announcements, options)
            reading = await database.connected(databases.URL)
            left = await settled(reading)
            now = await noted(reading, cluster.folder.glob("[sw]*er*[0-9].log"))
            await reading.close()
    finally:
        await people.leave()
    found = verdict(messenger.books, skipped=people.skipped, groups=announcements.groups, now=now)
    _print(messenger, faults, found)
    _tell_late(messenger, faults, now)
    for number, why in now.failed.items():
        print(f"event {number} was set aside: {why}")
    print(f"\nAll was settled {left:.0f} s after the last answer.")
    return found


async def _strike(people: People, faults: Faults, announcements: Announcements, options: argparse.Namespace) -> None:
    """Let people talk all the time; in each turn a fault strikes while rows leave, in the first an announcement's."""
    seconds = options.hours * 3600 or options.minutes * 60
    every = options.every or seconds
    saying = asyncio.create_task(people.say(WARM_SECONDS + seconds))
    await asyncio.sleep(WARM_SECONDS)
    end = monotonic() + seconds
    groups = options.groups
    while monotonic() + every <= end + 1:
        await faults.ready()
        began = monotonic()
        announcing = asyncio.create_task(announcements.announce(groups))
        groups = options.more
        await asyncio.sleep(0.3)
        if options.every:
            await faults.strike(options.heal)
        await asyncio.sleep(max(0.0, began + every - monotonic()))
        await announcing
    await saying
    await faults.ready()
    print("  the last was said; now what waits has its time", flush=True)
    await people.answered(WAITS_MOST)


def _print(messenger: Messenger, faults: Faults, found: Verdict) -> None:
    late = f"later than {LATE:.0f} s"
    print(f"\n| around a fault | whole before s | 200 s | answer s | {late} | groups s |\n|---|--:|--:|--:|--:|--:|")
    for one in waits(messenger.books, faults.struck, monotonic()):
        print(
            f"| {one.fault.what} | {one.fault.waited:.1f} | {one.accepted:.1f} | {one.answered:.1f} | {one.late}"
            f" | {one.groups:.1f} |"
        )
    middle, high = usual(messenger.books)
    print(f"\nAn answer took {middle * 1000:.0f} ms in the median, {high:.2f} s at the 99th percentile.\n")
    print("| counted | | |\n|---|--:|---|")
    for name, number, must_be_none in found.lines:
        print(f"| {name} | {number} | {'WRONG' if must_be_none and number else ''} |")


def _tell_late(messenger: Messenger, faults: Faults, now: Noted) -> None:
    """Print when each late event was said, accepted and answered, in seconds after the fault."""
    for fault, one in late_ones(messenger.books, faults.struck):
        accepted = f"{one.accepted - fault.at:.2f}" if one.accepted is not None else "never"
        print(
            f"late: event {one.number} ({now.inbox.get(one.number, 'no row')}), from “{fault.what}” on: said"
            f" {one.at - fault.at:.2f}, accepted {accepted} ({one.tries} tries), answered"
            f" {', '.join(f'{at - fault.at:.2f}' for at in one.answers)}"
        )


async def _run(options: argparse.Namespace) -> bool:
    task = asyncio.current_task()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, lambda: task and task.cancel())
    known = accounts.of_communes(options.accounts)
    messenger = Messenger(known)
    with prepared(options.logs, known) as cluster:
        async with messenger.running():
            print("three hosts begin …", flush=True)
            began = monotonic()
            await cluster.begin()
            print(f"ready after {monotonic() - began:.0f} s", flush=True)
            return (await _load(cluster, messenger, options)).is_good


def main() -> None:
    options = _options()
    if os.getuid() != 0:
        sys.exit("make cluster makes network namespaces, which only root may: sudo make cluster")
    if packages := missing():
        sys.exit(f"missing: apt-get install {' '.join(packages)}")
    if options.down:
        network.end()
        return
    with suppress(asyncio.CancelledError):
        sys.exit(0 if asyncio.run(_run(options)) else 1)
    sys.exit("stopped; all is taken down")


if __name__ == "__main__":
    main()
