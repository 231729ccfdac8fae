"""Question banks of a commune: by Excel in the chat, read back before anything counts; results as Excel."""

from __future__ import annotations

from hashlib import sha256

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import FileSent, PhotoSent, TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights
from bot.features.announcements.writing import files
from bot.features.jobs.queue import Jobs, about, answer_to
from bot.features.learning import banks, importing
from bot.features.learning.actions import ApplyBanks, DropBanks, SendBanks
from bot.features.learning.files import MAKE, READ, SEND, What
from bot.features.learning.read_back import read_back
from bot.features.learning.shipped import Shipped
from bot.features.people import people
from bot.features.rights import Act
from bot.features.rights.table import OFFICIALS
from bot.features.units import Place
from bot.handlers.kit.speaker import account_of, in_private, reach, to_menu

FLOW, FILE = "cauhoi", "tep"


class BankFile(Action, code="lbf"):
    """Banks or results as a workbook."""

    what: str


class QuestionBankConversation:
    def __init__(self, jobs: Jobs, shipped: Shipped) -> None:
        self._jobs = jobs
        self._shipped = shipped

    async def show(self, ctx: Context) -> None:
        """Handle `/nganhang`: list the commune's banks."""
        found = await self._officer(ctx)
        if found is None:
            return
        commune, _ = found
        lines = [ctx.t("**Câu hỏi của {commune}:**", commune=commune.full_name)]
        held = await banks.of_commune(commune.id)
        lines += [ctx.t("• {bank}: {count} câu", bank=one.name, count=len(one.questions)) for one in held]
        if not held:
            lines = [
                ctx.t(
                    "{commune} chưa có câu hỏi nào. Bác tải tệp mẫu, điền rồi gửi lại.",
                    commune=upper_first(commune.full_name),
                )
            ]
            if self._shipped.count:
                meanwhile = ctx.t(
                    "Trong lúc ấy đố vui và câu hỏi mỗi ngày dùng {count} câu có sẵn trong các bài hướng dẫn.",
                    count=self._shipped.count,
                )
                lines.append(meanwhile)
        buttons = [
            Button.to(ctx.word("Tải tệp về") if held else ctx.word("Tải tệp mẫu"), BankFile("banks")),
            Button.to(ctx.word(SEND), SendBanks()),
        ]
        if held or await banks.shipped(commune.id) is not None:
            buttons.append(Button.to(ctx.word("Kết quả ra Excel"), BankFile("results")))
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def ask_file(self, ctx: Context, action: SendBanks) -> None:
        if await self._officer(ctx) is None:
            return
        ctx.wait_for(FLOW, FILE)
        ctx.reply(
            ctx.t("Bác gửi tệp Excel vào đây. Tôi đọc lại cho bác trước, bác chọn “Đúng” thì mới dùng."), expects="text"
        )

    async def file(self, ctx: Context) -> None:
        """Queue the file: the worker reads it and answers in a message of its own."""
        found = await self._officer(ctx)
        if found is None:
            ctx.leave_flow()
            return
        if not isinstance(ctx.event, FileSent):
            ctx.reply(ctx.t("Tôi đang chờ tệp Excel. Bác gửi tệp, hoặc gõ “hủy”."), expects="text")
            return
        refused = files.problem(ctx.event.file)
        if refused is not None:
            ctx.reply(ctx.t(refused.why, **refused.values), expects="text")
            return
        commune, person_id = found
        async with ctx.changes():
            ctx.leave_flow()
            body = {"unit": commune.code, "person": str(person_id), **about(ctx.event.file)}
            await self._ask(ctx, READ, body)
            ctx.reply(ctx.t("Tôi đang đọc tệp, xong tôi báo bác ngay…"))

    async def make_file(self, ctx: Context, action: BankFile) -> None:
        found = await self._officer(ctx)
        if found is None:
            return
        what: What = "results" if action.what == "results" else "banks"
        async with ctx.changes():
            await self._ask(ctx, MAKE, {"unit": found[0].code, "what": what})
            ctx.reply(ctx.t("Đang soạn tệp Excel, xong tôi gửi bác ngay…"))

    async def apply(self, ctx: Context, action: ApplyBanks) -> None:
        """Apply all of the file at once if the result is still as it was shown; else show it as it would be now."""
        found = await self._officer(ctx)
        if found is None:
            return
        commune, person_id = found
        async with ctx.changes():
            one = await importing.pending(action.pending)
            if one is None or (one.commune_id, one.person_id) != (commune.id, person_id):
                ctx.reply(ctx.t("Tệp này không còn chờ xác nhận. Bác gửi lại tệp nếu cần."), to_menu(ctx))
                return
            done = await importing.apply(one, ctx.now) if action.shown == one.shown else None
            if done is not None:
                ctx.reply(ctx.t("✅ Đã ghi {count} thay đổi.", count=len(done)), to_menu(ctx))
                return
            again = await read_back(one.id, ctx.t, ctx.word)
            ctx.reply(Text.join("\n", [ctx.t("Câu hỏi vừa có người sửa. Bác xem lại:"), again.text]), again.buttons)

    async def drop(self, ctx: Context, action: DropBanks) -> None:
        found = await self._officer(ctx)
        if found is None:
            return
        async with ctx.changes():
            one = await importing.pending(action.pending)
            if one is not None and (one.commune_id, one.person_id) == (found[0].id, found[1]):
                await importing.drop(one.id)
            ctx.reply(ctx.t("Đã bỏ tệp, không có gì thay đổi."), to_menu(ctx))

    async def _officer(self, ctx: Context) -> tuple[Place, int] | None:
        """Return the commune whose banks this person keeps, and their id; otherwise say why not."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        communes = [place for place in await reach(ctx, who, set(OFFICIALS)) if place.level == "commune"]
        for place in communes:
            if (await rights.decide(who, Act.TEACH, place.id, on=ctx.now)).allowed and who.person_id is not None:
                return place, who.person_id
        ctx.reply(ctx.t("Bộ câu hỏi là việc của công chức và lãnh đạo xã."), to_menu(ctx))
        return None

    async def _ask(self, ctx: Context, kind: str, body: dict[str, str]) -> None:
        event = sha256(f"{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}".encode()).hexdigest()[:32]
        whole = {**body, "event": event, "locale": ctx.locale, **answer_to(ctx.chat)}
        await self._jobs.ask(kind, whole, key=f"banks:{event}", now=ctx.now)


def build(conversation: QuestionBankConversation) -> Router:
    router = Router()
    router.command("nganhang", "ngân hàng câu hỏi", "bộ câu hỏi", "kho câu hỏi")(conversation.show)
    router.action(SendBanks)(conversation.ask_file)
    router.action(BankFile)(conversation.make_file)
    router.action(ApplyBanks)(conversation.apply)
    router.action(DropBanks)(conversation.drop)
    router.step(FLOW, FILE, TextSent, FileSent, PhotoSent)(conversation.file)
    return router
