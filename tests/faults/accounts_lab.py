"""`python -m bot …`, but what is told is all that a process hears of accounts: it looks at the rows by itself no more.

python -m tests.faults.accounts_lab serve
"""

from __future__ import annotations

from datetime import timedelta

from bot.assembly.bots import news
from bot.cli import parser as cli
from bot.core import lease

if __name__ == "__main__":
    news.LOOK_ANYWAY = 86400.0
    lease.LASTS = timedelta(seconds=5)
    cli.main()
