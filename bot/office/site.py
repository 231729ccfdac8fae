"""The public pages of an installation, as every one of them leads to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.i18n import msg

from .html import Way

GUIDES, NOTICES, PRODUCTS = "/huong-dan", "/thong-bao", "/san-pham"
NOTICE_OF_CODE = "/t"
"""The beginning of the address at which the people of one village read what was pasted into their group."""
POSTER = "ap-phich"
"""Last part of the address of a notice on paper."""
STAGE = "/"
"""The path of the demo's phones."""
OF_DEMO = (STAGE, msg("Bản dùng thử"))
"""Its address and name, for the head of the other pages."""
AMONG = msg("Các trang")


def ways(
    pages: Sequence[tuple[str, str]], word: Callable[[str], str], address: Callable[[str], str], here: str
) -> tuple[Way, ...]:
    """Return the head of a page at the path `here`; the demo's phones have no language and no commune."""
    return tuple(
        Way(word(label), path if path == STAGE else address(path), current=path == here) for path, label in pages
    )
