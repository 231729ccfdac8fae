"""The floor of a bot that loses nothing: bare aiohttp, the event in one commit, its end in another, and the call."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sqlite3

from aiohttp import ClientSession, web

from benchmarks import worker
from benchmarks.traffic import BUTTONS, REPLY


async def main(given: worker.Arguments) -> None:
    base = f"{os.environ['BOT_TELEGRAM_API_BASE']}/bot{os.environ['BOT_TELEGRAM_TOKEN']}"
    keyboard = {"inline_keyboard": [[{"text": label, "callback_data": "r1"} for label in BUTTONS]]}
    db = sqlite3.connect(given.folder / "floor.sqlite3", isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("create table inbox (event integer primary key, chat integer, body text, done integer)")
    replies: set[asyncio.Task[None]] = set()

    async with ClientSession() as session:

        async def call(method: str, **values: object) -> None:
            async with session.post(f"{base}/{method}", json=values) as response:
                await response.json()

        async def reply(event: int, chat: int, query: str | None) -> None:
            if query is not None:
                await call("answerCallbackQuery", callback_query_id=query)
            await call("sendMessage", chat_id=chat, text=REPLY.format(name="v1", times=event), reply_markup=keyboard)
            db.execute("update inbox set done = 1 where event = ?", [event])

        async def hook(request: web.Request) -> web.Response:
            body = await request.read()
            update = json.loads(body)
            query = update.get("callback_query")
            chat = int((query["message"] if query is not None else update["message"])["chat"]["id"])
            db.execute("insert into inbox values (?, ?, ?, 0)", [update["update_id"], chat, body.decode()])
            task = asyncio.create_task(reply(update["update_id"], chat, query and query["id"]))
            replies.add(task)
            task.add_done_callback(replies.discard)
            return web.Response()

        application = web.Application()
        application.router.add_post("/hooks/telegram", hook)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        gc.collect()
        gc.freeze()
        settings = {
            "url": f"http://127.0.0.1:{runner.addresses[0][1]}",
            **{name: str(db.execute(one).fetchone()[0]) for name, one in worker.DATABASE_SETTINGS["sqlite"].items()},
        }
        await worker.serve(("aiohttp",), settings, {"cpu": worker.cpu})
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
