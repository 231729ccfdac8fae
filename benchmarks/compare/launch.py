"""Run one bot of this folder at a Telegram of one's own: `python launch.py FILE`, which its environment understands.

A bot's file says nothing of that; here each library is told the address in its own way.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
from pathlib import Path


def lead_aiogram(base: str) -> None:
    server = importlib.import_module("aiogram.client.telegram").PRODUCTION
    object.__setattr__(server, "base", f"{base}/bot{{token}}/{{method}}")


def lead_telegram(base: str) -> None:
    builder = importlib.import_module("telegram.ext").ApplicationBuilder
    begun = builder.__init__

    def begin(self: object) -> None:
        begun(self)
        builder.base_url(self, f"{base}/bot")

    builder.__init__ = begin


def lead_nonebot(base: str) -> None:
    bots = [{"token": os.environ["BOT_TOKEN"], "api_server": f"{base}/"}]
    # It reads settings of adapters from this file alone.
    Path(".env").write_text(f"DRIVER=~httpx\nLOG_LEVEL=WARNING\nTELEGRAM_BOTS={json.dumps(bots)}\n", "utf-8")


LEADS = {"aiogram": lead_aiogram, "telegram": lead_telegram, "nonebot": lead_nonebot}

if __name__ == "__main__":
    LEADS[os.environ["COMPARE_LIBRARY"]](os.environ["COMPARE_BASE"])
    runpy.run_path(sys.argv[1], run_name="__main__")
