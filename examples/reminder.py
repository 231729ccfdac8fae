"""A reminder: “remind 10 tea is ready” speaks up in ten minutes, also when the bot was away meanwhile.

Every hour the clock counts what was asked for.
"""

import re
from datetime import datetime, timedelta

from bot.framework import App, Context, Router

router = Router()
app = App(router, platforms=["console"])


@router.command("remind", takes_args=True)
async def remind(ctx: Context) -> None:
    found = re.fullmatch(r"(\d{1,4}) (.+)", ctx.args)
    if found is None:
        ctx.reply("Like this: remind 10 tea is ready")
        return
    at = ctx.now + timedelta(minutes=int(found[1]))
    async with ctx.changes():  # the reminder and the answer are one commit, or neither is there
        await app.tell(ctx.chat, ctx.t("⏰ {what}", what=found[2]), key=f"reminder:{ctx.event.id}", at=at)
        await app.put("asked for", str(int(await app.get("asked for") or 0) + 1))
        ctx.reply(ctx.t("I will remind you in {minutes} minutes.", minutes=found[1]))


@router.command("count")
async def count(ctx: Context) -> None:
    ctx.reply(ctx.t("In the last hours: {count}.", count=await app.get("in the last hours") or "0"))


@app.every(3600)
async def hourly(now: datetime) -> None:
    await app.put("in the last hours", await app.get("asked for") or "0")


if __name__ == "__main__":
    app.run()
