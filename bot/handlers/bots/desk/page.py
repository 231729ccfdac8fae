"""The commune's own bots and official accounts: added, changed, switched off and on; no secret is ever shown."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.bots import accounts
from bot.features.bots.accounts import FurtherAccount
from bot.features.bots.door import AccountDoor, AccountRefused
from bot.features.groups.naming import called
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import HOME, Answer, Go, No, Sheet, Visit

ADDRESS = "/bot"
_ADD, _CHANGE, _SWITCH = f"{ADDRESS}/them", f"{ADDRESS}/doi", f"{ADDRESS}/bat-tat"
LONGEST = 4000
_GONE = msg("Xã không có bot này, hoặc có người vừa đổi nó. Mời xem lại.")
_ON, _OFF = msg("Đã bật lại **{name}**; tin chờ thì tự đi."), msg("Đã tắt **{name}**. Tin chờ thì giữ lại.")
_TAKEN = msg("Đã có bot mang tên này. Mời chọn mã khác, hoặc đổi bot ấy ở dưới.")


class BotsPage:
    def __init__(self, door: AccountDoor, audit: Audit) -> None:
        self._door = door
        self._audit = audit

    async def show(self, visit: Visit) -> Answer:
        return await self._sheet(visit)

    async def _sheet(self, visit: Visit, why: Text | None = None, status: int = 200) -> Sheet:
        return Sheet(
            "bots/page.html",
            visit.t("Bot và OA của xã"),
            {
                "why": why,
                "found": await accounts.every(visit.commune.id),
                "called": called,
                "vendors": [(name, called(name)) for name in self._door.vendors()],
                "typed": visit,
                "code": visit.said("ma") or visit.commune.code[: accounts.MOST_CODE],
                "longest": LONGEST,
                "longest_code": accounts.MOST_CODE,
                "to": {"add": HOME + _ADD, "change": HOME + _CHANGE, "switch": HOME + _SWITCH},
            },
            status,
        )

    async def add(self, visit: Visit) -> Answer:
        try:
            name = self._door.name_of(visit.said("ung-dung"), visit.said("ma"))
            options = await self._door.sealed(name, visit.said("cau-hinh")[:LONGEST])
        except AccountRefused as refused:
            return await self._sheet(visit, Text.verbatim(str(refused)), 400)
        done = False
        async with visit.once(HOME + ADDRESS) as first:
            if first:
                done = await accounts.add(name, visit.commune.id, options, visit.now)
                if done:
                    await self._audit.append(visit.person_id, "bot_account_added", f"bot:{name}", visit.now)
        if first and not done:
            return await self._sheet(visit, visit.t(_TAKEN), 409)
        self._door.changed()
        return Go(HOME + ADDRESS, visit.t("Đã thêm **{name}**. Vài giây nữa bot chạy.", name=called(name)))

    async def change(self, visit: Visit) -> Answer:
        """Change the settings that were typed; the others stay."""
        one = await self._own(visit)
        if one is None:
            return No(visit.t(_GONE))
        try:
            options = await self._door.sealed(one.name, visit.said("cau-hinh")[:LONGEST], one.sealed)
        except AccountRefused as refused:
            return await self._sheet(visit, Text.verbatim(str(refused)), 400)
        done = False
        async with visit.once(HOME + ADDRESS) as first:
            if first:
                done = await accounts.change(one, options, visit.commune.id, visit.now)
                if done:
                    await self._audit.append(visit.person_id, "bot_account_changed", f"bot:{one.name}", visit.now)
        if first and not done:
            return No(visit.t(_GONE))
        self._door.changed()
        return Go(HOME + ADDRESS, visit.t("Đã đổi **{name}**.", name=called(one.name)))

    async def switch(self, visit: Visit) -> Answer:
        one, on = await self._own(visit), visit.said("bat") == "1"
        if one is None:
            return No(visit.t(_GONE))
        done = False
        async with visit.once(HOME + ADDRESS) as first:
            if first:
                done = await accounts.switch(one, visit.now, at_work=on)
                if done:
                    act = "bot_account_on" if on else "bot_account_off"
                    await self._audit.append(visit.person_id, act, f"bot:{one.name}", visit.now)
        if first and not done:
            return No(visit.t(_GONE))
        self._door.changed()
        return Go(HOME + ADDRESS, visit.t(_ON if on else _OFF, name=called(one.name)))

    async def _own(self, visit: Visit) -> FurtherAccount | None:
        """Return the account that a form names, if it is this commune's and as it was when the page was made."""
        one = await accounts.find(visit.said("ten"))
        same = one is not None and one.home is not None and one.home.unit_id == visit.commune.id
        return one if one is not None and same and str(one.version) == visit.said("ban") else None

    def pages(self) -> Sequence[DeskPage]:
        act = Act.CHANGE_SETTINGS
        about = msg("Thêm bot, trang OA riêng của xã; đổi mã, tắt, bật lại. Mã đã nhập thì không hiện lại.")
        return [
            DeskPage(ADDRESS, self.show, act=act, label=msg("Bot và OA của xã"), order=88, about=about),
            DeskPage(_ADD, None, self.add, act=act, about=about),
            DeskPage(_CHANGE, None, self.change, act=act, about=about),
            DeskPage(_SWITCH, None, self.switch, act=act),
        ]
