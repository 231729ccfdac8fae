"""Long work that survives a restart: files, audio, reports. The chat that waits for it gets the result from the outbox.

A job is asked for inside the transaction of the conversation that needs it and is run later, by whichever process takes
it first. It may run twice, when a process dies between the work and the mark; so what it does must be the same the
second time, and its result must leave through the outbox with a key of its own. While it runs its lease is renewed; a
run that lost it is stopped and delivers nothing (see bot.features.jobs.lease).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

from bot.core.actions import Action
from bot.core.events import Chat, Incoming
from bot.core.machine import chance
from bot.core.metrics import latencies
from bot.core.own_fault import OwnFault
from bot.core.sessions import StoreUnavailable
from bot.i18n import msg
from bot.storage.sql import Row, Sql, Value, available, moment

from . import lease as job_lease
from .lease import JobLease, JobLost

log = logging.getLogger(__name__)

JobFunction = Callable[[Mapping[str, str], datetime], Awaitable[None]]
"""Does the work of one job from its body; runs outside any transaction. May raise JobRefused."""

LONGEST = timedelta(seconds=120)
"""Work that takes longer is stopped and counts as an attempt."""
ATTEMPTS = 3
RETRY = timedelta(seconds=20)
LONGEST_KEY = 120
UNKNOWN = timedelta(hours=1)
"""So long a job of another version waits for a process of that version, as during an upgrade; then it is given up."""

GAVE_UP = msg("Xin lỗi bác, tôi chưa làm xong được việc bác nhờ. Bác thử lại sau ít phút giúp tôi nhé.")

_DUE = "((state = 'waiting' and not_before <= ?) or (state = 'leased' and lease_until <= ?))"


class JobRefused(Exception):
    """The work cannot be done, now or later. `template` is a Vietnamese sentence for whoever waits, with `values`."""

    def __init__(self, template: str, /, **values: str | int) -> None:
        super().__init__(template)
        self.template = template
        self.then: tuple[str, Action] | None = None
        self.values: Mapping[str, str | int] = values

    def offering(self, label: str, action: Action) -> JobRefused:
        """Add a button below the sentence: the next step for the person who waits."""
        self.then = label, action
        return self


FailedHook = Callable[[Mapping[str, str], JobRefused], Awaitable[None]]
"""Tells whoever waits that nothing will come; runs in the transaction that ends the job."""


def answer_to(chat: Chat) -> Mapping[str, str]:
    """Return the part of a body that says in which chat the result is waited for."""
    return {"platform": chat.platform, "chat_id": chat.id, "chat_kind": chat.kind}


def chat_of(body: Mapping[str, str]) -> Chat | None:
    """Return the chat that `answer_to` wrote into a body; None if there is none."""
    if not body.get("chat_id"):
        return None
    return Chat(body["platform"], body["chat_id"], "group" if body.get("chat_kind") == "group" else "private")


def about(file: Incoming) -> Mapping[str, str]:
    """Return the part of a body that says which file a person sent."""
    return {"ref": file.ref, "mime": file.mime, "size": str(file.size), "name": file.name}


def file_of(body: Mapping[str, str]) -> Incoming:
    """Return the file that `about` wrote into a body."""
    return Incoming(body["ref"], body["mime"], int(body["size"]), body["name"])


class Jobs(Struct, frozen=True):
    """Asking for work. `woken` is set when there is something to run."""

    db: BaseDBAsyncClient
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(
        self, kind: str, body: Mapping[str, str], *, key: str, now: datetime, at: datetime | None = None
    ) -> bool:
        """Write down that work is wanted, inside the caller's transaction; False when `key` was asked for before.

        With `at` it is done then, and not at once. Raises ValueError for a key of more than LONGEST_KEY characters.
        """
        if len(key) > LONGEST_KEY:
            raise ValueError(f"a key has at most {LONGEST_KEY} characters: {key!r}")
        values: list[Value] = [kind, key, json.dumps(dict(body), ensure_ascii=False)]
        values += [body.get("platform", ""), body.get("chat_id", ""), at or now, now, now]
        found = await _run(
            Sql(self.db),
            "insert into jobs (kind, key, body, platform, chat_id, state, token, attempts, not_before, created_at,"
            " updated_at) values (?, ?, ?, ?, ?, 'waiting', '', 0, ?, ?, ?)"
            " on conflict (key) do nothing returning id",
            values,
        )
        if found:
            self.woken.set()
        return bool(found)

    async def unfinished(self, kind: str, chat: Chat) -> Sequence[Mapping[str, str]]:
        """Return the bodies of jobs that were asked for in a chat and are not done yet."""
        text = (
            "select body from jobs where kind = ? and platform = ? and chat_id = ? and state in ('waiting', 'leased')"
        )
        return [_body(row) for row in await _run(Sql(self.db), text, [kind, chat.platform, chat.id])]


class _Taken(Struct, frozen=True):
    id: int
    kind: str
    body: Mapping[str, str]
    token: str
    attempts: int

    @property
    def lease(self) -> JobLease:
        return JobLease(self.id, self.token)


class JobRunner:
    """Runs waiting jobs of the kinds it knows, one at a time, the oldest first; several may share a database.

    It also gives up those that no process of this version would ever do, so that nobody waits for them for ever.
    """

    def __init__(
        self,
        kinds: Mapping[str, JobFunction],
        db: BaseDBAsyncClient,
        on_failed: FailedHook,
        now: Callable[[], datetime],
        *,
        longest: timedelta = LONGEST,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._kinds = dict(kinds)
        self._sql = Sql(db)
        self._on_failed = on_failed
        self._now = now
        self._longest = longest
        self._sleep = sleep

    async def run(self) -> float | None:
        """Run one job if one is due. Returns in how many seconds to call again, None when nothing waits."""
        if not self._kinds:
            return None
        job = await self._take(self._now())
        if job is None:
            return await self._pause(self._now())
        if job.kind not in self._kinds:
            log.warning("job %d (%s) is of another version and given up", job.id, job.kind)
            await self._fail(job, JobRefused(GAVE_UP))
            return 0.0
        if job.attempts > ATTEMPTS:  # each time the process died with it
            await self._fail(job, JobRefused(GAVE_UP))
            return 0.0
        try:
            async with asyncio.timeout(self._longest.total_seconds()):
                await self._while_held(job)
        except JobRefused as refusal:
            await self._fail(job, refusal)
        except JobLost:
            log.warning("job %d (%s) was taken over by another process", job.id, job.kind)
        except asyncio.CancelledError:
            # A shutdown is nobody's fault: the next process takes it up at once.
            await self._give_back(job, self._now(), counted=False)
            raise
        except StoreUnavailable as error:
            log.warning("job %d (%s) waits for the database: %s", job.id, job.kind, error)
            await self._give_back(job, self._now() + RETRY, counted=False)
        except Exception:
            log.exception("job %d (%s) failed, attempt %d of %d", job.id, job.kind, job.attempts, ATTEMPTS)
            if job.attempts < ATTEMPTS:
                await self._give_back(job, self._now() + RETRY * job.attempts, counted=True)
            else:
                await self._fail(job, JobRefused(GAVE_UP))
        else:
            await self._end(job, "done")
        return 0.0

    async def _while_held(self, job: _Taken) -> None:
        """Do the work and renew its lease; raises JobLost, and stops the work, when somebody else has taken it."""
        work = asyncio.create_task(self._work(job))
        renewing = asyncio.create_task(self._renew(job))
        try:
            await asyncio.wait([work, renewing], return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                renewing.result()
                raise JobLost
            work.result()
        finally:
            work.cancel()
            renewing.cancel()
            await asyncio.gather(work, renewing, return_exceptions=True)

    async def _work(self, job: _Taken) -> None:
        with job_lease.working(job.lease), OwnFault(), latencies.JOBS.timed(job.kind):
            await self._kinds[job.kind](job.body, self._now())

    async def _renew(self, job: _Taken) -> None:
        """Renew the lease until it is lost."""
        while True:
            await self._sleep(job_lease.RENEWED.total_seconds())
            try:
                if not await job.lease.renew(self._now() + job_lease.LASTS):
                    return
            except StoreUnavailable as error:
                # Nobody else can take it either.
                log.warning("job %d is not renewed: %s", job.id, error)

    async def _take(self, now: datetime) -> _Taken | None:
        marks = ", ".join("?" * len(self._kinds))
        skip = " for update skip locked" if self._sql.postgres else ""
        token = chance.unique()
        rows = await _run(
            self._sql,
            "update jobs set state = 'leased', token = ?, lease_until = ?, attempts = attempts + 1, updated_at = ?"
            f" where id = (select id from jobs where {_DUE} and (kind in ({marks}) or not_before <= ?)"
            f" order by id limit 1{skip})"
            f" and {_DUE} returning id, kind, body, attempts",
            [token, now + job_lease.LASTS, now, now, now, *self._kinds, now - UNKNOWN, now, now],
        )
        if not rows:
            return None
        (row,) = rows
        return _Taken(int(str(row["id"])), str(row["kind"]), _body(row), token, int(str(row["attempts"])))

    async def _pause(self, now: datetime) -> float | None:
        marks = ", ".join("?" * len(self._kinds))
        rows = await _run(
            self._sql,
            "select min(case when state = 'leased' then lease_until else not_before end) as t from jobs"
            f" where state in ('waiting', 'leased') and kind in ({marks})",
            [*self._kinds],
        )
        return None if rows[0]["t"] is None else max(0.0, (moment(rows[0]["t"]) - now).total_seconds())

    async def _give_back(self, job: _Taken, not_before: datetime, *, counted: bool) -> None:
        await _run(
            self._sql,
            "update jobs set state = 'waiting', token = '', lease_until = null, not_before = ?, attempts = ?,"
            " updated_at = ? where id = ? and token = ? and state = 'leased' returning id",
            [not_before, job.attempts if counted else job.attempts - 1, self._now(), job.id, job.token],
        )

    async def _fail(self, job: _Taken, refusal: JobRefused) -> None:
        with available():
            async with in_transaction("default"):
                if await self._end(job, "failed"):
                    await self._on_failed(job.body, refusal)

    async def _end(self, job: _Taken, state: str) -> bool:
        """End the job and delete its body. False when another holds the job by now."""
        return bool(
            await _run(
                self._sql,
                "update jobs set state = ?, body = '{}', lease_until = null, updated_at = ?"
                " where id = ? and token = ? and state = 'leased' returning id",
                [state, self._now(), job.id, job.token],
            )
        )


def _body(row: Row) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in json.loads(str(row["body"])).items()}


async def _run(sql: Sql, text: str, values: Sequence[Value]) -> list[Row]:
    """Run the statement in the transaction of the caller's task, if there is one."""
    return await sql.rows(text, values, get_connections().get("default"))
