"""A product of the showcase: what is said of it, where it stands, and how much one person may show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from bot.features.showcase.tables import Product as Row
from bot.i18n import msg

State = Literal["draft", "waiting", "published", "returned"]

STATES: Mapping[State, str] = {
    "draft": msg("chưa gửi xã"),
    "waiting": msg("chờ xã xem"),
    "published": msg("đang hiện"),
    "returned": msg("xã trả lại"),
}
TERMS = "2026-11"
"""Of the text that is agreed to (see `shown.CONSENT`): a change of what is shown, where or how long needs a new one."""
SEASON = timedelta(days=180)
ASKED_BEFORE = timedelta(days=14)
"""So long before its end the owner is asked whether it is still sold."""
UNPUBLISHED_FOR = timedelta(days=30)
"""Products that are not shown are deleted after so long without a change."""
LONGEST_NAME, LONGEST_TEXT, LONGEST_PER, LONGEST_CONTACT, LONGEST_REASON = 80, 300, 40, 200, 300


class Most(Struct, frozen=True):
    """How many products one person may have: not shown yet, and in all."""

    unpublished: int
    all: int


OWN = Most(3, 10)
TEAM = Most(10, 60)
"""Of a member of a village's team, who writes for households too."""


class Price(Struct, frozen=True):
    """`amount` in đồng, None where people ask; `per` is “túi 500 gam”, "" where nothing was said."""

    amount: int | None = None
    per: str = ""


class Product(Struct, frozen=True):
    """`contact` is a phone number, its digits alone, or an address that begins with http; `photo` "" is none."""

    id: int
    unit_id: int
    owner_id: int
    behalf: bool
    name: str
    text: str
    price: Price
    contact: str
    photo: str
    state: State
    version: int
    reason: str
    agreed_at: datetime | None
    ends_on: date | None
    changed_at: datetime


def product(row: Row) -> Product:
    state: State = row.state  # type: ignore[assignment]  # written by this package alone
    unit_id = row.key_of("unit")
    owner_id = row.key_of("owner")
    return Product(
        row.id, unit_id, owner_id, row.behalf, row.name, row.text, Price(row.price, row.per), row.contact, row.photo,
        state, row.version, row.reason, row.agreed_at, row.ends_on, row.changed_at,
    )  # fmt: skip
