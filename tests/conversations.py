"""The real conversations on fake messengers, for tests of what people see."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from tortoise.connection import get_connections

from bot import pages, wiring
from bot.app import read_content
from bot.core.router import Router
from bot.features import commune
from bot.services import Content, make_services
from bot.settings import Settings
from bot.testing import RICH, FakePlatform

GUIDES = Path(__file__).parent.parent / "guides"
KEY = b"k" * 32


@cache
def content() -> Content:
    """What a demo reads at its start. It is read once for all tests: nothing in it changes."""
    return content_of(GUIDES)


def content_of(guides: Path) -> Content:
    """The same with the guides of any folder."""
    return read_content(Settings(guides_dir=guides, data_dir=Path("/nonexistent")), default=commune.DEMO)


def build_router(
    shipped: Content,
    platform: FakePlatform | None = None,
    *,
    anonymous: frozenset[str] = frozenset(),
    site: str | None = None,
) -> Router:
    """All conversations of a bot on the database that is open now; `site` is its public address."""
    platform = platform or FakePlatform(RICH)

    async def store_media(data: bytes, mime: str) -> str:
        return f"{len(data)}.png"

    services = make_services(
        KEY,
        get_connections().get("default"),
        shipped,
        {platform.name: platform.capabilities},
        link_to=lambda name: None,
        locale="vi",
        now=lambda: datetime.now(UTC),
        wake=lambda: None,
        usage={platform.name: platform.usage},
    )
    return wiring.build_router(
        shipped,
        services,
        [platform],
        store_media=store_media,
        zone=ZoneInfo("Asia/Ho_Chi_Minh"),
        anonymous=anonymous,
        poster=pages.poster_address(Settings(public_url=site), services.book),
    )
