"""A messenger in Telegram's shape, outside of the cluster: it takes all calls, and brings updates to the webhook."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from benchmarks.traffic import BOT, sent_answer
from tools.cluster.accounts import Account
from tools.cluster.books import Books, Said, Talk
from tools.cluster.bots import MESSENGER_PORT
from tools.cluster.front import URL
from tools.cluster.network import OUTSIDE, address

CALL_SECONDS = 0.03
"""From a call to its answer; the message is taken at its beginning."""
AGAIN = 0.3
PATIENCE = 10.0
_SHOWN = ("sendMessage", "editMessageText")


class Messenger:
    """`books` is what it knows."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self.books = Books(accounts=accounts)
        self._secrets: dict[str, str] = {}
        self._last_id = 100
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_route("*", "/{token}/{method}", self._called)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, address(OUTSIDE), MESSENGER_PORT).start()
        try:
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            async with aiohttp.ClientSession(timeout=timeout) as self._session:
                yield
        finally:
            await runner.cleanup()

    async def _called(self, request: web.Request) -> web.Response:
        method, token = request.match_info["method"], request.match_info["token"].removeprefix("bot")
        form = await _fields(request)
        result = json.dumps(
            {"ok": True, "result": {**BOT, "id": int(token.split(":")[0])} if method == "getMe" else True}
        )
        if method == "setWebhook":
            self._secrets[token] = form.get("secret_token", "")
        elif method in _SHOWN:
            chat = int(form["chat_id"])
            self._last_id += 1
            self.books.took(chat, form.get("text", ""), token)
            result = sent_answer(chat, self._last_id)
            await asyncio.sleep(CALL_SECONDS)
        return web.Response(text=result, content_type="application/json")

    async def brings(self, talk: Talk, said: Said) -> None:
        """Bring it to the webhook until that has accepted it."""
        assert self._session is not None  # noqa: S101 - within `running`
        body = _update(talk.chat, said.number, said.words.said)
        while said.accepted is None:
            said.tries += 1
            try:
                headers = {"X-Telegram-Bot-Api-Secret-Token": self._secrets.get(talk.account.token, "")}
                hook = f"{URL}/hooks/{talk.account.platform}"
                async with self._session.post(hook, json=body, headers=headers) as answer:
                    if answer.status == 200:
                        said.accepted = time.monotonic()
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(AGAIN)


async def _fields(request: web.Request) -> dict[str, str]:
    if request.content_type == "application/json":
        return {name: str(value) for name, value in json.loads(await request.read()).items()}
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _update(chat: int, number: int, text: str) -> dict[str, object]:
    person = {"id": chat, "is_bot": False, "first_name": "Hoa", "language_code": "vi"}
    message: dict[str, object] = {
        "message_id": number, "from": person, "chat": {"id": chat, "first_name": "Hoa", "type": "private"},
        "date": int(time.time()), "text": text,
    }  # fmt: skip
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    return {"update_id": number, "message": message}
