"""Issuers of documents: the letterhead of a commune from its settings, that of a village's team."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from bot.core.lean.values import replace
from bot.features.commune.settings import UNNAMED, Commune
from bot.features.people import people
from bot.features.rights.table import LEADER
from bot.features.units import Place

from . import wording
from .data import Letterhead

_CITIES = frozenset({"Hà Nội", "Huế", "Hải Phòng", "Đà Nẵng", "Hồ Chí Minh", "Cần Thơ"})
"""Those that stand directly below the state, as provinces do."""


class SigningDetails(Struct, frozen=True):
    """Details that a person gave for a document: its number, its day, its signer. Those not given stay blank."""

    number: int | None = None
    day: date | None = None
    signer: str = ""


def of_commune(settings: Commune, commune: Place, province: Place | None, symbol: str = "BC-UBND") -> Letterhead:
    """Return the letterhead of the people's committee; its chair signs.

    Names come from the unit, the rest from its settings.
    """
    own = settings.letterhead
    addressees = own.addressees or _above(settings, province)
    contact = [
        own.address,
        f"Điện thoại: {settings.phone}" if settings.phone else "",
        f"Thư điện tử: {own.email}" if own.email else "",
        own.website,
    ]
    return Letterhead(
        issuer=("Ủy ban nhân dân", f"{commune.kind} {commune.name}"),
        symbol=symbol,
        place=own.place or commune.name,
        authority=("TM. Ủy ban nhân dân", own.chair_title),
        signer=own.chair_name,
        addressees=addressees,
        recipients=own.recipients or (*(("Như trên",) if addressees else ()), f"Lưu: VT, {own.symbol}"),
        contact="; ".join(part for part in contact if part) if own.address or own.email else "",
    )


def _above(settings: Commune, province: Place | None) -> tuple[str, ...]:
    """Return to whom a commune reports if nothing else is set; its province may be missing among the units."""
    if province is not None:
        return (f"Ủy ban nhân dân {province.kind} {province.name}",)
    if settings.province == UNNAMED:
        return ()
    kind = "thành phố" if settings.province in _CITIES else "tỉnh"
    return (f"Ủy ban nhân dân {kind} {settings.province}",)


async def of_team(village: Place, commune: Place, now: datetime) -> Letterhead:
    """Return the letterhead of the village's team; its leader signs."""
    leaders = await people.holders(LEADER, village.id, now)
    return Letterhead(
        issuer=(wording.TEAM, f"{village.kind} {village.name}"),
        symbol="BC-TCNSCĐ",
        superior=f"UBND {commune.kind} {commune.name}",
        place=commune.name,
        authority=("Tổ trưởng",),
        signer=leaders[0].name if leaders else "",
        addressees=(f"Ủy ban nhân dân {commune.kind} {commune.name}",),
        recipients=("Như trên", "Lưu: Tổ CNSCĐ"),
    )


def signed(head: Letterhead, given: SigningDetails, settings: Commune) -> Letterhead:
    """Return the letterhead with the details that a person gave; a deputy signs for the chair."""
    own = settings.letterhead
    if given.signer and given.signer == own.deputy_name and head.authority[:1] == ("TM. Ủy ban nhân dân",):
        head = replace(head, authority=("TM. Ủy ban nhân dân", f"KT. {own.chair_title}", own.deputy_title))
    return replace(head, number=given.number, day=given.day, signer=given.signer or head.signer)
