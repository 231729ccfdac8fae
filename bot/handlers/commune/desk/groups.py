"""In which groups the villages get their messages: a village goes on in another one, a commune leaves a messenger."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.messages import Button
from bot.core.text import Text, upper_first
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.groups.channels import RETIRED, Channel
from bot.features.groups.naming import called, name_of
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.commune.group_moves import (
    ChooseVillage,
    ComeBack,
    LeaveMessenger,
    MoveTo,
    ShowMessageGroups,
    with_choice,
    without_group,
)
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.cards import Card, Section, sheet_of
from bot.office.desk.visit import Answer, Visit

ADDRESS = "/kenh"


class GroupsPage:
    async def show(self, visit: Visit) -> Answer:
        commune, word = visit.commune, visit.word
        found = await channels.of_commune(commune.id, today(visit.now), active_only=False)
        active = [one for one in found if one.active and one.purpose != "sandbox"]
        messengers = self._messengers(visit, found, active)
        if without := await without_group(visit, commune, active):
            messengers.append(Card(word("Chưa có kênh nào"), [", ".join(without)], word("cần mời"), "late"))
        several = [await self._village(visit, *one) for one in (await with_choice(visit, commune)).items()]
        sections = [
            Section(word("Ứng dụng"), messengers, word("Chưa thôn nào có nhóm. Lấy mã nhóm ở trang Thôn.")),
            Section(word("Thôn có nhiều nhóm"), several, word("Mỗi thôn chỉ có một nhóm, nên không có gì để chuyển.")),
        ]
        return sheet_of(visit, visit.t("Kênh của {unit}", unit=commune.full_name), sections)

    def _messengers(self, visit: Visit, found: Sequence[Channel], active: Sequence[Channel]) -> list[Card]:
        commune = visit.commune
        used = sorted({one.platform for one in active})
        cards = []
        for platform in used:
            count = sum(one.platform == platform for one in active)
            leave = Button.to(
                visit.word("Chuyển hết khỏi {platform}").format(platform=called(platform)),
                LeaveMessenger(commune.id, platform, sure=False),
            )
            line = visit.t("{count} nhóm đang dùng.", count=count)
            cards.append(Card(called(platform), [line], buttons=[leave] if len(used) > 1 else []))
        for platform in sorted({one.platform for one in found if one.reason == RETIRED}):
            back = Button.to(
                visit.word("Dùng lại {platform}").format(platform=called(platform)), ComeBack(commune.id, platform)
            )
            cards.append(Card(called(platform), [visit.word(RETIRED)], visit.word("đã rời"), "plan", [back]))
        return cards

    async def _village(self, visit: Visit, place: Place, groups: Sequence[Channel]) -> Card:
        lines: list[Text | str] = []
        buttons = []
        for one in groups:
            name = await name_of(one, place.full_name)
            state = Text.verbatim("" if one.active else f" ({visit.word(one.reason)})")
            lines.append(visit.t("“{group}” trên {platform}", group=name, platform=called(one.platform)) + state)
            buttons.append(Button.to(f"{called(one.platform)}: {name}", MoveTo(one.id, sure=False)))
        return Card(upper_first(place.full_name), lines, buttons=buttons)

    def page(self) -> DeskPage:
        about = msg("Thôn nhận tin ở nhóm nào. Chọn nhóm mà thôn dùng từ nay; các nhóm kia thôi nhận tin.")
        reaches = (ShowMessageGroups.code, ChooseVillage.code)
        return DeskPage(
            ADDRESS, self.show, act=Act.REGISTER_CHAT, label=msg("Kênh"), order=31, about=about, reaches=reaches
        )
