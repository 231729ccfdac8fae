"""The peer: aiogram with one handler for each kind of event, a dict of routes, and its FSM in a database.

The storage is the best that we could write: one row for each (chat, user, destiny), one statement a call,
no transaction beyond the statement's own. `--option postgres` keeps the rows in PostgreSQL.
"""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Mapping
from typing import Any

import aiosqlite
from aiogram import Bot, Dispatcher, types
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey

from benchmarks import telegram_stub, worker
from benchmarks.traffic import BUTTONS, REPLY, TOKEN, action_code, command_name, in_lanes, turns, update

_TABLE = (
    "create table if not exists fsm (chat_id bigint, user_id bigint, destiny text, state text, data text,"
    " primary key (chat_id, user_id, destiny))"
)
_UPSERT = (
    "insert into fsm (chat_id, user_id, destiny, {0}) values ({1})"
    " on conflict (chat_id, user_id, destiny) do update set {0} = excluded.{0}"
)


class RowStorage(BaseStorage):
    """State and data of a conversation in one row; `destiny` is aiogram_dialog's way to have several."""

    marks = ("?", "?", "?", "?")

    async def rows(self, statement: str, *values: object) -> Any:
        raise NotImplementedError

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        name = state if state is None or isinstance(state, str) else state.state
        await self.rows(_UPSERT.format("state", ", ".join(self.marks)), key.chat_id, key.user_id, key.destiny, name)

    async def get_state(self, key: StorageKey) -> str | None:
        return await self._column("state", key)

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        body = json.dumps(data, ensure_ascii=False)
        await self.rows(_UPSERT.format("data", ", ".join(self.marks)), key.chat_id, key.user_id, key.destiny, body)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        body = await self._column("data", key)
        return json.loads(body) if body else {}

    async def _column(self, name: str, key: StorageKey) -> str | None:
        one, two, three, _ = self.marks
        where = f"chat_id = {one} and user_id = {two} and destiny = {three}"
        rows = await self.rows(f"select {name} from fsm where {where}", key.chat_id, key.user_id, key.destiny)
        return rows[0][0] if rows else None


class SqliteStorage(RowStorage):
    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    @classmethod
    async def opened(cls, path: str) -> SqliteStorage:
        db = await aiosqlite.connect(path, isolation_level=None)
        await db.execute("PRAGMA journal_mode=WAL")
        await db.execute("PRAGMA synchronous=FULL")
        await db.execute(_TABLE)
        return cls(db)

    async def rows(self, statement: str, *values: object) -> Any:
        return await self._db.execute_fetchall(statement, values)

    async def close(self) -> None:
        await self._db.close()


class PostgresStorage(RowStorage):
    marks = ("$1", "$2", "$3", "$4")

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @classmethod
    async def opened(cls, url: str) -> PostgresStorage:
        import asyncpg

        pool = await asyncpg.create_pool(url, min_size=1, max_size=5, reset=_as_it_is)
        await pool.execute(_TABLE)
        return cls(pool)

    async def rows(self, statement: str, *values: object) -> Any:
        return await self._pool.fetch(statement, *values)

    async def close(self) -> None:
        await self._pool.close()


async def _as_it_is(connection: Any) -> None:
    """Our own pool resets nothing between two statements either: that would be a round trip each time."""


def dispatcher(storage: BaseStorage, routes: int) -> Dispatcher:
    commands = {f"/{command_name(number)}": command_name(number) for number in range(routes // 2)}
    presses = {action_code(number): action_code(number) for number in range(routes // 2)}
    dp = Dispatcher(storage=storage)

    async def answer(state: FSMContext, name: str) -> tuple[str, types.InlineKeyboardMarkup]:
        data = await state.get_data()
        times = data.get("times", 0) + 1
        await state.set_data({"times": times})
        row = [[types.InlineKeyboardButton(text=label, callback_data=action_code(1))] for label in BUTTONS]
        return REPLY.format(name=name, times=times), types.InlineKeyboardMarkup(inline_keyboard=row)

    @dp.message()
    async def said(message: types.Message, state: FSMContext) -> None:
        text, keyboard = await answer(state, commands[message.text or ""])
        await message.answer(text, reply_markup=keyboard)

    @dp.callback_query()
    async def pressed(query: types.CallbackQuery, state: FSMContext) -> None:
        await query.answer()
        text, keyboard = await answer(state, presses[query.data or ""])
        assert isinstance(query.message, types.Message)
        await query.message.edit_text(text, reply_markup=keyboard)

    return dp


async def main(given: worker.Arguments) -> None:
    telegram_stub.install(lambda seen: None)
    postgres = given.option == "postgres"
    storage = await (PostgresStorage if postgres else SqliteStorage).opened(given.database)
    bot = Bot(TOKEN)
    dp = dispatcher(storage, given.routes)
    done = 0
    gc.collect()
    gc.freeze()

    async def say(body: bytes) -> None:
        await dp.feed_update(bot, types.Update.model_validate_json(body, context={"bot": bot}))

    async def round_(count: int) -> worker.Figures:
        nonlocal done
        work = [update(turn) for turn in turns(count, given.routes, done)]
        done += count
        return await worker.measured(count, lambda: in_lanes(given.lanes, work, say))

    questions = worker.DATABASE_SETTINGS["postgres" if postgres else "sqlite"]
    settings = {name: str((await storage.rows(question))[0][0]) for name, question in questions.items()}
    await worker.serve(("aiogram", "aiosqlite", *(["asyncpg"] if postgres else [])), settings, {"round": round_})
    await storage.close()
    await bot.session.close()


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
