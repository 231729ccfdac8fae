"""Showcase: products of the villages, written by their owners, shown after the commune agreed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.showcase import personal_data
from bot.features.showcase import photos as product_photos
from bot.features.showcase.notices import ProductNotices
from bot.features.showcase.scheduled_work import ShowcaseSchedule
from bot.handlers.kit.base import Base
from bot.handlers.kit.desk_hooks import DeskHooks
from bot.handlers.kit.family import Contribution, Family, Work
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.pages import DeskPage
from bot.handlers.kit.provisions import CONSENT, HOME
from bot.i18n import msg

from . import common, editing, review, stalls, writing
from .pages import PAGES

MEANINGS = (
    Meaning("wish:products", msg("Sản phẩm của thôn"), command="sanpham"),
    Meaning("wish:sell", msg("Đưa sản phẩm lên"), command="sanpham"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services = base.services
    notices = ProductNotices(services.mail)
    service = common.ProductService(notices, services.audit, given[HOME])
    for meaning in MEANINGS:
        hooks.meanings.add(meaning)
    reviews = review.ProductReviewConversation(service)
    return Contribution(
        [
            stalls.build(stalls.ProductConversation(service, base.shop)),
            writing.build(writing.ProductWritingConversation(service, given[CONSENT], base.anonymous)),
            editing.build(editing.ProductEditingConversation(service, services.jobs)),
            review.build(reviews),
        ],
        jobs={product_photos.KIND: product_photos.TakeProductPhoto(base.by_name, base.store_media, services.mail).run},
        work=[Work("showcase", 600.0, ShowcaseSchedule(notices).tick)],
        desk=lambda: _desk(reviews, hooks.desk),
    )


def _desk(reviews: review.ProductReviewConversation, desk: DeskHooks) -> Sequence[DeskPage]:
    from .desk import by_phone, page

    products = page.ProductsPage()
    desk.today.add(products.today_lines, order=72)
    desk.in_chat.add(by_phone.ProductsByPhone(reviews).kind())
    return [products.page()]


FAMILY = Family(
    "showcase",
    build,
    tables="bot.features.showcase.tables",
    needs=(HOME, CONSENT),
    personal=lambda find_guide: personal_data.personal_tables(),
    pages=PAGES,
)
