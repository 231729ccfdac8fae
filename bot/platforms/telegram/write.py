"""Messages of the bot in the form of the Bot API: plain JSON for text, aiogram's types for messages with a file.

Limits are those of Bot API 10 (core.telegram.org/bots/api).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.core.events import Chat, ChatKind
from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message, Poll
from bot.core.platform import Capabilities
from bot.core.text import Text, utf16_len
from bot.platforms import Menu

from .vendor import methods, types

File = str | types.InputFile
"""A file that Telegram knows by its id, or one to upload."""
ROW_CHARACTERS = 28
"""Labels of one row together: more are cut off on a narrow phone."""

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
    reply=True,
    photos="upload",
    photo_limit=10 * _MIB,
    audio_limit=50 * _MIB,
    file_limit=50 * _MIB,
    join_events=True,
    quiz_poll=True,
    per_second=1,
)
CAPABILITIES: Mapping[ChatKind, Capabilities] = {
    "private": _PRIVATE,
    # Privacy mode, the default: a bot gets commands, mentions and replies to itself.
    "group": replace(_PRIVATE, hears_everything=False, forces_reply=True, per_minute=20),
}

_COMMAND, _COMMANDS, _ABOUT = patterns.compile(r"[a-z0-9_]{1,32}"), 100, 256

_QUIET = {"is_disabled": True}


def asks_for_reply(chat: Chat, message: Message) -> bool:
    """Tell whether to open the reply box: a question for words in a group, where only replies reach the bot."""
    return not message.buttons and message.asks_for_words and CAPABILITIES[chat.kind].forces_reply


def text_of(chat: Chat, message: Message) -> dict[str, object]:
    """Return the body of sendMessage."""
    body: dict[str, object] = {"chat_id": chat.id, "text": message.text.plain, "link_preview_options": _QUIET}
    if entities := _entities(message.text):
        body["entities"] = entities
    if message.reply_to.isdecimal():
        # Somebody may have deleted the old message: ours has to arrive all the same.
        body["reply_parameters"] = {"message_id": int(message.reply_to), "allow_sending_without_reply": True}
    if message.buttons:
        body["reply_markup"] = {"inline_keyboard": _rows(message)}
    elif asks_for_reply(chat, message):
        body["reply_markup"] = {"force_reply": True}
    return body


def poll_of(chat: Chat, message: Message, poll: Poll) -> dict[str, object]:
    """Return the body of sendPoll. The poll is not anonymous: the bot has to be told who voted."""
    others = replace(message, buttons=message.buttons[poll.choices :], rows=())
    body: dict[str, object] = {
        "chat_id": chat.id,
        "question": message.text.plain,
        "options": [{"text": button.label} for button in message.buttons[: poll.choices]],
        "type": "quiz",
        "correct_option_ids": [poll.right],
        "is_anonymous": False,
    }
    if poll.why:
        body["explanation"] = poll.why
    if others.buttons:
        body["reply_markup"] = {"inline_keyboard": _rows(others)}
    return body


def edit_of(chat: Chat, message: Message, message_id: int) -> dict[str, object]:
    """Return the body of editMessageText."""
    return {**text_of(chat, replace(message, reply_to="")), "message_id": message_id}


def sending(chat: Chat, message: Message, item: Attachment, file: File) -> methods.TelegramMethod[types.Message]:
    """Return the call that sends `message` with its attachment `item`, which is `file` for Telegram."""
    words, entities = message.text.plain, _typed_entities(message.text)
    markup = types.ForceReply() if asks_for_reply(chat, message) else _typed_keyboard(message)
    if item.kind == "photo":
        return methods.SendPhoto(
            chat_id=chat.id, photo=file, caption=words, caption_entities=entities, reply_markup=markup
        )
    if item.kind == "audio":
        return methods.SendAudio(
            chat_id=chat.id, audio=file, caption=words, caption_entities=entities, reply_markup=markup
        )
    return methods.SendDocument(
        chat_id=chat.id, document=file, caption=words, caption_entities=entities, reply_markup=markup
    )


def editing(
    chat: Chat, message: Message, message_id: int, item: Attachment, file: File
) -> methods.TelegramMethod[types.Message | bool]:
    """Return the call that edits a caption together with its picture: the old message may show another picture."""
    of = {"photo": types.InputMediaPhoto, "audio": types.InputMediaAudio, "file": types.InputMediaDocument}
    media = of[item.kind](media=file, caption=message.text.plain, caption_entities=_typed_entities(message.text))
    return methods.EditMessageMedia(
        chat_id=chat.id, message_id=message_id, media=media, reply_markup=_typed_keyboard(message)
    )


def menus(menu: Menu) -> Iterator[methods.SetMyCommands]:
    """Yield the lists of commands behind the menu button; personal ones are not offered in groups.

    Telegram would refuse the whole list for a name that is left out here. Its languages are codes of two letters.
    """
    for language, entries in menu.items():
        known = [one for one in entries if _COMMAND.fullmatch(one.name)]
        personal = [types.BotCommand(command=one.name, description=one.about[:_ABOUT]) for one in known][:_COMMANDS]
        shared = [command for one, command in zip(known, personal, strict=False) if not one.personal]
        if language and len(language) != len("en"):
            continue
        for scope, commands in (
            (types.BotCommandScopeAllPrivateChats(), personal),
            (types.BotCommandScopeAllGroupChats(), shared),
        ):
            yield methods.SetMyCommands(commands=commands, scope=scope, language_code=language or None)


def _entities(text: Text) -> list[dict[str, object]]:
    """Return styles and links as ranges of UTF-16 units."""
    entities: list[dict[str, object]] = []
    at = 0
    for span in text.spans:
        length = utf16_len(span.text)
        if span.style != "plain":
            entities.append({"type": span.style, "offset": at, "length": length})
        if span.link is not None:
            entities.append({"type": "text_link", "offset": at, "length": length, "url": span.link})
        at += length
    return entities


def _rows(message: Message) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = []
    at = 0
    for count in (*message.rows, *[1] * (len(message.buttons) - sum(message.rows))):
        rows.extend(
            [{"text": button.label, "callback_data": button.data} for button in row]
            for row in _narrow(message.buttons[at : at + count])
        )
        at += count
    return rows


def _narrow(buttons: Sequence[Button]) -> list[list[Button]]:
    """Break one wanted row into rows whose labels can be read on a phone."""
    rows: list[list[Button]] = []
    for button in buttons:
        row = rows[-1] if rows else []
        fits = sum(len(other.label) for other in row) + len(button.label) <= ROW_CHARACTERS
        if row and fits and len(row) < _PRIVATE.row_width:
            row.append(button)
        else:
            rows.append([button])
    return rows


def _typed_entities(text: Text) -> list[types.MessageEntity]:
    return [types.MessageEntity.model_validate(entity) for entity in _entities(text)]


def _typed_keyboard(message: Message) -> types.InlineKeyboardMarkup | None:
    if not message.buttons:
        return None
    return types.InlineKeyboardMarkup.model_validate({"inline_keyboard": _rows(message)})
