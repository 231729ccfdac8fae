"""The README's table of platforms is what the adapters declare. UPDATE_README=1 writes it anew."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bot.core.events import ChatKind
from bot.core.platform import Capabilities
from bot.platforms import gapo, zalo
from bot.platforms._bridge_caps import Declared
from bot.platforms._telegram_write import CAPABILITIES as TELEGRAM
from bot.platforms._zalo_oa_write import CAPABILITIES as ZALO_OA
from bot.platforms._zalo_oa_write import capabilities as zalo_oa_capabilities
from bot.platforms.console import Console
from bot.platforms.web.adapter import RICH_CAPABILITIES
from bot.testing import PLAIN

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- platforms -->\n", "<!-- /platforms -->"
KINDS: Mapping[ChatKind, str] = {"private": "riêng", "group": "nhóm"}


def _declared() -> Mapping[str, Mapping[ChatKind, Capabilities]]:
    return {
        "Telegram (`telegram`)": TELEGRAM,
        "Trang web của xã (`web`)": {"private": RICH_CAPABILITIES},
        "Zalo Bot (`zalo`)": zalo.CAPABILITIES,
        "Zalo OA (`zalo_oa`)": ZALO_OA,
        "Zalo OA, bật nút (`zalo_oa`)": {"private": zalo_oa_capabilities(buttons=True, template=False)["private"]},
        "GapoWork (`gapo`)": gapo.CAPABILITIES,
        "Cổng nối, mẫu Mocha (`bridge`)": _profile("gateway-mocha.json"),
        "Cổng nối, mẫu SMS (`bridge`)": _profile("gateway-sms.json"),
        "Cửa sổ lệnh (`console`)": Console.capabilities,
    }


def _profile(name: str) -> Mapping[ChatKind, Capabilities]:
    """What the adapter makes of a gateway's document, where the bot has a public address."""
    declared = Declared(public=True)
    assert declared.take((README.parent / "docs" / name).read_bytes())
    return declared


def _heard(can: Capabilities) -> str:
    if not can.answers:
        return "–"
    return "mọi tin" if can.hears_everything else "tin gọi tên bot"


def _row(name: str, kind: ChatKind, can: Capabilities) -> str:
    cells = [
        name,
        KINDS[kind],
        f"{can.text_limit}",
        f"{can.buttons}" if can.buttons else "số" if can.answers else "–",
        "có" if can.edit else "–",
        "có" if can.styles else "–",
        {"upload": "có", "url": "qua địa chỉ công khai", "none": "–"}[can.photos],
        "có" if can.audio_limit else "đường dẫn",
        "có" if can.file_limit else "đường dẫn",
        _heard(can),
    ]
    return "| " + " | ".join(cells) + " |"


def table() -> str:
    head = "| ứng dụng | cuộc | dài nhất | nút | sửa tin | kiểu chữ | ảnh | âm thanh | tệp | nghe được |"
    rows = [_row(name, kind, can) for name, kinds in _declared().items() for kind, can in kinds.items()]
    return "\n".join([head, "|" + "---|" * 10, *rows]) + "\n"


def test_the_readme_shows_what_the_adapters_declare() -> None:
    text = README.read_text("utf-8")
    before, rest = text.split(BEGIN)
    shown, after = rest.split(END)
    if os.environ.get("UPDATE_README"):
        README.write_text(before + BEGIN + table() + END + after, "utf-8")
        return
    assert shown == table()


def test_the_plain_profile_is_no_richer_than_the_poorest_messenger() -> None:
    """PLAIN stands for Zalo Bot: what passes there must pass here."""
    for kind, plain in PLAIN.items():
        real = zalo.CAPABILITIES[kind]
        assert plain.text_limit <= real.text_limit
        assert plain.buttons <= real.buttons
        assert plain.hears_everything <= real.hears_everything or kind == "private"
