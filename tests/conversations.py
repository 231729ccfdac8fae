"""The real conversations on fake messengers, for tests of what people see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

from bot.assembly import families, pages
from bot.assembly.app import drawing_of, read_content
from bot.assembly.services import make_services
from bot.core.platform import Platform
from bot.core.router import Router
from bot.features.commune import settings as commune
from bot.features.unheard.second_look import Choose
from bot.handlers.kit.base import Base, Content, Services
from bot.handlers.kit.media import StoreAs, StoreMedia
from bot.handlers.kit.unkept import Forget
from bot.settings import Settings
from bot.storage.media import MediaFiles
from bot.testing import RICH, FakePlatform
from tests.families import OFF

GUIDES = Path(__file__).parent.parent / "guides"
KEY = b"k" * 32


def pictures(folder: Path) -> Callable[[str], Path | None]:
    """The files of the guides' pictures; those that are drawn from words come into this folder."""
    media = MediaFiles(folder / "media", GUIDES, None, drawing_of(content().guides))
    return lambda file: media.path(f"guides/{file}")


@cache
def content() -> Content:
    """What a demo reads at its start. It is read once for all tests: nothing in it changes."""
    return content_of(GUIDES)


def content_of(guides: Path) -> Content:
    """The same with the guides of any folder."""
    return read_content(Settings(guides_dir=guides, data_dir=Path("/nonexistent")), default=commune.DEMO)


def services_of(
    shipped: Content, platform: FakePlatform, db: BaseDBAsyncClient, media: MediaFiles | None = None
) -> Services:
    """The services of a bot on one messenger."""
    return make_services(
        KEY,
        db,
        shipped,
        {platform.name: platform.capabilities},
        link_to=lambda name: None,
        locale="vi",
        now=lambda: datetime.now(UTC),
        wake=lambda *_: None,
        usage={platform.name: platform.usage},
        received=media,
    )


async def _not_kept(name: str, data: bytes) -> str:
    return name


async def _not_kept_either(data: bytes, mime: str) -> str:
    return f"{len(data)}.png"


def build_router(
    shipped: Content,
    platform: FakePlatform | None = None,
    *,
    anonymous: frozenset[str] = frozenset(),
    site: str | None = None,
    page: FakePlatform | None = None,
    media: MediaFiles | None = None,
    without: Sequence[str] = (),
) -> Router:
    """All conversations of a bot on the database that is open now; `site` is its public address.

    On `page` nobody has a role.

    `media` holds what people send on the page, where the platform is one.
    """
    platform = platform or FakePlatform(RICH)

    async def store_media(data: bytes, mime: str) -> str:
        return f"{len(data)}.png"

    services = services_of(shipped, platform, get_connections().get("default"), media)
    return joined(
        shipped,
        services,
        [platform] if page is None else [platform, page],
        store_media,
        anonymous=anonymous if page is None else anonymous | {page.name},
        poster=pages.poster_address(Settings(public_url=site), services.commune_settings),
        notice=pages.notice_address(Settings(public_url=site), services.commune_settings),
        forget=None if media is None else media.forget_these,
        without=without,
    ).router


def base_of(shipped: Content, db: BaseDBAsyncClient) -> Base:
    """The ground of a bot on a rich messenger."""
    platform = FakePlatform(RICH)
    return Base(shipped, services_of(shipped, platform, db), [platform], _not_kept_either, _not_kept)


def joined(
    shipped: Content,
    services: Services,
    platforms: Sequence[Platform],
    store_media: StoreMedia,
    store_as: StoreAs = _not_kept,
    *,
    anonymous: frozenset[str] = frozenset(),
    off: Mapping[str, str] = MappingProxyType({}),
    poster: Callable[[str, str], str | None] = lambda code, label: None,
    notice: Callable[[str, str], str | None] = lambda code, label: None,
    forget: Forget | None = None,
    without: Sequence[str] = (),
    choose: Choose | None = None,
) -> families.Conversations:
    """All families joined, but those that are switched off (`without`)."""
    base = Base(
        shipped,
        services,
        platforms,
        store_media,
        store_as,
        anonymous=anonymous,
        off=off,
        poster=poster,
        notice=notice,
        forget=forget,
        choose=choose,
    )
    return families.join(families.discover(dict.fromkeys([*OFF, *without])), base)
