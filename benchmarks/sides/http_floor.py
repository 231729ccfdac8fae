"""The floor: bare aiohttp and a dict. An update in, its reply out by sendMessage, nothing stored."""

from __future__ import annotations

import asyncio
import gc
import json
import os

from aiohttp import ClientSession, web

from benchmarks import worker
from benchmarks.traffic import BUTTONS, REPLY, action_code, command_name


async def main(given: worker.Arguments) -> None:
    names = [command_name(number) for number in range(given.routes // 2)]
    routes = {f"/{name}": name for name in names}
    routes |= {(code := action_code(number)): code for number in range(given.routes // 2)}
    times: dict[int, int] = {}
    base = f"{os.environ['BOT_TELEGRAM_API_BASE']}/bot{os.environ['BOT_TELEGRAM_TOKEN']}"
    keyboard = {"inline_keyboard": [[{"text": label, "callback_data": "r1"} for label in BUTTONS]]}
    replies: set[asyncio.Task[None]] = set()

    async with ClientSession() as session:

        async def call(method: str, **values: object) -> None:
            async with session.post(f"{base}/{method}", json=values) as response:
                await response.json()

        async def reply(update: dict[str, dict[str, object]]) -> None:
            query = update.get("callback_query")
            if query is not None:
                await call("answerCallbackQuery", callback_query_id=query["id"])
            message = query["message"] if query is not None else update["message"]
            assert isinstance(message, dict)
            chat = message["chat"]["id"]
            times[chat] = times.get(chat, 0) + 1
            name = routes[str(query["data"] if query is not None else message["text"])]
            await call(
                "sendMessage", chat_id=chat, text=REPLY.format(name=name, times=times[chat]), reply_markup=keyboard
            )

        async def hook(request: web.Request) -> web.Response:
            task = asyncio.create_task(reply(json.loads(await request.read())))
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
        settings = {"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}
        await worker.serve(("aiohttp",), settings, {"cpu": worker.cpu, "memory": worker.memory, "stall": worker.stall})
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
