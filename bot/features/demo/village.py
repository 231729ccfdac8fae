"""The commune of the demo: xã Yên Mô with thôn Lạc Hiền and eleven invented villages.

The commune and Lạc Hiền exist; the other villages are invented and say so wherever they are named. All counts are made
up, in the size of ordinary villages. The commune was made of three on 1 July 2025; people still use their names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import NamedTuple

from tortoise.transactions import in_transaction

from bot.core.machine import clock
from bot.features import units
from bot.features.groups import channels
from bot.features.loudspeaker import recordings
from bot.features.loudspeaker.mastering import Mastered
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy import consent
from bot.features.rights.table import CHAIR, DEPUTY, LEADER, MEMBER, OFFICER, VILLAGE_HEAD
from bot.i18n import msg

_SOUND = "storm.mp3"
_SOUND_MEASURED = (13.0, -16.4, -2.0)  # seconds, LUFS, dBTP
PROVINCE, COMMUNE, VILLAGE = "ninh-binh", "yen-mo", "lac-hien"

LADDERS = dict.fromkeys(("routine", "urgent"), (timedelta(seconds=15), timedelta(minutes=2), timedelta(minutes=4)))
"""Nobody who tries the demo waits for two hours until a village is reminded."""

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


async def is_here() -> bool:
    """Tell whether this installation holds only the demo, or nothing yet: only such data may be deleted."""
    places = await units.everything()
    return not places or any(place.fictitious for place in places)


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
    "member": _Official("Anh Hùng", MEMBER, VILLAGE),
    "officer": _Official("Cô Lan", OFFICER, COMMUNE),
    "chair": _Official("Ông Nam", CHAIR, COMMUNE),
    "leader-2": _Official("Bác Hải", LEADER, "dong-sen"),
    "leader-3": _Official("Cô Thủy", LEADER, "ben-do"),
    "relay": _Official("Chú Phúc", VILLAGE_HEAD, "cau-da"),
}
"""The people of the demo by the key of their phone; all names are invented."""


async def settle(
    platform: str, accounts: Mapping[str, tuple[str, str]], groups: Mapping[str, str], now: datetime
) -> None:
    """Give the demo's people their roles and villages their groups, inside the caller's transaction; twice is once.

    `accounts` are (person, private chat) on `platform` by keys as leader, officer and chair; `groups` ids of groups by
    the village's code.
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
    for code, group in groups.items():
        village = await units.get(code)
        if village is not None and await channels.of_chat(platform, group) is None:
            await channels.register(platform, group, village.id, "village", f"Nhóm {village.full_name}", now)


async def record(store_as: Callable[[str, bytes], Awaitable[str]], now: datetime) -> None:
    """Add a recording that is approved already, since a person who tries the demo has no file to send. Idempotent."""
    commune = await units.get(COMMUNE)
    if commune is None or await recordings.ready_recordings(commune.id, 1):
        return
    sound = files(__package__).joinpath(_SOUND).read_bytes()
    media = await store_as("bao-so-5.mp3", sound)
    async with in_transaction():
        made = await recordings.begin(commune.id, "read", "Bão số 5 (giọng máy, ví dụ)", author=None, now=now)
        await recordings.made(made.id, media, Mastered(sound, *_SOUND_MEASURED))
        await recordings.decide(made.id, "approved", None, now)


async def at_the_desk() -> Mapping[str, tuple[str, int]]:
    """Return who may sit down at the demo's desk without a messenger: how a button names them, and the person."""
    place = await units.get(COMMUNE)
    found: dict[str, tuple[str, int]] = {}
    seats = {OFFICER: msg("Ngồi vào bàn công chức ({name})"), CHAIR: msg("Ngồi vào bàn Chủ tịch ({name})")}
    for role, label in seats.items():
        holders = [] if place is None else await people.holders(role, place.id, clock.now())
        if holders:
            found[role] = label.replace("{name}", holders[0].name), holders[0].person_id
    return found
