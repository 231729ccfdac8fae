"""Tokens and addresses of other programs: made, shown once, tried, and taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from bot.core.text import Text
from bot.features import happenings
from bot.features.programs.tokens import DAYS, LONGEST_NAME, MOST
from bot.features.programs.webhooks import LONGEST, NewWebhook, WebhookRefused
from bot.features.rights import Act
from bot.handlers.kit.base import Services
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.addresses import number_of
from bot.office.desk.visit import HOME, Answer, Go, No, Sheet, Visit

ADDRESS = "/phan-mem"
_TOKEN, _REVOKE = f"{ADDRESS}/khoa", f"{ADDRESS}/thu-hoi"
_WEBHOOK, _END, _TRY = f"{ADDRESS}/dia-chi", f"{ADDRESS}/bo", f"{ADDRESS}/thu"
LIVES: Mapping[int, str] = {30: msg("một tháng"), 90: msg("ba tháng"), DAYS: msg("một năm")}
STOPPED: Mapping[str, str] = {
    "failing": msg("đã tắt: năm ngày không trả lời"),
    "gone": msg("đã tắt: bên nhận nói không nhận nữa"),
    "right": msg("đã tắt: người đăng ký không còn vai trò ở xã"),
}
_NO_NAME = msg("Mời ghi khóa này cho phần mềm nào.")
_TOO_MANY = msg("Xã đã có {most} khóa đang dùng. Mời thu hồi khóa không dùng nữa.")
_ONCE = msg("Khóa đã làm rồi và chỉ hiện một lần. Nếu chưa chép, mời thu hồi và làm khóa khác.")
_NOT_YOURS = msg("Xã không có khóa hay địa chỉ này, hoặc nó đã hết hiệu lực.")
_TOLD = msg(
    "Khóa đọc dữ liệu “{name}” vừa được làm bằng tên bác. "
    "Nếu không phải bác làm: mở bàn làm việc, mục Phần mềm khác, và bấm Thu hồi."
)


class ProgramsPage:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def show(self, visit: Visit) -> Answer:
        return await self._sheet(visit)

    async def _sheet(
        self, visit: Visit, *, secret: str = "", opens: str = "", why: Text | None = None, status: int = 200
    ) -> Sheet:
        services, here = self._services, visit.commune.id
        tokens = await services.tokens.listed(here)
        return Sheet(
            "programs/page.html",
            visit.t("Phần mềm khác"),
            {
                "secret": secret,
                "opens": opens,
                "why": why,
                "typed": visit,
                "tokens": [one for one in tokens if one.open(visit.now)],
                "ended": [one for one in tokens if not one.open(visit.now)],
                "hooks": await services.webhooks.listed(here),
                "kinds": {kind: visit.word(label) for kind, label in happenings.KINDS.items()},
                "chosen": visit.all_said("loai"),
                "stopped": {why: visit.word(label) for why, label in STOPPED.items()},
                "lives": {days: visit.word(label) for days, label in LIVES.items()},
                "longest_name": LONGEST_NAME,
                "longest": LONGEST,
                "now": visit.now,
                "to": {
                    "token": HOME + _TOKEN, "revoke": HOME + _REVOKE, "hook": HOME + _WEBHOOK, "end": HOME + _END,
                    "try": HOME + _TRY,
                },
                "host": lambda address: urlsplit(address).netloc,
            },
            status,
        )  # fmt: skip

    async def make_token(self, visit: Visit) -> Answer:
        """Make a token and show it on the page that answers; nobody can see it again."""
        name, days = " ".join(visit.said("ten").split()), number_of(visit.said("han"))
        if not name:
            return await self._sheet(visit, why=visit.t(_NO_NAME), status=400)
        token: str | None = None
        async with visit.once(HOME + ADDRESS) as first:
            if first:
                made_for = visit.person_id, visit.commune.id
                token = await self._services.tokens.make(*made_for, name, days if days in LIVES else DAYS)
                if token is not None:
                    await self._services.tell_person(visit.person_id, visit.t(_TOLD, name=name[:LONGEST_NAME]))
        if not first:
            return Go(HOME + ADDRESS, visit.t(_ONCE))
        if token is None:
            return await self._sheet(visit, why=visit.t(_TOO_MANY, most=MOST), status=409)
        return await self._sheet(visit, secret=token, opens="token")

    async def revoke(self, visit: Visit) -> Answer:
        token_id = number_of(visit.said("khoa"))
        async with visit.once(HOME + ADDRESS) as first:
            done = first and await self._services.tokens.revoke(token_id, visit.commune.id, visit.person_id)
        if first and not done:
            return No(visit.t(_NOT_YOURS))
        return Go(HOME + ADDRESS, visit.t("Đã thu hồi khóa. Phần mềm dùng khóa ấy không đọc được nữa."))

    async def register(self, visit: Visit) -> Answer:
        """Register an address and show its secret on the page that answers."""
        made: NewWebhook | WebhookRefused | None = None
        async with visit.once(HOME + ADDRESS) as first:
            if first:
                made = await self._services.webhooks.register(
                    visit.person_id, visit.commune.id, visit.said("dia-chi"), visit.all_said("loai")
                )
        if made is None:
            return Go(HOME + ADDRESS, visit.t(_ONCE))
        if isinstance(made, WebhookRefused):
            return await self._sheet(visit, why=visit.t(made.why, most=made.most), status=400)
        return await self._sheet(visit, secret=made.secret, opens="hook")

    async def end(self, visit: Visit) -> Answer:
        webhook_id = number_of(visit.said("so"))
        async with visit.once(HOME + ADDRESS) as first:
            done = first and await self._services.webhooks.end(webhook_id, visit.commune.id, visit.person_id)
        if first and not done:
            return No(visit.t(_NOT_YOURS))
        return Go(HOME + ADDRESS, visit.t("Đã bỏ địa chỉ này. Không có gì gửi tới đó nữa."))

    async def ping(self, visit: Visit) -> Answer:
        webhook_id = number_of(visit.said("so"))
        async with visit.once(HOME + ADDRESS) as first:
            done = first and await self._services.webhooks.ping(webhook_id, visit.commune.id)
        if first and not done:
            return No(visit.t(_NOT_YOURS))
        self._services.jobs.woken.set()
        return Go(HOME + ADDRESS, visit.t("Đang gửi một tin thử. Kết quả hiện ở dòng của địa chỉ sau ít giây."))

    def pages(self) -> Sequence[DeskPage]:
        act = Act.CONNECT_PROGRAMS
        about = msg("Cho phần mềm khác đọc dữ liệu của xã hoặc nhận tin khi có việc mới, và thu hồi khi không cần nữa.")
        return [
            DeskPage(ADDRESS, self.show, act=act, label=msg("Phần mềm khác"), order=89, about=about),
            DeskPage(_TOKEN, None, self.make_token, act=act, about=about),
            DeskPage(_REVOKE, None, self.revoke, act=act),
            DeskPage(_WEBHOOK, None, self.register, act=act, about=about),
            DeskPage(_END, None, self.end, act=act),
            DeskPage(_TRY, None, self.ping, act=act),
        ]
