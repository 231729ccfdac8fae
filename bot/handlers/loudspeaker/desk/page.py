"""The page of loudspeakers: when each village's speaks and who presses play, and the recordings."""

from __future__ import annotations

from bot.core.messages import Button
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.loudspeaker import plans, recordings
from bot.features.loudspeaker.actions import (
    DropPlan,
    HearRecording,
    ListRecordings,
    OpenLoudspeaker,
    ShowPlays,
    WritePlan,
)
from bot.features.loudspeaker.plans import LoudspeakerPlan
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.kit.pages import DeskPage
from bot.handlers.loudspeaker.wording import line_of
from bot.i18n import msg
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import Answer, Visit

ADDRESS = "/loa"
_SHOWN = 20


class LoudspeakerPage:
    async def show(self, visit: Visit) -> Answer:
        day, word = today(visit.now), visit.word
        villages = await units.villages(visit.commune.id, day)
        planned = await plans.of_each([one.id for one in villages], day)
        villages.sort(key=lambda one: not planned[one.id])
        ready = await recordings.ready_recordings(visit.commune.id, _SHOWN)
        made = [Card(one.title, buttons=[Button.to(word("Nghe"), HearRecording(one.id))]) for one in ready]
        sections = [
            Section(word("Lịch loa các thôn"), [self._village(visit, one, planned[one.id]) for one in villages]),
            Section(word("Bản phát loa"), made, word("Chưa có bản nào. Chọn “Làm bản phát loa”.")),
        ]
        top = Top(
            [
                Button.to(word("Làm bản phát loa"), OpenLoudspeaker()),
                Button.to(word("Các bản phát loa"), ListRecordings()),
                Button.to(word("Nhật ký phát loa"), ShowPlays()),
            ]
        )
        return sheet_of(visit, visit.t("Loa truyền thanh"), sections, top)

    def _village(self, visit: Visit, place: Place, own: list[LoudspeakerPlan]) -> Card:
        word = visit.word
        buttons = [Button.to(word("Sửa lịch") if own else word("Đặt lịch"), WritePlan(place.code))]
        buttons += [
            Button.to(word("Bỏ lịch") + (f": {one.spot}" if one.spot else ""), DropPlan(one.id, one.version))
            for one in own
        ]
        lines = [line_of(visit, one, named_too=True) for one in own]
        return Card(place.full_name, lines, "" if own else word("chưa có lịch"), "late", buttons)

    def page(self) -> DeskPage:
        about = msg("Loa thôn nào phát lúc nào, ai bật; bản phát loa đã duyệt.")
        return DeskPage(ADDRESS, self.show, act=Act.PLAN_LOUDSPEAKER, label=msg("Loa"), order=64, about=about)
