"""`python -m bot …` as it is, but nobody has to wait long for what a killed process held.

python -m tests.faults.shared_lab serve|worker
"""

from __future__ import annotations

from datetime import timedelta

from bot.cli import parser as cli
from bot.core import lease
from bot.features.outbox import bulkhead, send
from bot.framework import process


def main() -> None:
    lease.LASTS = timedelta(seconds=1.5)
    bulkhead.LEASE = timedelta(seconds=2)
    send.TICK = process.OUTBOX_TICK = 0.3
    cli.main()


if __name__ == "__main__":
    main()
