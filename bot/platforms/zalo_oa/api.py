"""Calls to Zalo's OpenAPI v3: HTTP 200 also for errors, and every error one of the port's decisions."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData
from pydantic import BaseModel, ConfigDict

from bot.core.platform import ChatGone, PlatformError, RateLimited, Rejected, TokenRefused, Unreachable, WindowShut
from bot.core.text import clean
from bot.platforms._shared.http import read, unanswered

from .token import Tokens

log = logging.getLogger(__name__)

CALL_SECONDS = 20.0
WORDS_LIMIT = 200
HOUR = 3600.0

TOKEN_OLD = frozenset({-216, -220})
ATTACHMENT_OLD = -100
WINDOW_SHUT = frozenset({-230, -305, -311})
"""More than seven days, more than 48 hours, more answers than one message of the person allows."""
_TOO_MANY = -32
_QUOTA = frozenset({-211, -218})
_NIGHT = -234
_NOT_OURS = frozenset({-201, -210, -232, -233, -248, -249})
_GONE = frozenset({-213, -217, -222, -227, -237, -244, -403})
"""Does not follow, blocked the account, was banned, silent for 45 days, group over, does not want such messages, the
account is not in the group."""
_OPERATOR = {
    -202: "the access is of an old kind",
    -204: "the official account is deleted",
    -205: "the official account does not exist",
    -207: "the application is not registered",
    -208: "the application has no secret key",
    -209: "the application is not active",
    -212: "the application has not been granted this API",
    -215: "BOT_ZALO_OA_APP_ID: Zalo does not know it",
    -221: "the official account is not verified",
    -224: "the official account needs a paid package",
    -240: "Zalo has closed this API",
    -242: "BOT_ZALO_OA_PROOF: Zalo wants every call proved, or BOT_ZALO_OA_APP_SECRET is wrong",
    -320: "the official account is not linked to a business account",
    -321: "the business account has no money left",
}


class Failed(Exception):
    """The vendor said no, with its code and its words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"error {code}: {words}")
        self.code = code
        self.words = words


class Data(BaseModel, defer_build=True):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    message_id: str = ""
    msg_id: str = ""
    quota: object = None
    attachment_id: str = ""


class _Answer(BaseModel, defer_build=True):
    error: int
    message: str = ""
    data: object = None


class Api:
    """One account's calls. With `proof` each one carries the HMAC of its token under the app's secret."""

    def __init__(self, base: str, app_secret: str, *, proof: bool) -> None:
        self._base = base
        self._app_secret = app_secret.encode()
        self._proof = proof
        self._session: ClientSession | None = None

    def http(self) -> ClientSession:
        """Return the session, made when it is first needed: aiohttp wants a running loop."""
        if self._session is None:
            self._session = ClientSession()
        return self._session

    async def call(self, tokens: Tokens, path: str, body: Mapping[str, object]) -> Data:
        """Call a method; raise Failed or Unreachable. An expired token is renewed, and the call made once more."""
        return read(Data, await self._with_token(tokens, path, body)) or Data()

    async def ask(self, tokens: Tokens, path: str, body: Mapping[str, object]) -> object:
        """Call as `call` does, for an answer of another form."""
        return await self._with_token(tokens, path, body)

    async def upload(self, tokens: Tokens, data: bytes, name: str, mime: str) -> str:
        """Upload a picture, for seven days; raise Failed or Unreachable(maybe_sent=False)."""
        try:
            answer = read(Data, await self._with_token(tokens, "/v2.0/oa/upload/image", (data, name, mime))) or Data()
        except Unreachable as error:
            raise error if isinstance(error, TokenRefused) else Unreachable(error.reason, maybe_sent=False) from None
        if not answer.attachment_id:
            raise Unreachable("upload: an answer without an id", maybe_sent=False)
        return answer.attachment_id

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _with_token(
        self, tokens: Tokens, path: str, body: Mapping[str, object] | tuple[bytes, str, str]
    ) -> object:
        token = await tokens.access()
        try:
            return await self._post(token, path, body)
        except Failed as failed:
            if failed.code not in TOKEN_OLD:
                raise
        token = await tokens.access(refused=token)
        try:
            return await self._post(token, path, body)
        except Failed as failed:
            if failed.code in TOKEN_OLD:
                raise TokenRefused from None
            raise

    async def _post(self, token: str, path: str, body: Mapping[str, object] | tuple[bytes, str, str]) -> object:
        headers = {"access_token": token}
        if self._proof:
            headers["appsecret_proof"] = proof(self._app_secret, token)
        form = None
        if isinstance(body, tuple):
            form = FormData()
            form.add_field("file", body[0], filename=body[1], content_type=body[2])
        fields = None if isinstance(body, tuple) else body
        limit = ClientTimeout(total=CALL_SECONDS, sock_connect=10)
        try:
            async with self.http().post(
                f"{self._base}{path}", data=form, json=fields, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                status, raw = response.status, await response.read()
        except (ClientError, TimeoutError) as error:
            raise unanswered(error, path) from None
        answer = read(_Answer, raw)
        if answer is None:
            raise Unreachable(f"{path}: HTTP {status} without a readable answer", maybe_sent=True)
        if answer.error:
            raise Failed(answer.error, clean(answer.message.replace(token, "…"))[:WORDS_LIMIT])
        return answer.data


def proof(app_secret: bytes, token: str) -> str:
    return hmac.new(app_secret, token.encode(), hashlib.sha256).hexdigest()


def decide(failed: Failed, *, until_morning: float) -> PlatformError:
    """Return the meaning of an error for the message; `until_morning`: seconds until advertising is allowed."""
    code = failed.code
    if code in WINDOW_SHUT:
        return WindowShut(str(failed))
    if code == _TOO_MANY:
        return RateLimited(None, "token")
    if code in _QUOTA:
        return RateLimited(HOUR)
    if code == _NIGHT:
        return RateLimited(until_morning)
    if code in _GONE:
        return ChatGone(str(failed))
    if code in _NOT_OURS or code == ATTACHMENT_OLD:
        return Rejected(str(failed))
    if code in _OPERATOR or code in TOKEN_OLD:
        log.error("Zalo OA takes nothing: %s (%s)", _OPERATOR.get(code, "the token"), failed)
        return TokenRefused()
    # A code that is in no table: whether the message was taken nobody can say.
    return Unreachable(str(failed), maybe_sent=True)
