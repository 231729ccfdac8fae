"""The villages as a tree with their ways, groups and leaders; one village with everybody who holds a role there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.core.actions import Action
from bot.core.text import Text, upper_first
from bot.features import rights, units
from bot.features.announcements.relays import standing
from bot.features.announcements.relays.actions import ListVillageWays, ShowVillageWays
from bot.features.announcements.relays.standing import VillageStanding
from bot.features.announcements.relays.ways import WAYS, Way
from bot.features.calendar.vietnam import today
from bot.features.groups.channels import Channel
from bot.features.groups.naming import called, name_for
from bot.features.notices.delivery_channels import ChannelOutbox
from bot.features.rights.roster import RosterEntry
from bot.features.units import Place
from bot.handlers.kit.pages import DeskPage
from bot.handlers.people.group_codes import MakeGroupCode, MakeGroupSlips
from bot.handlers.people.inviting import InviteListed, MakeInvite, PickInviteUnit, ShowListed
from bot.handlers.people.listed import MakeSlips
from bot.handlers.people.roster import EndRole
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Do, No, Sheet, TodayLine, Visit

from .giving import picked, roles_to_give

ADDRESS = "/thon"
_GIVES = (PickInviteUnit.code, MakeInvite.code)
FILTERS: Mapping[str, str] = {
    "": msg("Tất cả"),
    "khong-kenh": msg("Chưa có cách nào tới"),
    "khong-to-truong": msg("Chưa có tổ trưởng"),
    "chua-vao": msg("Có người chưa vào"),
}
_GONE = msg("Không có thôn này trong xã, hoặc nó không còn nữa.")
_NOBODY = msg("chưa có ai")


class WayLine(Struct, frozen=True):
    """A way of a village: through whom it goes, and whether the bot can go it now; None: people go it."""

    label: str
    through: str
    carries: bool | None


class RoleLine(Struct, frozen=True):
    """A role on a page. `end` and `invite` are its buttons, None where the visitor has none."""

    entry: RosterEntry
    role: str
    unit: str
    end: Action | None
    invite: Action | None


class VillagesPage:
    """`box` knows the messengers."""

    def __init__(self, box: ChannelOutbox) -> None:
        self._box = box

    async def show(self, visit: Visit) -> Answer:
        found = await standing.of_commune(visit.commune.id, self._box, visit.now)
        chosen = visit.query.get("loc", "")
        shown = [one for one in found if _fits(one, chosen)]
        depths = _depths([one.place for one in found])
        return Sheet(
            "people/villages.html",
            visit.t("Thôn của {commune}", commune=visit.commune.full_name),
            {
                "all": len(found),
                "rows": [(one, depths[one.place.id], self._by(visit, one)) for one in shown],
                "filters": [(code, visit.word(label), code == chosen) for code, label in FILTERS.items()],
                "slips": MakeGroupSlips(visit.commune.id),
                "listed": ShowListed(""),
                "ways": ListVillageWays(visit.commune.id, 0),
                "away": sum(one.away for one in found),
                "without_group": sum(not one.groups for one in found),
            },
        )

    async def show_one(self, visit: Visit) -> Answer:
        place = await _village(visit)
        if place is None:
            return No(visit.t(_GONE))
        (one,) = await standing.of_villages([place], self._box, visit.now)
        size = await units.size(place.id, today(visit.now))
        return Sheet(
            "people/village.html",
            Text.verbatim(upper_first(place.full_name)),
            {
                "one": one,
                "size": size,
                "ways": [self._way_line(visit, one, way) for way in one.ways],
                "groups": [(_group(group), called(group.platform), _state(visit, one, group)) for group in one.groups],
                "people": await people_lines(visit, highest_first(one.roles), {place.id: place}),
                "change_ways": ShowVillageWays(place.id),
                "group_code": MakeGroupCode("village", place.code),
                "team_code": MakeGroupCode("team", place.code),
                "slips": MakeSlips(place.code, again=False) if one.away else None,
                "roles": await roles_to_give(visit, place.id),
            },
        )

    async def give(self, visit: Visit) -> Answer:
        """Begin an invitation to a role in this village; its code comes in the chat of whoever asked."""
        place = await _village(visit)
        if place is None:
            return No(visit.t(_GONE))
        action = await picked(visit, place.code)
        return No(visit.t(_GONE)) if action is None else Do(action, visit.address, visit.word("Mời người"))

    async def today(self, visit: Visit) -> Sequence[TodayLine]:
        """Name the villages that the bot cannot reach, and those without a leader."""
        if not (await rights.decide(visit.who, rights.Act.INVITE, visit.commune.id, on=visit.now)).allowed:
            return []
        found = await standing.of_commune(visit.commune.id, self._box, visit.now)
        lines = []
        if dark := [one.place for one in found if _fits(one, "khong-kenh")]:
            text = visit.t("**{count} thôn** bot chưa có cách nào báo tin tới.", count=len(dark))
            lines.append(TodayLine("bad", text, f"{HOME}{ADDRESS}?loc=khong-kenh", _names(dark)))
        if headless := [one.place for one in found if _fits(one, "khong-to-truong")]:
            text = visit.t("**{count} thôn** chưa có tổ trưởng.", count=len(headless))
            lines.append(TodayLine("late", text, f"{HOME}{ADDRESS}?loc=khong-to-truong", _names(headless)))
        if away := sum(one.away for one in found):
            text = visit.t("**{count} người** có tên trong danh sách mà chưa vào.", count=away)
            lines.append(TodayLine("plan", text, f"{HOME}{ADDRESS}?loc=chua-vao"))
        return lines

    def _by(self, visit: Visit, one: VillageStanding) -> str:
        return "" if one.way is None else visit.word(WAYS[one.way])

    def _way_line(self, visit: Visit, one: VillageStanding, way: Way) -> WayLine:
        label = upper_first(visit.word(WAYS[way]))
        if way == "group":
            names = ", ".join(_group(group) for group in one.groups if group.active)
            return WayLine(label, names or visit.word("chưa có nhóm nào đăng ký"), one.carries(way))
        if way == "relay":
            names = ", ".join(relay.name for relay in one.relays)
            return WayLine(label, names or visit.word(_NOBODY), one.carries(way))
        known = {entry.person_id: entry.name for entry in one.roles}
        name = known.get(one.named.get(way, 0), "")
        return WayLine(label, name or visit.word("chưa ghi ai lo"), None)

    def pages(self) -> Sequence[DeskPage]:
        about = msg("Mỗi thôn nghe tin của xã bằng cách nào, ai đứng đầu, gọi số nào, ai chưa vào.")
        return [
            DeskPage(
                ADDRESS, self.show, act=rights.Act.INVITE, label=msg("Thôn"), order=30, about=about
            ),
            DeskPage(f"{ADDRESS}/{{ma}}", self.show_one, self.give, act=rights.Act.INVITE, reaches=_GIVES),
        ]  # fmt: skip


async def people_lines(visit: Visit, entries: Sequence[RosterEntry], places: Mapping[int, Place]) -> Sequence[RoleLine]:
    """Put entries beside the buttons that this visitor has for them."""
    may = await rights.invitable(visit.who, {(one.role, one.unit_id) for one in entries}, on=visit.now)
    return [
        RoleLine(
            one,
            visit.word(rights.ROLES[one.role]),
            places[one.unit_id].full_name if one.unit_id in places else "",
            EndRole(one.grant_id, sure=False) if mine and one.person_id != visit.person_id else None,
            InviteListed(one.person_id) if mine and not one.come else None,
        )
        for one in entries
        for mine in [(one.role, one.unit_id) in may]
    ]


def highest_first(entries: Sequence[RosterEntry]) -> Sequence[RosterEntry]:
    """Return the entries from the chair to the volunteers: the table of roles begins below."""
    order = list(rights.ROLES)
    return sorted(entries, key=lambda one: -order.index(one.role))


async def _village(visit: Visit) -> Place | None:
    """Return the village of the address; None for one of another commune, or that is gone."""
    code = visit.path.get("ma", "")
    if not units.is_code(code):
        return None
    return next((one for one in await units.villages(visit.commune.id, today(visit.now)) if one.code == code), None)


def _fits(one: VillageStanding, chosen: str) -> bool:
    match chosen:
        case "khong-kenh":
            return one.way is None
        case "khong-to-truong":
            return not one.leaders
        case "chua-vao":
            return one.away > 0
    return True


def _depths(places: Sequence[Place]) -> Mapping[int, int]:
    """Return how deep each lies among the others: a hamlet may lie in a village."""
    above = {place.id: place.parent_id for place in places}
    found: dict[int, int] = {}
    for place in places:
        depth, at = 0, place.parent_id
        while at in above and depth < len(above):
            depth, at = depth + 1, above[at]
        found[place.id] = depth
    return found


def _names(places: Sequence[Place]) -> Text:
    return Text.verbatim(", ".join(place.full_name for place in places))


def _group(group: Channel) -> str:
    return name_for(group.title, group.platform, "")


def _state(visit: Visit, one: VillageStanding, group: Channel) -> str:
    """Say why a group gets nothing; "" for one that does."""
    if not group.active:
        return visit.word(group.reason)
    return "" if group.id in one.living else visit.word("lúc này chưa nhận được tin")
