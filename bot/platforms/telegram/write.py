"""Messages of the bot in the form of the Bot API: plain JSON for text, aiogram's types for messages with a file.

Limits are those of Bot API 10 (core.telegram.org/bots/api).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.core.events import Chat, ChatKind
from bot.core.messages import Attachment, Button, Message, Poll
from bot.core.platform import Capabilities
from bot.core.text import Text, utf16_len

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
    ("dovui", "Đố vui trong nhóm của thôn", "A quiz in the village's group"),
    ("dangky", "Đăng ký nhóm của thôn", "Register the village's group"),
    ("ngonngu", "Đổi ngôn ngữ", "Change the language"),
    ("chulon", "Chữ lớn, mỗi tin một câu", "Large text, one sentence per message"),
    ("huy", "Hủy việc đang làm", "Cancel"),
    ("dung", "Ngừng nhận tin", "Stop messages"),
    ("start", "Bắt đầu lại", "Start"),
)
_MENU_PRIVATE = (
    ("cauhoi", "Mỗi ngày một câu hỏi", "One question a day"),
    ("moi", "Tạo mã mời", "Create an invitation code"),
    ("dulieu", "Dữ liệu của tôi", "My data"),
    ("xoadulieu", "Xóa dữ liệu của tôi", "Erase my data"),
)

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


def menus() -> Iterator[methods.SetMyCommands]:
    """Yield the lists of commands behind the menu button; personal ones are not offered in groups."""
    for scope, menu in (
        (types.BotCommandScopeAllPrivateChats(), _MENU + _MENU_PRIVATE),
        (types.BotCommandScopeAllGroupChats(), _MENU),
    ):
        vietnamese = [types.BotCommand(command=name, description=words) for name, words, _ in menu]
        english = [types.BotCommand(command=name, description=words) for name, _, words in menu]
        yield methods.SetMyCommands(commands=vietnamese, scope=scope)
        yield methods.SetMyCommands(commands=english, scope=scope, language_code="en")


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
