"""A real homeserver, matrix-synapse with SQLite, and people on it who use a client of their own.

`SYNAPSE_PYTHON` is the Python of an environment that has it (`make matrix-real`).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from aiohttp import ClientSession
from pydantic import BaseModel, Field, JsonValue

from tests.ports import unused_port

from .fake_matrix import Seen, Written, seen

PYTHON = os.environ.get("SYNAPSE_PYTHON", "")
SERVER = "xa.example"
PATIENCE = 60
CONFIG = """\
server_name: {server}
pid_file: {folder}/pid
signing_key_path: {folder}/key
log_config: {folder}/log.yaml
media_store_path: {folder}/media
report_stats: false
trusted_key_servers: []
enable_registration: true
enable_registration_without_verification: true
bcrypt_rounds: 4
macaroon_secret_key: of-a-test
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
listeners:
  - {{port: {port}, bind_addresses: ["127.0.0.1"], type: http, tls: false, resources: [{{names: [client, media]}}]}}
rc_registration: {{per_second: 1000, burst_count: 1000}}
rc_login:
  address: {{per_second: 1000, burst_count: 1000}}
  account: {{per_second: 1000, burst_count: 1000}}
rc_joins:
  local: {{per_second: 1000, burst_count: 1000}}
rc_invites:
  per_room: {{per_second: 1000, burst_count: 1000}}
  per_user: {{per_second: 1000, burst_count: 1000}}
  per_issuer: {{per_second: 1000, burst_count: 1000}}
rc_room_creation: {{per_second: 1000, burst_count: 1000}}
{pace}
"""
NO_PACE = "rc_message: {per_second: 1000, burst_count: 1000}"
LOG = """\
version: 1
handlers: {file: {class: logging.FileHandler, filename: '%s'}}
root: {level: WARNING, handlers: [file]}
"""
Json = dict[str, JsonValue]
_numbers = itertools.count(1)


class _Answer(BaseModel):
    user_id: str = ""
    access_token: str = ""
    room_id: str = ""
    event_id: str = ""
    content_uri: str = ""
    chunk: list[Json] = Field(default_factory=list)
    joined: Json = Field(default_factory=dict)


@contextmanager
def serving(folder: Path, *, pace: str = NO_PACE) -> Iterator[str]:
    """Run a homeserver in this folder inside the block; its address. With `pace` "" it has its own limits."""
    port = unused_port()
    (folder / "log.yaml").write_text(LOG % (folder / "log"), "utf-8")
    config = folder / "homeserver.yaml"
    config.write_text(CONFIG.format(server=SERVER, folder=folder, port=port, pace=pace), "utf-8")
    command = [PYTHON, "-m", "synapse.app.homeserver", "-c", str(config)]
    subprocess.run([*command, "--generate-keys"], cwd=folder, check=True, capture_output=True)
    with (folder / "out").open("wb") as out, subprocess.Popen(command, cwd=folder, stdout=out, stderr=out) as process:
        try:
            asyncio.run(_answers(f"http://127.0.0.1:{port}"))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


async def _answers(base: str) -> None:
    async with asyncio.timeout(PATIENCE), ClientSession() as http:
        while True:
            try:
                async with http.get(f"{base}/_matrix/client/versions") as answer:
                    if answer.status == 200:
                        return
            except OSError:
                await asyncio.sleep(0.2)


class Client:
    """A person's client: it knows nothing of our adapter."""

    def __init__(self, base: str, http: ClientSession, user_id: str, token: str) -> None:
        self.id = user_id
        self.token = token
        self._base = base
        self._http = http

    @classmethod
    async def registers(cls, base: str, http: ClientSession, name: str) -> Client:
        """A new account of a name that nobody has yet."""
        body: Json = {
            "auth": {"type": "m.login.dummy"},
            "username": f"{name}{os.getpid()}-{next(_numbers)}",
            "password": "x" * 12,
        }
        made = await cls(base, http, "", "").asks("POST", "/register", body)
        return cls(base, http, made.user_id, made.access_token)

    async def asks(self, method: str, path: str, body: Mapping[str, JsonValue] | None = None) -> _Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        address = f"{self._base}/_matrix/client/v3{path}"
        async with self._http.request(method, address, json=body, headers=headers) as answer:
            raw = await answer.read()
            assert answer.status == 200, raw
            return _Answer.model_validate_json(raw)

    async def opens(self, who: str, *, direct: bool = False, name: str = "", besides: tuple[str, ...] = ()) -> str:
        """A room with somebody; its id."""
        body: Json = {"invite": [who, *besides], "is_direct": direct, "preset": "private_chat"}
        body |= {"preset": "trusted_private_chat"} if direct else {"name": name}
        return (await self.asks("POST", "/createRoom", body)).room_id

    async def joins(self, room: str) -> None:
        await self.asks("POST", f"/join/{quote(room, safe='')}", {})

    async def leaves(self, room: str) -> None:
        await self.asks("POST", f"/rooms/{quote(room, safe='')}/leave", {})

    async def throws_out(self, room: str, who: str) -> None:
        await self.asks("POST", f"/rooms/{quote(room, safe='')}/kick", {"user_id": who})

    async def invites(self, room: str, who: str) -> None:
        await self.asks("POST", f"/rooms/{quote(room, safe='')}/invite", {"user_id": who})

    async def posts(self, room: str, content: Json, kind: str = "m.room.message") -> str:
        path = f"/rooms/{quote(room, safe='')}/send/{kind}/{os.getpid()}-{next(_numbers)}"
        return (await self.asks("PUT", path, content)).event_id

    async def redacts(self, room: str, message_id: str) -> None:
        path = f"/rooms/{quote(room, safe='')}/redact/{quote(message_id, safe='')}/{os.getpid()}-{next(_numbers)}"
        await self.asks("PUT", path, {})

    async def uploads(self, data: bytes) -> str:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "image/jpeg"}
        async with self._http.post(f"{self._base}/_matrix/media/v3/upload", data=data, headers=headers) as answer:
            return _Answer.model_validate_json(await answer.read()).content_uri

    async def sees(self, room: str, who: str) -> list[Seen]:
        """The messages of somebody there, oldest first."""
        page = await self.asks("GET", f"/rooms/{quote(room, safe='')}/messages?dir=b&limit=200")
        words: dict[str, str] = {}
        found = []
        for event in reversed(page.chunk):
            content = event.get("content")
            if event.get("type") == "m.room.message" and event.get("sender") == who and content:
                one = seen(str(event["event_id"]), Written.model_validate(content), words)
                words[one.id] = one.text
                found.append(one)
        return found

    async def members(self, room: str) -> list[str]:
        return [*(await self.asks("GET", f"/rooms/{quote(room, safe='')}/joined_members")).joined]


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not done():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.02)
