"""A workbook of banks read back, change by change, to whoever sent it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.i18n import msg

from . import importing
from .actions import ApplyBanks, DropBanks

_READ_BACK = msg("Tôi đọc được như sau. Chưa có gì thay đổi, đến khi bác chọn “Đúng”.")
_SAME = msg("Tệp giống hệt câu hỏi đang dùng, không có gì thay đổi.")
_BANK = msg("**Bộ “{bank}”:**")
_LINES: Mapping[str, str] = {
    "+": msg("+ thêm: {question} → {right}"),
    "~": msg("~ sửa: {question} → {right}"),
    "-": msg("− thôi hỏi: {question}"),
}


class Say(Protocol):
    """A translated template with its values filled in."""

    def __call__(self, template: str, /, **values: Text | str | int) -> Text: ...


async def read_back(pending_id: int, t: Say, word: Callable[[str], str]) -> Message:
    """Show every change of a pending import, with "Đúng". Forget it at once if it would change nothing."""
    one = await importing.pending(pending_id)
    found = [] if one is None else await importing.changes(one.commune_id, one.sheets)
    if one is None or not found:
        await importing.drop(pending_id)
        return Message(t(_SAME))
    shown = importing.digest(found, one.sheets)
    await importing.set_shown(one.id, shown)
    lines, bank = [t(_READ_BACK)], ""
    for each in found:
        if each.bank != bank:
            bank = each.bank
            lines.append(t(_BANK, bank=bank))
        lines.append(t(_LINES[each.mark], question=each.text, right=each.right))
    buttons = (Button.to(word("Đúng"), ApplyBanks(one.id, shown)), Button.to(word("Hủy"), DropBanks(one.id)))
    return Message(Text.join("\n", lines), buttons)
