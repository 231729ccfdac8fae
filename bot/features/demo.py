"""The commune of the demo: xã Yên Mô with thôn Lạc Hiền and eleven invented villages.

The commune and Lạc Hiền exist; the other villages are invented and say so wherever they are named. All counts are made
up, in the size of ordinary villages. The commune was made of three on 1 July 2025; people still use their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from bot.features import channels, people, units
from bot.features.accounts import Account
from bot.features.privacy import consent
from bot.features.rights.table import CHAIR, DEPUTY, LEADER, OFFICER

PROVINCE, COMMUNE, VILLAGE = "ninh-binh", "yen-mo", "lac-hien"

_FOUNDED = date(2025, 7, 1)
_OLD_COMMUNES = ("Yên Hòa", "xã Yên Hòa", "thị trấn Yên Thịnh", "Yên Thịnh", "xã Khánh Dương", "Khánh Dương")


class _Village(NamedTuple):
    code: str
    kind: str
    name: str
    households: int
    adults: int
    alias: str = ""
    invented: bool = True


_VILLAGES = (
    _Village(VILLAGE, "thôn", "Lạc Hiền", 326, 812, invented=False),
    _Village("thon-1-yen-hoa", "thôn", "1 Yên Hòa", 298, 741, "thôn 1"),
    _Village("thon-1-khanh-duong", "thôn", "1 Khánh Dương", 341, 858, "thôn 1"),
    _Village("thon-10", "thôn", "10", 274, 689),
    _Village("dong-sen", "thôn", "Đồng Sen", 352, 877),
    _Village("dong-tay", "thôn", "Đông Tây", 418, 1043, "xóm Đông"),
    _Village("ben-do", "thôn", "Bến Đò", 287, 716),
    _Village("cau-da", "thôn", "Cầu Đá", 311, 779),
    _Village("xom-4", "xóm", "4", 236, 588),
    _Village("xom-chua", "xóm", "Chùa", 253, 634),
    _Village("to-dan-pho-1", "tổ dân phố", "1", 367, 926),
    _Village("to-dan-pho-2", "tổ dân phố", "2", 389, 968),
)


async def fill() -> bool:
    """Make the demo's units, inside the caller's transaction; False when the installation has units already."""
    if await units.everything():
        return False
    await units.create(PROVINCE, "tỉnh", "Ninh Bình", valid_from=_FOUNDED)
    await units.create(COMMUNE, "xã", "Yên Mô", parent=PROVINCE, valid_from=_FOUNDED, aliases=_OLD_COMMUNES)
    for village in _VILLAGES:
        made = await units.create(
            village.code,
            village.kind,
            village.name,
            parent=COMMUNE,
            valid_from=_FOUNDED,
            aliases=[village.alias] if village.alias else (),
            fictitious=village.invented,
        )
        await units.count(made.id, _FOUNDED, households=village.households, adults=village.adults)
    return True


class _Official(NamedTuple):
    name: str
    role: str
    unit: str


_OFFICIALS = {
    "leader": _Official("Bác Tư", LEADER, VILLAGE),
    "deputy": _Official("Chị Mai", DEPUTY, VILLAGE),
    "officer": _Official("Cô Lan", OFFICER, COMMUNE),
    "chair": _Official("Ông Nam", CHAIR, COMMUNE),
}
"""The people of the demo by the key of their phone; all names are invented."""


async def settle(platform: str, accounts: Mapping[str, tuple[str, str]], group: str, now: datetime) -> None:
    """Give the demo's people their roles and Lạc Hiền its group, inside the caller's transaction; twice is once.

    `accounts` are (person, private chat) on `platform` by the keys leader, deputy, officer and chair.
    """
    for key, (native_id, chat_id) in accounts.items():
        official = _OFFICIALS[key]
        account = Account(platform, native_id)
        if not await consent.has_consent(account):
            await consent.agree(account, chat_id, official.name, now)
        person_id = await people.remember(account, chat_id, official.name, now)
        unit = await units.get(official.unit)
        if unit is None:
            raise LookupError(f"the demo has no unit {official.unit}")
        await people.grant(person_id, official.role, unit.id, now)
    village = await units.get(VILLAGE)
    if village is not None and await channels.of_chat(platform, group) is None:
        await channels.register(platform, group, village.id, "village", "Nhóm thôn Lạc Hiền", now)
