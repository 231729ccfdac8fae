"""The version before writes its rows as that one did, and this one reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, Incoming, PhotoSent, Sender
from bot.core.lean.values import replace
from bot.core.messages import Button
from bot.core.probing import Probe
from bot.core.sessions import Key, OpenList, Session
from bot.framework.sharing import Sharing, Silence
from bot.storage.sql import asked
from bot.storage.store import ConversationStore

from .core import older
from .core.older import Older
from .timeline import Timeline, WorldClock

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CHAT = Chat("plain", "c-1", "private")
KEY = Key("plain", "c-1")
ASKED = OpenList((Button("Mục 1", "a|1"), Button("Mục 2", "a|2")), 1, True, "choice", "", "", seq=4)


def _store(db: BaseDBAsyncClient, *, serves: bool = True, nodes: int = 1) -> ConversationStore:
    world = SimpleNamespace(older=Older(serves), plan=SimpleNamespace(nodes=nodes))
    shared = Sharing(db, WorldClock(Timeline("1")), False, Silence())
    return older.sharing_of(world, SimpleNamespace(number=1), shared).store()  # type: ignore[arg-type]


@pytest.mark.parametrize("nodes", [1, 2])
async def test_its_lists_do_not_say_which_reply_showed_them(db: BaseDBAsyncClient, nodes: int) -> None:
    await _store(db, nodes=nodes).save(Session(KEY, done_seq=1, out_seq=4, sent_seq=4, lists=[ASKED]))
    ((state,),) = [row.values() for row in await asked("select state from sessions", [])]
    assert len(json.loads(str(state))["c"][0]) == 6
    read = await ConversationStore(db).load(KEY, "private")
    assert read.lists == [replace(ASKED, seq=0)]


@pytest.mark.parametrize(
    "lists",
    [
        [replace(ASKED, buttons=(*ASKED.buttons, Button("Cách khác", "a|1", apart=True)))],
        [ASKED, replace(ASKED, seq=5)],
    ],
)
async def test_what_it_did_not_know_is_kept_as_it_is(db: BaseDBAsyncClient, lists: list[OpenList]) -> None:
    await _store(db).save(Session(KEY, done_seq=1, out_seq=5, sent_seq=5, lists=lists))
    assert (await ConversationStore(db).load(KEY, "private")).lists == lists


async def test_its_photos_do_not_say_their_album(db: BaseDBAsyncClient) -> None:
    photo = PhotoSent("e1", CHAT, Sender("id-1", "Bình"), NOW, files=(Incoming("f", "image/jpeg", 1000),), album="b9")
    (noted,) = await _store(db).record([photo])
    assert noted.event == photo  # its process joined them as they came
    (read,) = await ConversationStore(db).unfinished()
    assert read.event == replace(photo, album="")


async def test_it_leaves_a_messenger_alone_until_midnight_that_says_no(db: BaseDBAsyncClient) -> None:
    store, probe = _store(db), Probe("plain", NOW, NOW, 1)
    assert await store.swap_probe("plain", None, probe)
    assert await store.probes() == [probe]
    assert await ConversationStore(db).probes() == []
    assert len(await asked("select 1 from pauses where platform = 'plain' and chat_id = ''", [])) == 1
    assert await store.swap_probe("plain", probe, None)
    assert await asked("select 1 from pauses", []) == []


async def test_this_version_writes_as_it_does(db: BaseDBAsyncClient) -> None:
    store = _store(db, serves=False)
    assert not isinstance(store, older._Old)
    await store.save(Session(KEY, done_seq=1, out_seq=4, sent_seq=4, lists=[ASKED]))
    assert (await store.load(KEY, "private")).lists == [ASKED]


def test_no_process_of_this_version_begins_beside_one_of_the_version_before() -> None:
    versions = Older(False, {1, 2})
    assert versions.keeps_waiting([SimpleNamespace(number=2)])  # type: ignore[list-item]
    assert not versions.keeps_waiting([SimpleNamespace(number=3)])  # type: ignore[list-item]
    assert not Older(True, {1}).keeps_waiting([SimpleNamespace(number=1)])  # type: ignore[list-item]
