"""A Telegram server for tests: real HTTP on 127.0.0.1, the real server's limits and words, faults on request.

    async with FakeTelegram() as telegram:
        hoa = telegram.person("Hoa")
        group = telegram.group("Thôn Lạc Hiền")
        await telegram.says(hoa, "/start")               # returns when the bot has confirmed the update
        await telegram.until(lambda: telegram.shown(hoa))
        await telegram.presses(hoa, "Tiếp")

What the server accepted (`accepted`, `shown`) is kept apart from what it answered: `drop(accepted=True)` loses the
answer to a message that everybody in the chat can read.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Self

from aiohttp import ClientError, ClientSession, web

from .telegram_rules import (
    KINDS,
    Accepted,
    ApiError,
    Call,
    Fault,
    Json,
    Key,
    Pending,
    Person,
    Room,
    Shown,
    accepted_and_held,
    as_usual,
    bad_gateway,
    drop,
    give,
    half_body,
    held,
    keyboard_of,
    noise,
    poll_of,
    read_call,
    refuse,
    refused,
    too_many,
    words,
)

__all__ = [
    "TOKEN",
    "Accepted",
    "Call",
    "FakeTelegram",
    "Fault",
    "Key",
    "Person",
    "Room",
    "Shown",
    "accepted_and_held",
    "as_usual",
    "bad_gateway",
    "drop",
    "half_body",
    "held",
    "noise",
    "refuse",
    "too_many",
]

TOKEN = "123456:AAtestTESTtest-test_test"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PATIENCE = 10.0
"""Seconds to wait for the bot before the test fails."""


class FakeTelegram:
    """`per_second` and `group_per_minute` switch on flood control; `privacy` is BotFather's privacy mode."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        username: str = "lang_bot",
        privacy: bool = True,
        per_second: int | None = None,
        group_per_minute: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock
        self.token = token
        self.username = username
        self.privacy = privacy
        self.per_second = per_second
        self.group_per_minute = group_per_minute
        self.base = ""
        self.calls: list[Call] = []
        self.accepted: list[Accepted] = []
        self.answered: list[str] = []
        self.menus: dict[tuple[str, str], dict[str, str]] = {}
        self.rooms: dict[int, Room] = {}
        self.messages: dict[tuple[int, int], Shown] = {}
        self.files: dict[str, bytes] = {}
        self.file_faults: list[Fault] = []
        self.pending: list[Pending] = []
        self.newest = Pending(0, {}, 0)
        self.webhook: tuple[str, str] | None = None
        self.hook_error: tuple[float, str] = (0, "")
        self._me: Json = {"id": self.bot_id, "is_bot": True, "first_name": "Làng", "username": username}
        self._numbers = itertools.count(1)
        self._update_ids = itertools.count(1000)
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._queries: set[str] = set()
        self._times: dict[int, deque[float]] = defaultdict(deque)
        self._changed = asyncio.Condition()
        self._poller: asyncio.Event | None = None
        self.conflicts = 0
        self._order: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._pushes: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._client: ClientSession | None = None

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path}", self._serve_file)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.base = f"http://{host}:{bound}"

    async def stop(self) -> None:
        for push in self._pushes:
            push.cancel()
        await asyncio.gather(*self._pushes, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        await self.goes_away()

    async def goes_away(self) -> None:
        """Answer nobody any more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # What a test arranges and looks at

    def options(self, **more: str) -> dict[str, str]:
        """The adapter's settings for this server: `make_kit(telegram.options(mode="webhook"))`."""
        return {"token": self.token, "api_base": self.base, "poll_seconds": "5", **more}

    @property
    def bot_id(self) -> int:
        return int(self.token.split(":")[0])

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` fail in this order; later ones go as usual."""
        self._faults[method.lower()].extend(faults)

    def person(self, name: str, *, language: str = "vi") -> Person:
        return Person(7000 + next(self._numbers), name, language)

    def group(self, title: str) -> Room:
        """A group where the bot is a member already."""
        return self._room(Room(-(4000 + next(self._numbers)), "group", title))

    def shown(self, where: Person | Room) -> list[Shown]:
        """The bot's messages in a chat, oldest first, as they look now."""
        return [message for (chat_id, _), message in sorted(self.messages.items()) if chat_id == where.id]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method.lower()]

    @property
    def has_unanswered_presses(self) -> bool:
        """Whether somebody looks at a button that still turns."""
        return bool(self._queries)

    def revokes(self) -> None:
        """The owner has taken the token back: nobody is answered with it any more."""
        self.token = f"{self.bot_id}:another"
        if self._poller is not None:
            self._poller.set()
        self._woken = asyncio.ensure_future(self._notify())

    def forget_files(self) -> None:
        """File ids are good only for so long."""
        self.files.clear()

    async def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait until the bot's calls have made `condition` true; raises TimeoutError."""
        async with asyncio.timeout(patience), self._changed:
            await self._changed.wait_for(lambda: bool(condition()))

    # What people do; each returns when the bot has confirmed the update

    async def says(
        self, who: Person, text: str, where: Room | None = None, *, reply_to: Shown | None = None, **more: object
    ) -> int:
        """Returns the id of the message. With privacy on, a bot never gets what a group says to others."""
        return await self.posts(who, where, reply_to=reply_to, text=text, **more)

    async def posts(
        self, who: Person, where: Room | None = None, *, reply_to: Shown | None = None, **content: object
    ) -> int:
        """Any message, its content as in the Bot API: photo=[…], voice={…}, sticker={…}, media_group_id=…"""
        room = where or self.private(who)
        post = self._post(who, room, **content)
        if reply_to is not None:
            post["reply_to_message"] = {"message_id": reply_to.id, "from": self._me}
        words = str(content.get("text") or content.get("caption") or "")
        meant = words.startswith("/") or f"@{self.username}" in words or reply_to is not None
        if room.kind == "private" or not self.privacy or meant:
            await self.delivers(room.id, message=post)
        return int(str(post["message_id"]))

    async def edits(self, who: Person, message_id: int, text: str, where: Room | None = None) -> None:
        room = where or self.private(who)
        await self.delivers(room.id, edited_message={**self._post(who, room, text=text), "message_id": message_id})

    async def sends_photos(self, who: Person, count: int = 1, where: Room | None = None, *, caption: str = "") -> None:
        """One photo, or an album in one go."""
        room = where or self.private(who)
        group = {"media_group_id": str(next(self._numbers))} if count > 1 else {}
        posts = []
        for number in range(count):
            small, large = (
                {"file_id": f"in-{next(self._numbers)}", "width": side, "height": side, "file_size": side * 10}
                for side in (90, 900)
            )
            words = {"caption": caption} if caption and number == 0 else {}
            posts.append(self._post(who, room, photo=[small, large], **group, **words))
        await asyncio.gather(*(self.delivers(room.id, message=post) for post in posts))

    async def presses(self, who: Person, label: str, where: Room | None = None, *, on: Shown | None = None) -> str:
        """Press the newest button of this label in the chat (or the one under `on`); returns the query's id."""
        room = where or self.private(who)
        shown = [on] if on is not None else self.shown(room)
        for message in reversed(shown):
            for key in message.keys:
                if key.text == label:
                    return await self.presses_data(who, key.data, message.id, room)
        raise AssertionError(f"no button {label!r} in {[[key.text for key in m.keys] for m in shown]}")

    async def presses_data(self, who: Person, data: str, message_id: int, where: Room | None = None) -> str:
        """A press as a forger could make it, or under a message that the server no longer shows to the bot."""
        room = where or self.private(who)
        known = (room.id, message_id) in self.messages
        under = {"message_id": message_id, "chat": room.json, "date": self._now() if known else 0}
        query = f"q{next(self._numbers)}"
        self._queries.add(query)
        press = {"id": query, "from": who.json, "chat_instance": "1", "message": under, "data": data}
        await self.delivers(room.id, callback_query=press)
        return query

    async def votes(self, who: Person, choice: str, where: Room, *, on: Shown | None = None) -> None:
        """Vote in the newest poll of the chat (or in `on`); a second vote of the same person is refused by the app."""
        shown = on or next(message for message in reversed(self.shown(where)) if message.poll is not None)
        assert shown.poll is not None
        at = shown.poll.options.index(choice)
        if who.id not in shown.poll.votes:
            shown.poll.votes[who.id] = at
            vote = {"poll_id": shown.poll.id, "user": who.json, "option_ids": [at], "option_persistent_ids": [str(at)]}
            await self.delivers(where.id, poll_answer=vote)

    async def adds_bot(self, who: Person, room: Room) -> None:
        room.refusal = ""
        await self._membership(who, room, "left", "member")

    async def removes_bot(self, who: Person, room: Room) -> None:
        name = "supergroup" if room.kind == "supergroup" else "group"
        room.refusal = f"Forbidden: bot was kicked from the {name} chat"
        await self._membership(who, room, "member", "kicked")

    async def blocks(self, who: Person) -> None:
        room = self.private(who)
        room.refusal = "Forbidden: bot was blocked by the user"
        await self._membership(who, room, "member", "kicked")

    async def unblocks(self, who: Person) -> None:
        room = self.private(who)
        room.refusal = ""
        await self._membership(who, room, "kicked", "member")

    async def upgrades(self, who: Person, room: Room, *, tell: bool = True) -> Room:
        """The group becomes a supergroup: a message in the old chat, one in the new one (unless not `tell`)."""
        new = self._room(Room(-(1_000_000_000_000 + next(self._numbers)), "supergroup", room.title))
        room.moved_to = new.id
        if tell:
            await self.delivers(room.id, message=self._post(who, room, migrate_to_chat_id=new.id))
            await self.delivers(new.id, message=self._post(who, new, migrate_from_chat_id=room.id))
        return new

    def private(self, who: Person) -> Room:
        """The private chat; from now on the bot may write there."""
        return self.rooms.get(who.id) or self._room(Room(who.id, "private", who.first_name))

    def waits(self, body: Json, chat_id: int = 0) -> Pending:
        """An update that waits to be asked for, together with the next one."""
        update = Pending(next(self._update_ids), dict(body), chat_id)
        update.body["update_id"] = update.id
        self.pending.append(update)
        return update

    async def again(self) -> int:
        """The newest update once more, as after an answer that came too late."""
        return await self.push(self.newest.body, secret=(self.webhook or ("", ""))[1])

    async def delivers(self, chat_id: int, **body: object) -> int:
        """Any update; returns its id when the bot has confirmed it. Raises TimeoutError."""
        update = self.newest = self.waits(body, chat_id)
        if self.webhook is not None:
            self._push_later(update)
        await self._notify()
        async with asyncio.timeout(PATIENCE):
            await update.delivered.wait()
        return update.id

    async def push(self, body: Json | bytes, *, secret: str | None = None, url: str | None = None) -> int:
        """Post to the webhook as anybody could; returns the status. Without `secret` there is no header."""
        if self._client is None:
            self._client = ClientSession()
        assert url or self.webhook, "the bot has set no webhook"
        address = url or (self.webhook or ("", ""))[0]
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: secret} if secret is not None else {})
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self._client.post(address, data=BytesIO(data), headers=headers) as answer:
            return answer.status

    # The server

    def _now(self) -> int:
        return int(self.clock())

    def _room(self, room: Room) -> Room:
        self.rooms[room.id] = room
        return room

    def _post(self, who: Person, room: Room, **content: object) -> Json:
        number = next(self._numbers)
        return {"message_id": number, "date": self._now(), "chat": room.json, "from": who.json, **content}

    async def _membership(self, who: Person, room: Room, old: str, new: str) -> None:
        change = {"chat": room.json, "from": who.json, "date": self._now()}
        of = {
            "old_chat_member": {"user": self._me, "status": old},
            "new_chat_member": {"user": self._me, "status": new},
        }
        await self.delivers(room.id, my_chat_member={**change, **of})

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _push_later(self, update: Pending) -> None:
        task = asyncio.create_task(self._push(update))
        self._pushes.add(task)
        task.add_done_callback(self._pushes.discard)

    async def _push(self, update: Pending) -> None:
        """Updates of one chat go one after the other, each until it is answered with 2xx."""
        async with self._order[update.chat_id]:
            while self.webhook is not None and update in self.pending:
                try:
                    status = await self.push(update.body, secret=self.webhook[1])
                except (ClientError, OSError):
                    status = 0
                if 200 <= status < 300:
                    self._confirm(update)
                else:
                    await asyncio.sleep(0.05)

    def _confirm(self, update: Pending) -> None:
        if update in self.pending:
            self.pending.remove(update)
        update.delivered.set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        if request.match_info["token"] != self.token:
            return refused(ApiError(401, "Unauthorized"))
        call = await read_call(request, method)
        self.calls.append(call)
        await self._notify()  # a long question for news is answered much later
        waiting = self._faults[method]
        fault = waiting.popleft() if waiting else as_usual()
        if fault.held is not None:
            await fault.held.wait()
        answer = refused(fault.error) if fault.error is not None else web.Response()
        if fault.accepted:
            try:
                answer = web.json_response({"ok": True, "result": await self._carry_out(call)})
            except ApiError as error:
                answer = refused(error)
        await self._notify()
        if fault.answer_held is not None:
            await fault.answer_held.wait()
        return await give(request, fault, answer)

    async def _carry_out(self, call: Call) -> object:
        methods: dict[str, Callable[[Call], Awaitable[object] | object]] = {
            "getme": lambda _: self._me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
            "setmycommands": self._set_my_commands,
            "answercallbackquery": self._answer_query,
            "getfile": self._get_file,
            "sendmessage": self._send,
            "sendphoto": self._send,
            "sendaudio": self._send,
            "senddocument": self._send,
            "sendvoice": self._send,
            "sendpoll": self._send_poll,
            "editmessagetext": self._edit,
            "editmessagecaption": self._edit,
            "editmessagemedia": self._edit,
            "editmessagereplymarkup": self._edit,
        }
        if call.method not in methods:
            raise ApiError(404, "Not Found: method not found")
        result = methods[call.method](call)
        return await result if isinstance(result, Awaitable) else result

    async def _get_updates(self, call: Call) -> list[Json]:
        if self.webhook is not None:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poller is not None:
            self._poller.set()
            await self._notify()
        mine = self._poller = asyncio.Event()
        offset = int(call.params.get("offset", 0))
        for update in [update for update in self.pending if update.id < offset]:
            self._confirm(update)
        try:
            if patience := int(call.params.get("timeout", 0)):
                async with asyncio.timeout(patience), self._changed:
                    await self._changed.wait_for(lambda: self.pending or mine.is_set())
        except TimeoutError:
            return []
        finally:
            if self._poller is mine:
                self._poller = None
        if mine.is_set():
            self.conflicts += 1
            raise ApiError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        return [update.body for update in self.pending[: int(call.params.get("limit", 100))]]

    async def _set_webhook(self, call: Call) -> bool:
        url, secret = call.params.get("url", ""), call.params.get("secret_token", "")
        if not url.startswith("http"):
            raise ApiError(400, "Bad Request: invalid webhook URL specified")
        if len(secret) > 256:
            raise ApiError(400, "Bad Request: secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise ApiError(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = url, secret
        for update in self.pending:
            self._push_later(update)
        return True

    def _delete_webhook(self, _: Call) -> bool:
        self.webhook = None
        return True

    def _webhook_info(self, _: Call) -> Json:
        """As the real server: the fields about an error are there only after one."""
        at, words = self.hook_error
        error: Json = {"last_error_date": int(at), "last_error_message": words} if words else {}
        url = self.webhook[0] if self.webhook is not None else ""
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self.pending), **error}

    def _set_my_commands(self, call: Call) -> bool:
        commands = json.loads(call.params["commands"])
        scope = json.loads(call.params.get("scope", '{"type": "default"}'))["type"]
        for command in commands:
            if len(command["command"]) > 32:
                raise ApiError(400, "Bad Request: command length must not exceed 32")
            if not re.fullmatch(r"[a-z0-9_]+", command["command"]):
                raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
            if len(command["description"]) > 256:
                raise ApiError(400, "Bad Request: command description length must not exceed 256")
        self.menus[scope, call.params.get("language_code", "")] = {
            command["command"]: command["description"] for command in commands
        }
        return True

    def _answer_query(self, call: Call) -> bool:
        query = call.params.get("callback_query_id", "")
        if query not in self._queries:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._queries.remove(query)
        self.answered.append(query)
        return True

    def _get_file(self, call: Call) -> Json:
        file_id = call.params.get("file_id", "")
        if file_id not in self.files:
            raise ApiError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.files[file_id]) > 20 * 1024 * 1024:
            raise ApiError(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": file_id, "file_path": f"of-{file_id}"}

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        data = self.files.get(request.match_info["path"].removeprefix("of-"))
        if request.match_info["token"] != self.token or data is None:
            return web.Response(status=404)
        answer = web.Response(body=data)
        return await give(request, self.file_faults.pop(0), answer) if self.file_faults else answer

    def _send(self, call: Call) -> Json:
        room = self._open(call)
        kind = KINDS.get(call.method, "text")
        file_id = self._file(call, call.params.get(kind, ""), kind) if kind != "text" else ""
        text, styled = words(call.params, "text" if kind == "text" else "caption")
        markup = json.loads(call.params.get("reply_markup", "{}"))
        message = Shown(
            next(self._numbers),
            room.id,
            kind,
            text,
            styled,
            keyboard_of(markup),
            file_id,
            forces_reply=bool(markup.get("force_reply")),
            answers=self._answered(call, room.id),
        )
        self._flood(room)
        self.messages[room.id, message.id] = message
        return self._done(call, message)

    def _answered(self, call: Call, room_id: int) -> int:
        """The message that it answers, 0 for none."""
        asked = json.loads(call.params.get("reply_parameters", "{}"))
        number = int(asked.get("message_id", 0))
        if not number or (room_id, number) in self.messages:
            return number
        if not asked.get("allow_sending_without_reply"):
            raise ApiError(400, "Bad Request: message to be replied not found")
        return 0

    def _send_poll(self, call: Call) -> Json:
        room = self._open(call)
        poll = poll_of(call.params, f"poll{next(self._numbers)}")
        keyboard = keyboard_of(json.loads(call.params.get("reply_markup", "{}")))
        message = Shown(next(self._numbers), room.id, "poll", poll.question, (), keyboard, poll=poll)
        self._flood(room)
        self.messages[room.id, message.id] = message
        options = [{"text": text, "voter_count": 0} for text in poll.options]
        return {**self._done(call, message), "poll": {"id": poll.id, "question": poll.question, "options": options}}

    def _edit(self, call: Call) -> Json:
        room = self._open(call)
        message_id = int(call.params.get("message_id", 0))
        message = self.messages.get((room.id, message_id))
        if message is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        changed = self._changed_message(call, message)
        if changed.content == message.content:
            raise ApiError(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        self._flood(room)
        changed.edits = message.edits + 1
        self.messages[room.id, message_id] = changed
        return self._done(call, changed)

    def _changed_message(self, call: Call, old: Shown) -> Shown:
        markup = json.loads(call.params.get("reply_markup", "{}"))
        if markup and "inline_keyboard" not in markup:
            raise ApiError(400, "Bad Request: inline keyboard expected")
        keyboard = keyboard_of(markup)
        if call.method == "editmessagereplymarkup":
            return Shown(old.id, old.chat_id, old.kind, old.text, old.styled, keyboard, old.file_id)
        if call.method == "editmessagemedia":
            media = json.loads(call.params["media"])
            kind = media["type"]
            file_id = self._file(call, media["media"], kind)
            media["caption_entities"] = json.dumps(media.get("caption_entities", []))
            text, styled = words(media, "caption")
            return Shown(old.id, old.chat_id, kind, text, styled, keyboard, file_id)
        wanted = "text" if call.method == "editmessagetext" else "caption"
        if (old.kind == "text") != (wanted == "text"):
            raise ApiError(400, f"Bad Request: there is no {wanted} in the message to edit")
        text, styled = words(call.params, wanted)
        return Shown(old.id, old.chat_id, old.kind, text, styled, keyboard, old.file_id)

    def _open(self, call: Call) -> Room:
        chat_id = call.params.get("chat_id", "")
        if not chat_id:
            raise ApiError(400, "Bad Request: chat_id is empty")
        room = self.rooms.get(int(chat_id)) if re.fullmatch(r"-?[0-9]+", chat_id) else None
        if room is None:
            raise ApiError(400, "Bad Request: chat not found")
        if room.moved_to is not None:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, words, migrate_to_chat_id=room.moved_to)
        if room.refusal:
            raise ApiError(403, room.refusal)
        return room

    def _flood(self, room: Room) -> None:
        """Sliding windows, as far as they are known: 0 stands for the token."""
        windows = [(0, 1.0, self.per_second)]
        if room.kind != "private":
            windows.append((room.id, 60.0, self.group_per_minute))
        now = time.monotonic()
        for key, length, limit in windows:
            times = self._times[key]
            while times and times[0] <= now - length:
                times.popleft()
            if limit is not None and len(times) >= limit:
                wait = max(1, round(times[0] + length - now))
                raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        for key, _, _ in windows:
            self._times[key].append(now)

    def _file(self, call: Call, value: str, kind: str) -> str:
        if not value.startswith("attach://"):
            if value not in self.files:
                raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")
            return value
        data = call.files[value.removeprefix("attach://")]
        if len(data) > (10 if kind == "photo" else 50) * 1024 * 1024:
            raise ApiError(413, "Request Entity Too Large")
        file_id = f"{kind}-{hashlib.sha256(data).hexdigest()[:12]}"
        self.files[file_id] = data
        return file_id

    def _done(self, call: Call, message: Shown) -> Json:
        self.accepted.append(Accepted(call.method, message.chat_id, message.id, message.text))
        room = self.rooms[message.chat_id]
        result: Json = {"message_id": message.id, "date": self._now(), "chat": room.json, "from": self._me}
        if message.kind == "text":
            return {**result, "text": message.text}
        file: Json = {"file_id": message.file_id, "file_unique_id": message.file_id, "duration": 1}
        stored: object = [{**file, "width": 9, "height": 9}] if message.kind == "photo" else file
        return {**result, "caption": message.text, message.kind: stored}
