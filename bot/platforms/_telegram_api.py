"""The Bot API as the adapter uses it: one call that fails with a decision, and messages as the API's methods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from aiogram import Bot, exceptions, methods, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods.base import Response
from aiohttp import ClientConnectorError, ClientHttpProxyError, ClientSession, InvalidURL, TCPConnector
from aiohttp import ConnectionTimeoutError as NotConnected

from bot.core.events import Chat, ChatKind
from bot.core.messages import Button, Message
from bot.core.platform import (
    Capabilities,
    ChatGone,
    ChatReplaced,
    Clock,
    PlatformError,
    RateLimited,
    Rejected,
    Unreachable,
)
from bot.core.text import Text, utf16_len

ROW_CHARACTERS = 28
"""Labels of one row together: more are cut off on a narrow phone."""
CALL_SECONDS = 30
DEFAULT_WAIT = 5.0
"""Seconds to wait after a 429 that does not say how long."""

# pydantic keeps its generic classes only as long as somebody holds them; built anew for each answer they cost more than
# the rest of the call.
_ANSWERS = (Response[bool], Response[types.Message], Response[types.Message | bool])

_MIB = 1024 * 1024
_PRIVATE = Capabilities(
    text_limit=4096,
    caption_limit=1024,
    buttons=100,
    row_width=8,
    label_limit=64,
    button_bytes=64,
    styles=True,
    links=True,
    edit=True,
    photos="upload",
    photo_limit=10 * _MIB,
    audio_limit=50 * _MIB,
    file_limit=50 * _MIB,
    join_events=True,
    per_second=1,
)
CAPABILITIES: Mapping[ChatKind, Capabilities] = {
    "private": _PRIVATE,
    # Privacy mode, the default: a bot gets commands, mentions and replies to itself.
    "group": replace(_PRIVATE, hears_everything=False, forces_reply=True, per_minute=20),
}

_MENU = (
    ("menu", "Danh sách việc bot giúp được", "What this bot can do"),
    ("huongdan", "Hướng dẫn từng bước", "Step-by-step guides"),
    ("tim", "Tìm hướng dẫn", "Search the guides"),
    ("tieptuc", "Làm tiếp việc đang dở", "Continue where you stopped"),
    ("trogiup", "Nhờ người trong thôn giúp", "Ask somebody in the village for help"),
    ("baocao", "Báo cáo tuần của thôn", "The village's weekly report"),
    ("khokhan", "Báo khó khăn", "Report a difficulty"),
    ("nhiemvu", "Việc được giao", "Tasks"),
    ("thongbao", "Thông báo của xã", "Announcements of the commune"),
    ("kiemtra", "Kiểm tra thông báo thật hay giả", "Check whether an announcement is genuine"),
    ("dangky", "Đăng ký nhóm của thôn", "Register the village's group"),
    ("ngonngu", "Đổi ngôn ngữ", "Change the language"),
    ("chulon", "Chữ lớn, mỗi tin một câu", "Large text, one sentence per message"),
    ("huy", "Hủy việc đang làm", "Cancel"),
    ("dung", "Ngừng nhận tin", "Stop messages"),
    ("start", "Bắt đầu lại", "Start"),
)
_MENU_PRIVATE = (
    ("moi", "Tạo mã mời", "Create an invitation code"),
    ("dulieu", "Dữ liệu của tôi", "My data"),
    ("xoadulieu", "Xóa dữ liệu của tôi", "Erase my data"),
)

_NO_CHAT = ("chat not found", "user not found", "PEER_ID_INVALID")
_QUIET = types.LinkPreviewOptions(is_disabled=True)

T = TypeVar("T")


class TokenRefused(Unreachable):
    """The token is wrong or was revoked: nothing is accepted until it is replaced."""

    def __init__(self) -> None:
        super().__init__("the token was refused", maybe_sent=False)


class Updates(methods.TelegramMethod[list[object]]):
    """getUpdates without aiogram's models: one update that they do not know would hold up all others."""

    __returning__ = list[object]
    __api_method__ = "getUpdates"

    timeout: int
    offset: int | None
    allowed_updates: list[str]


class _Session(AiohttpSession):
    """aiogram's session with aiohttp's own proxy support, and without a pause at its end."""

    def __init__(self, api: TelegramAPIServer, proxy: str | None) -> None:
        super().__init__(api=api)
        self._http_proxy = proxy

    async def create_session(self) -> ClientSession:
        if self._session is None or self._session.closed:
            self._session = ClientSession(connector=TCPConnector(**self._connector_init), proxy=self._http_proxy)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class Api:
    """aiogram's client with the port's decisions for errors. No error carries the token."""

    def __init__(self, token: str, base: str, proxy: str | None, clock: Clock) -> None:
        self._token = token
        self._bot = Bot(token, _Session(TelegramAPIServer.from_base(base), proxy))
        self._clock = clock
        self._floods: dict[str, float] = {}

    async def call(
        self, method: methods.TelegramMethod[T], chat: Chat | None = None, *, seconds: int = CALL_SECONDS
    ) -> T:
        """One request of at most `seconds`. Raises a PlatformError, without its cause: that may hold the address."""
        try:
            return await self._bot(method, request_timeout=seconds)
        except exceptions.AiogramError as error:
            decision = self._decide(error, chat.id if chat is not None else "")
        except (UnicodeDecodeError, TypeError):
            # Bytes that are no text, and a 5xx without a description, which aiogram trips over.
            decision = Unreachable("an answer that makes no sense", maybe_sent=True)
        raise decision from None

    async def close(self) -> None:
        await self._bot.session.close()

    def _decide(self, error: exceptions.AiogramError, chat_id: str) -> PlatformError:
        if not isinstance(error, exceptions.TelegramAPIError):
            too_large = isinstance(error, exceptions.ClientDecodeError) and "Entity Too Large" in str(error.data)
            if too_large:
                return Rejected("the file is too large")
            return Unreachable("an answer that is not the Bot API's", maybe_sent=True)
        words = str(error.message).replace(self._token, "…").removeprefix("Bad Request: ").removeprefix("Forbidden: ")
        match error:
            case exceptions.TelegramRetryAfter():
                return self._flood(chat_id, error.retry_after)
            case exceptions.TelegramMigrateToChat():
                return ChatReplaced(str(error.migrate_to_chat_id))
            case exceptions.TelegramUnauthorizedError():
                return TokenRefused()
            case exceptions.TelegramForbiddenError():
                return ChatGone(words)
            case exceptions.TelegramEntityTooLarge():
                return Rejected("the file is too large")
            case exceptions.TelegramNetworkError():
                cause = error.__cause__
                before = isinstance(cause, ClientConnectorError | ClientHttpProxyError | NotConnected | InvalidURL)
                return Unreachable(type(cause).__name__, maybe_sent=not before)
            case exceptions.TelegramServerError():
                return Unreachable(words, maybe_sent=True)
        if words.startswith("Too Many Requests"):
            told = re.search(r"retry after ([0-9]+)", words)
            return self._flood(chat_id, float(told[1]) if told else DEFAULT_WAIT)
        return ChatGone(words) if any(reason in words for reason in _NO_CHAT) else Rejected(words)

    def _flood(self, chat_id: str, seconds: float) -> RateLimited:
        """Telegram does not say who is too fast; when a second chat is told to wait too, it is the token."""
        now = self._clock.monotonic()
        self._floods = {chat: until for chat, until in self._floods.items() if until > now}
        scope: Literal["chat", "token"] = "token" if self._floods.keys() - {chat_id} else "chat"
        self._floods[chat_id] = now + seconds
        return RateLimited(seconds, scope)


def sending(chat: Chat, message: Message, file: str | types.InputFile) -> methods.TelegramMethod[types.Message]:
    words, entities = message.text.plain, _entities(message.text)
    markup = types.ForceReply() if asks_for_reply(chat, message) else _keyboard(message)
    if message.attachment is None:
        return methods.SendMessage(
            chat_id=chat.id, text=words, entities=entities, reply_markup=markup, link_preview_options=_QUIET
        )
    if message.attachment.kind == "photo":
        return methods.SendPhoto(
            chat_id=chat.id, photo=file, caption=words, caption_entities=entities, reply_markup=markup
        )
    if message.attachment.kind == "audio":
        return methods.SendAudio(
            chat_id=chat.id, audio=file, caption=words, caption_entities=entities, reply_markup=markup
        )
    return methods.SendDocument(
        chat_id=chat.id, document=file, caption=words, caption_entities=entities, reply_markup=markup
    )


def editing(
    chat: Chat, message: Message, message_id: int, file: str | types.InputFile
) -> methods.TelegramMethod[types.Message | bool]:
    """A picture's caption is edited with its picture: the old message may show another one."""
    words, entities, keyboard = message.text.plain, _entities(message.text), _keyboard(message)
    if message.attachment is None:
        return methods.EditMessageText(
            chat_id=chat.id,
            message_id=message_id,
            text=words,
            entities=entities,
            reply_markup=keyboard,
            link_preview_options=_QUIET,
        )
    of = {"photo": types.InputMediaPhoto, "audio": types.InputMediaAudio, "file": types.InputMediaDocument}
    media = of[message.attachment.kind](media=file, caption=words, caption_entities=entities)
    return methods.EditMessageMedia(chat_id=chat.id, message_id=message_id, media=media, reply_markup=keyboard)


def _entities(text: Text) -> list[types.MessageEntity]:
    """Styles and links as ranges of UTF-16 units."""
    entities: list[types.MessageEntity] = []
    at = 0
    for span in text.spans:
        length = utf16_len(span.text)
        if span.style != "plain":
            entities.append(types.MessageEntity(type=span.style, offset=at, length=length))
        if span.link is not None:
            entities.append(types.MessageEntity(type="text_link", offset=at, length=length, url=span.link))
        at += length
    return entities


def asks_for_reply(chat: Chat, message: Message) -> bool:
    """In a group only a reply to the bot reaches it, so a question for words opens the reply box."""
    return not message.buttons and message.expects == "text" and CAPABILITIES[chat.kind].forces_reply


def _keyboard(message: Message) -> types.InlineKeyboardMarkup | None:
    if not message.buttons:
        return None
    rows: list[list[types.InlineKeyboardButton]] = []
    at = 0
    for count in (*message.rows, *[1] * (len(message.buttons) - sum(message.rows))):
        rows.extend(
            [types.InlineKeyboardButton(text=button.label, callback_data=button.data) for button in row]
            for row in _narrow(message.buttons[at : at + count])
        )
        at += count
    return types.InlineKeyboardMarkup(inline_keyboard=rows)


def _narrow(buttons: Sequence[Button]) -> list[list[Button]]:
    """One wanted row as rows whose labels can be read on a phone."""
    rows: list[list[Button]] = []
    for button in buttons:
        row = rows[-1] if rows else []
        fits = sum(len(other.label) for other in row) + len(button.label) <= ROW_CHARACTERS
        if row and fits and len(row) < _PRIVATE.row_width:
            row.append(button)
        else:
            rows.append([button])
    return rows


def file_id_of(reply: object) -> str | None:
    """The id under which Telegram keeps what was just uploaded."""
    if not isinstance(reply, types.Message):
        return None
    if reply.photo:
        return reply.photo[-1].file_id
    file = reply.audio or reply.animation or reply.video or reply.voice or reply.document
    return file.file_id if file is not None else None


def menus() -> Iterator[methods.SetMyCommands]:
    """The lists of commands behind the menu button; personal ones are not offered in groups."""
    for scope, menu in (
        (types.BotCommandScopeAllPrivateChats(), _MENU + _MENU_PRIVATE),
        (types.BotCommandScopeAllGroupChats(), _MENU),
    ):
        vietnamese = [types.BotCommand(command=name, description=words) for name, words, _ in menu]
        english = [types.BotCommand(command=name, description=words) for name, _, words in menu]
        yield methods.SetMyCommands(commands=vietnamese, scope=scope)
        yield methods.SetMyCommands(commands=english, scope=scope, language_code="en")
