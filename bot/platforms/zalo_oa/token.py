"""Access to a Zalo Official Account: a token of 25 hours, renewed by a token of three months that works once.

The pair that a renewal brings is stored before it is used: whoever loses it must ask the account's administrator to
consent again. So one process renews at a time, nothing interrupts it, and a pair that cannot be stored is kept until
it can.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import BaseModel, ConfigDict

from bot.core.lease import Lease
from bot.core.platform import Clock, KeyValue, TokenRefused, Unreachable
from bot.core.sessions import StoreUnavailable
from bot.core.text import msg
from bot.platforms._shared.http import read, unanswered
from bot.settings import SettingsError

log = logging.getLogger(__name__)

KEY = "tokens"
LEASE_KEY = "renewing"
CALL_SECONDS = 20.0
LEASED_FOR = timedelta(seconds=90)
"""Far longer than a renewal may take, so that no second one begins beside it."""
RENEW_AT = 0.8
"""Of a token's life: the rest is for renewals that fail."""
TRIES_APART = 30.0
PATIENCE = 25.0
"""Seconds to wait for the process that renews."""
USED_UP, APP_OFF, BAD_REDIRECT, BAD_SECRET = -14020, -14002, -14003, -14004
_OPERATOR = {
    USED_UP: ("REFRESH_TOKEN", msg("Zalo does not take it (any more); put in a new one from the API Explorer")),
    APP_OFF: ("APP_ID", msg("the application is not switched on at developers.zalo.me")),
    BAD_REDIRECT: ("APP_ID", msg("the callback address of the application at developers.zalo.me is wrong")),
    BAD_SECRET: ("APP_SECRET", msg("Zalo does not take this secret")),
}


def _trouble(code: int) -> SettingsError:
    name, why = _OPERATOR[code]
    return SettingsError.of(f"BOT_ZALO_OA_{name}", why)


class Pair(BaseModel, defer_build=True):
    """The stored tokens. `seed` marks the setting that the pair descends from; `since`, `until`: seconds since 1970."""

    model_config = ConfigDict(frozen=True)

    seed: str
    access: str
    refresh: str
    since: float
    until: float


class _Answer(BaseModel, defer_build=True):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    access_token: str = ""
    refresh_token: str = ""
    expires_in: str = "0"
    error: int = 0
    error_name: str = ""


class Tokens:
    """The account's present access token. `http` gives the adapter's own session."""

    def __init__(
        self,
        values: KeyValue,
        clock: Clock,
        http: Callable[[], ClientSession],
        *,
        address: str,
        app_id: str,
        app_secret: str,
        first: str,
    ) -> None:
        self._values = values
        self._clock = clock
        self._http = http
        self._address = f"{address}/v4/oa/access_token"
        self._app_id = app_id
        self._app_secret = app_secret
        self._first = first
        self._seed = hashlib.sha256(first.encode()).hexdigest()[:16]
        self._lease = Lease(values, LEASE_KEY, LEASED_FOR)
        self._pair: Pair | None = None
        self._unsaved: tuple[str | None, Pair] | None = None
        self._flight: asyncio.Task[None] | None = None
        self._tried = float("-inf")
        self._refused = ""
        """The refresh token that was clearly refused: it will be for good, so it is not tried again."""
        self._useless: frozenset[str] = frozenset()
        """The access token that went with it, once that is refused too or over."""
        self.ended = asyncio.Event()
        """Set while nothing but another refresh token helps."""
        self.trouble: SettingsError | None = None
        """For the operator: the setting to mend, if there is one."""

    def refusal(self) -> SettingsError:
        """Return the error that names the setting to mend."""
        return self.trouble or _trouble(USED_UP)

    async def access(self, refused: str = "") -> str:
        """Return a token that should work; `refused` is one that the vendor has just refused.

        Raises TokenRefused when only the operator can help, Unreachable(maybe_sent=False) when the vendor does not
        answer.
        """
        useless = self._useless | {refused}
        pair = await self._present(useless)
        now = self._clock.now().timestamp()
        if pair is None or pair.access in useless or now >= pair.until:
            try:
                await self._renew(pair.access if pair is not None else "")
            except TokenRefused:
                self._useless = frozenset([pair.access]) if pair is not None else frozenset()
                self.ended.set()
                raise
            self.ended.clear()
        elif now > pair.since + RENEW_AT * (pair.until - pair.since):
            with contextlib.suppress(Unreachable):  # also TokenRefused: the old one still works, and `trouble` is told
                await self._renew(pair.access)
        if self._pair is None:
            raise Unreachable("there is no token yet", maybe_sent=False)
        return self._pair.access

    async def is_fresh(self) -> bool:
        """Tell whether the stored token works without being renewed soon. Raises Unreachable."""
        _, pair = await self._stored()
        now = self._clock.now().timestamp()
        return pair is not None and now <= pair.since + RENEW_AT * (pair.until - pair.since)

    async def close(self) -> None:
        """Wait for a renewal: its answer must not be lost."""
        if self._flight is not None:
            await asyncio.gather(self._flight, return_exceptions=True)

    async def _present(self, useless: frozenset[str]) -> Pair | None:
        """Return the pair from memory while surely good, else from the store: another process may have renewed it."""
        pair, now = self._pair, self._clock.now().timestamp()
        if pair is None or pair.access in useless or now > pair.since + RENEW_AT * (pair.until - pair.since):
            _, stored = await self._stored()
            self._pair = stored or pair
        return self._pair

    async def _stored(self) -> tuple[str | None, Pair | None]:
        """Return (the stored text, the pair); no pair while none descends from the present setting."""
        try:
            raw = await self._values.get(KEY)
        except StoreUnavailable as error:
            raise Unreachable(f"the token cannot be looked up: {error}", maybe_sent=False) from None
        pair = None if raw is None else read(Pair, raw.encode())
        return raw, pair if pair is not None and pair.seed == self._seed else None

    async def _renew(self, old: str) -> None:
        """Get a newer token than `old`. One renewal at a time here; it goes on when the caller is cancelled."""
        if self._flight is None:
            if self._clock.monotonic() - self._tried < TRIES_APART:
                raise TokenRefused if self.trouble else Unreachable("no new token yet", maybe_sent=False)
            self._flight = asyncio.create_task(self._renew_by_turns(old))
            self._flight.add_done_callback(self._landed)
        await asyncio.shield(self._flight)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flight = None
        if flight.cancelled() or (error := flight.exception()) is None:
            return
        self._tried = self._clock.monotonic()
        if not isinstance(error, TokenRefused):  # that was said, once
            log.warning("Zalo OA: no new token: %s", error)

    async def _renew_by_turns(self, old: str) -> None:
        waited = 0.0
        while True:
            raw, pair = await self._stored()
            if pair is not None and pair.access != old and self._unsaved is None:
                self._pair = pair
                return
            if await self._mine():
                break
            if waited >= PATIENCE:
                raise Unreachable("another process renews the token", maybe_sent=False)
            waited += 1
            await self._clock.sleep(1)
        try:
            await self._renew_once(raw, pair)
        finally:
            with contextlib.suppress(StoreUnavailable):  # the lease ends by itself
                await self._lease.give_up(self._clock.now())

    async def _mine(self) -> bool:
        try:
            return await self._lease.mine(self._clock.now())
        except StoreUnavailable as error:
            raise Unreachable(f"the token cannot be renewed: {error}", maybe_sent=False) from None

    async def _renew_once(self, raw: str | None, pair: Pair | None) -> None:
        if self._unsaved is None:
            spent = pair.refresh if pair is not None else self._first
            if spent == self._refused:
                raise TokenRefused
            try:
                new = await self._ask(spent)
            except TokenRefused:
                # A second process that spent the same token stored what it got for it.
                _, theirs = await self._stored()
                if theirs is None or theirs.refresh == spent:
                    self._refused = spent
                    log.error("%s", self.trouble)
                    raise
                self._pair, self.trouble = theirs, None
                return
            self._unsaved = (raw, new)
        await self._save(*self._unsaved)

    async def _ask(self, spent: str) -> Pair:
        form = {"refresh_token": spent, "app_id": self._app_id, "grant_type": "refresh_token"}
        limit = ClientTimeout(total=CALL_SECONDS, sock_connect=10)
        try:
            async with self._http().post(
                self._address, data=form, headers={"secret_key": self._app_secret}, timeout=limit, allow_redirects=False
            ) as response:
                status, body = response.status, await response.read()
        except (ClientError, TimeoutError) as error:
            raise Unreachable(unanswered(error, "the token").reason, maybe_sent=False) from None
        answer = read(_Answer, body)
        if answer is None or (not answer.access_token and not answer.error):
            raise Unreachable(f"the token: HTTP {status} without a readable answer", maybe_sent=False)
        if answer.error in _OPERATOR:
            self.trouble = _trouble(answer.error)
            raise TokenRefused
        if answer.error or not answer.refresh_token:
            raise Unreachable(f"the token: error {answer.error} {answer.error_name[:80]}", maybe_sent=False)
        return self._pair_of(answer, self._clock.now())

    def _pair_of(self, answer: _Answer, now: datetime) -> Pair:
        lasts = float(answer.expires_in) if answer.expires_in.isascii() and answer.expires_in.isdigit() else 3600.0
        since = now.timestamp()
        return Pair(
            seed=self._seed, access=answer.access_token, refresh=answer.refresh_token, since=since, until=since + lasts
        )

    async def _save(self, raw: str | None, new: Pair) -> None:
        """Compare-and-set. Whatever stands there instead was stored by somebody who was faster, and is newer."""
        try:
            saved = await self._values.swap(KEY, raw, new.model_dump_json())
        except StoreUnavailable as error:
            raise Unreachable(f"the new token cannot be stored yet: {error}", maybe_sent=False) from None
        self._unsaved, self.trouble = None, None
        if saved:
            self._pair = new
            return
        _, theirs = await self._stored()
        self._pair = theirs or self._pair
