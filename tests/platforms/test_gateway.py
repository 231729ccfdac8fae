"""The reference gateway as its user starts it: a line from the keyboard is an event, a message stands on the screen."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from aiohttp.test_utils import TestServer

from bot.assembly.app import CLOCK
from bot.core.events import TextSent
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.text import Text
from bot.platforms.bridge.adapter import create
from bot.testing.inbox import Inbox, listening
from docs.gateway import Gateway
from tests.kit import make_kit
from tests.ports import unused_port

from .fake_bridge import SECRET
from .test_bridge_document import DOCS


async def test_it_runs_beside_a_bot(tmp_path: Path) -> None:
    port, bots_port, inbox = unused_port(), unused_port(), Inbox()
    kit = make_kit({"url": f"http://127.0.0.1:{port}", "secret": SECRET})
    where = ["--bot", f"http://127.0.0.1:{bots_port}", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, DOCS / "gateway.py", "--secret", SECRET, *where, "--profile", DOCS / "gateway-sms.json",
        cwd=tmp_path, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write("xin chào\n".encode())
        await process.stdin.drain()
        bridge = create(replace(kit, clock=CLOCK))
        async with TestServer(kit.web, port=bots_port), listening(bridge, inbox):
            [event] = await inbox.holds(1)
            assert isinstance(event, TextSent)
            assert event.text == "xin chào"
            for _ in range(2):
                await bridge.send(event.chat, Message(Text.verbatim("Chào bác. " * 20)), key="row:1")
            shown = await asyncio.wait_for(process.stdout.readline(), 10)
            assert shown.decode().endswith("Chao bac.  (2 SMS)\n")
        process.stdin.close()
        assert await process.stdout.read() == b""
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_what_it_took_and_had_not_shown_when_it_died_is_shown_at_its_next_start(tmp_path: Path) -> None:
    file, shown = str(tmp_path / "gateway.sqlite3"), list[str]()

    def dies(text: str) -> None:
        raise SystemExit(text)

    dying = Gateway(SECRET, "", db=file, show=dies)
    body = {"key": "k", "chat": {"id": "c1", "kind": "private"}, "replacing": None}
    raw = json.dumps(body | {"message": {"text": "tin", "buttons": [], "attachment": None}})
    dying.db.execute("insert into taken (key, body) values ('k', ?)", (raw,))
    try:
        dying.deliver_waiting()
    except SystemExit:
        dying.db.close()
    after = Gateway(SECRET, "", db=file, show=shown.append)
    after.deliver_waiting()
    after.deliver_waiting()
    after.db.close()
    assert shown == ["[c1] tin (1 SMS)\n"]
