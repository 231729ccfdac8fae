"""An app whose clock notes in which process it ran; leases are short here, so that nobody has to wait long."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from bot.framework import App, Router, sharing

router = Router()
app = App(router, platforms=["web"])


@app.every(0.1)
async def tick(now: datetime) -> None:
    await app.put("ran in", f"{await app.get('ran in') or ''} {os.getpid()}")


if __name__ == "__main__":
    sharing.JOB_LASTS = timedelta(seconds=1)
    app.run()
