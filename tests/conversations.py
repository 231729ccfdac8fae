"""The real conversations on fake messengers, for tests of what people see."""

from __future__ import annotations

from pathlib import Path

from bot.app import Content, build_router, read_content
from bot.features import commune
from bot.settings import Settings

GUIDES = Path(__file__).parent.parent / "guides"


def content(guides: Path = GUIDES) -> Content:
    """What a demo reads at its start, with the guides of any folder."""
    return read_content(Settings(guides_dir=guides, data_dir=Path("/nonexistent")), default=commune.DEMO)


__all__ = ["GUIDES", "build_router", "content"]
