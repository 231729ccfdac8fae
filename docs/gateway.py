"""A reference gateway: the other side of docs/bridge.yaml, to run, to read and to start your own from.

    python docs/gateway.py --secret SECRET --bot http://127.0.0.1:8080 --profile docs/gateway-sms.json

It shows the bot's messages on the screen and takes a person's lines from the keyboard. A real one calls an SMS centre
or a messenger in `deliver`, and calls `tell` for what people write. It needs aiohttp and nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import json
import math
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientError, ClientSession, web

SKEW = 300
SIMPLE = {"private": {"text_limit": 2000}}


class Gateway:
    """`profile` is the document that `GET /capabilities` gives; `db` keeps over a restart which messages were taken.

    `hook` is where the bot is called: of a further account (`bridge@CODE`) it is `/hooks/bridge@CODE`.
    """

    hook = "/hooks/bridge"

    def __init__(
        self,
        secret: str,
        bot: str,
        profile: Mapping[str, object] = SIMPLE,
        db: str = ":memory:",
        show: Callable[[str], object] = sys.stdout.write,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.secret, self.bot, self.profile, self.show, self.now = secret, bot, profile, show, now
        self.db = sqlite3.connect(db, isolation_level=None)
        self.db.execute(
            "create table if not exists taken (id integer primary key, key text unique, body text, shown int default 0)"
        )

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.get("/capabilities", self.capabilities), web.post("/messages", self.messages)])
        return app

    def sign(self, timestamp: str, body: bytes) -> str:
        return "sha256=" + hmac.new(self.secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()

    def is_signed(self, request: web.Request, body: bytes) -> bool:
        timestamp = request.headers.get("X-Bridge-Timestamp", "")
        given = request.headers.get("X-Bridge-Signature", "").encode("utf-8", "surrogateescape")
        fresh = timestamp.isdecimal() and abs(self.now() - int(timestamp)) <= SKEW
        return hmac.compare_digest(given, self.sign(timestamp, body).encode()) and fresh

    async def capabilities(self, request: web.Request) -> web.Response:
        if not self.is_signed(request, b""):
            return web.json_response({"error": "unauthorized"}, status=401)
        return web.json_response(self.profile)

    async def messages(self, request: web.Request) -> web.Response:
        """Note the key first: a message that was taken is never looked at again, only its answer is given once more."""
        raw = await request.read()
        if not self.is_signed(request, raw):
            return web.json_response({"error": "unauthorized"}, status=401)
        body = json.loads(raw)
        if reason := self.refuses(body):
            return web.json_response({"error": "rejected", "reason": reason}, status=422)
        # One statement decides which of two calls at once is the first; the commit comes before the answer.
        self.db.execute("insert into taken (key, body) values (?, ?) on conflict do nothing", (body["key"], raw))
        (number,) = self.db.execute("select id from taken where key = ?", (body["key"],)).fetchone()
        self.deliver_waiting()
        return web.json_response({"id": body["replacing"] or str(number)})

    def refuses(self, body: dict[str, dict[str, str]]) -> str:
        """Why this message can never be shown, "" when it can."""
        can = self.profile.get(body["chat"]["kind"])
        if not isinstance(can, dict):
            return f"there are no {body['chat']['kind']} chats here"
        limit = "caption_limit" if body["message"]["attachment"] else "text_limit"
        too_long = len(body["message"]["text"].encode("utf-16-le")) // 2 > can.get(limit, 0)
        too_many = len(body["message"]["buttons"]) > can.get("buttons", 0)
        return "the text is too long" if too_long else "too many buttons" if too_many else ""

    def deliver_waiting(self) -> None:
        """Return what was taken and not delivered, also by a process that died in between."""
        for number, raw in self.db.execute("select id, body from taken where not shown order by id").fetchall():
            self.deliver(json.loads(raw))
            self.db.execute("update taken set shown = 1 where id = ?", (number,))

    def deliver(self, body: dict[str, dict[str, str]]) -> None:
        text, item = body["message"]["text"], body["message"]["attachment"]
        self.show(f"[{body['chat']['id']}] {text}{item or ''} ({sms_parts(text)} SMS)\n")

    async def tell(self, *events: Mapping[str, object]) -> int:
        """Give events to the bot; what is not answered with 200 (0: not at all) goes again, with the same ids."""
        raw, timestamp = json.dumps({"events": events}).encode(), str(int(self.now()))
        headers = {"X-Bridge-Timestamp": timestamp, "X-Bridge-Signature": self.sign(timestamp, raw)}
        url = f"{self.bot}{self.hook}"
        with contextlib.suppress(ClientError):
            async with ClientSession() as http, http.post(url, data=raw, headers=headers) as answer:
                if answer.status == 200 and (noted := await answer.json())["not_read"]:
                    sys.stderr.write(f"the bot could not read {noted['not_read']} events: {noted['why']}\n")
                return answer.status
        return 0

    def said(self, text: str, chat: str = "0912000000", kind: str = "private") -> dict[str, object]:
        at = datetime.fromtimestamp(self.now(), UTC).isoformat()
        event: dict[str, object] = {"id": uuid.uuid4().hex, "type": "text", "at": at, "text": text}
        return event | {"chat": {"id": chat, "kind": kind}, "sender": {"id": chat, "name": "Hoa"}}


def sms_parts(text: str) -> int:
    """How many SMS a text without diacritics is: 160 letters, or 153 in each of several."""
    return 1 if len(text) <= 160 else math.ceil(len(text) / 153)


async def main() -> None:
    options = argparse.ArgumentParser(description="A reference gateway for the bridge.")
    options.add_argument("--secret", required=True)
    options.add_argument("--bot", default="http://127.0.0.1:8080")
    options.add_argument("--hook", default=Gateway.hook)
    options.add_argument("--profile", type=Path)
    options.add_argument("--db", default="gateway.sqlite3")
    options.add_argument("--port", type=int, default=8090)
    given = options.parse_args()
    profile = json.loads(given.profile.read_text("utf-8")) if given.profile else SIMPLE
    gateway = Gateway(given.secret, given.bot, profile, given.db)
    gateway.hook = given.hook
    gateway.deliver_waiting()
    runner = web.AppRunner(gateway.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", given.port).start()
    while line := await asyncio.to_thread(sys.stdin.readline):
        event = gateway.said(line.strip())
        for _ in range(300):
            if not line.strip() or await gateway.tell(event) == 200:
                break
            await asyncio.sleep(1)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
