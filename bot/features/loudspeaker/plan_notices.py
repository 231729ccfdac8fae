"""Notices of a plan to those it concerns: the one who is to press play, or those who lead the village."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.messages import Button
from bot.core.text import Text
from bot.features.notices.mail import Mail
from bot.features.units import Place
from bot.i18n import msg

from . import plans
from .actions import NotMe
from .plans import LoudspeakerPlan

_YOU = msg(
    "Bác được ghi là người bật loa {village}, {when}.\n"
    "Xã có bản cần phát thì trước giờ 10 phút tôi nhắc bác, kể cả sáng sớm. Phát xong bác chọn “Đã phát”."
)
_LEAD = msg(
    "Lịch loa {village} vừa được đặt: {when}. Chưa ghi ai bật, nên đến giờ tôi nhắc bác.\n"
    "Bác gõ “lịch loa” để xem, sửa, hoặc ghi người bật."
)
_DECLINED = msg("Người bật loa {village} vừa báo không bật nữa. Đến giờ tôi nhắc bác, cho tới khi bác ghi người khác.")


class PlanNotices:
    """Everything is written inside the caller's transaction."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    async def set(self, plan: LoudspeakerPlan, place: Place, by: int | None, now: datetime) -> None:
        """Tell those concerned, except `by`, who set the plan."""
        when, village = self.when(plan), self._village(plan, place)
        key = f"lichloa{plan.id}:v{plan.version}"
        if plan.player_id is not None:
            if plan.player_id != by:
                no = Button.to(self._mail.word(msg("Tôi không bật loa")), NotMe(plan.id))
                await self._mail.tell(
                    plan.player_id, self._mail.t(_YOU, village=village, when=when), [no], key=key, now=now
                )
            return
        text = self._mail.t(_LEAD, village=village, when=when)
        await self._mail.tell_all(await self._leaders(place, by, now), text, key=key, now=now)

    async def declined(self, plan: LoudspeakerPlan, place: Place, by: int, now: datetime) -> None:
        text = self._mail.t(_DECLINED, village=self._village(plan, place))
        key = f"lichloa{plan.id}:v{plan.version}"
        await self._mail.tell_all(await self._leaders(place, by, now), text, key=key, now=now)

    def when(self, plan: LoudspeakerPlan) -> Text:
        return plan.when.told(self._mail.t, self._mail.locale)

    def _village(self, plan: LoudspeakerPlan, place: Place) -> str:
        return place.full_name + (f", {plan.spot}" if plan.spot else "")

    async def _leaders(self, place: Place, by: int | None, now: datetime) -> Sequence[int]:
        return [one for one in await plans.leaders(place.id, now) if one != by]
