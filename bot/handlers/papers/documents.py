"""Letters, minutes, decisions and pledges of a commune: a few questions, then the Word file comes by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from bot.core.actions import Action
from bot.core.context import Context, Translate
from bot.core.events import TextSent
from bot.core.messages import Attachment, Button, Message
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.commune.settings import Commune
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, Jobs, answer_to, chat_of
from bot.features.outbox.box import Outbox
from bot.features.papers.actions import RecordPaper
from bot.features.papers.model import FORMS as NUMBERED
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Who
from bot.features.reports import ReportError, Reports
from bot.features.reports.forms import FORMS, LONGEST, Asker, DocumentForm
from bot.features.rights.table import OFFICIALS
from bot.features.units import Place
from bot.handlers.kit.hooks import MenuItems
from bot.handlers.kit.media import NO_WAY, StoreAs, reaches
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import too_long
from bot.i18n import msg

from .report_files import KEPT

KIND = "document"
FLOW, FIELD = "document", "field"
_SKIP = frozenset({"bo qua", "boqua", "khong", "khong co", "skip"})
_ANSWER = "a."
"""Begins the keys of a flow and of a job under which answers are kept."""
_OPTIONAL = msg("Không có thì bác gõ BỎ QUA.")


class PickForm(Action, code="xbv"):
    form: str


Issued = Callable[[Context], Awaitable[bool]]
"""Shows papers that are issued, all or what the words after the command name; False for who may not read any."""


class DocumentConversation:
    """`more` adds buttons below the forms; `issued` is for who looks for a paper and does not write one."""

    def __init__(self, jobs: Jobs, more: Sequence[MenuItems] = (), issued: Issued | None = None) -> None:
        self._jobs = jobs
        self._more = more
        self._issued = issued

    async def command(self, ctx: Context) -> None:
        """Handle `/vanban`: officials write one; with words (`/vanban 12`), and for readers, show those issued."""
        if not in_private(ctx):
            return
        writes = await commune_of(await people.who(account_of(ctx), ctx.now), ctx.now) is not None
        if self._issued is not None and (ctx.args.strip() or not writes) and await self._issued(ctx):
            return
        if await self._commune(ctx) is not None:
            buttons = [Button.to(ctx.word(form.title), PickForm(form.code)) for form in FORMS.values()]
            buttons += [button for add in self._more for button in await add(ctx)]
            ctx.reply(ctx.t("Bác cần soạn văn bản nào?"), [*buttons, *to_menu(ctx)])

    async def pick(self, ctx: Context, action: PickForm) -> None:
        if not in_private(ctx) or await self._commune(ctx) is None:
            return
        form = FORMS.get(action.form)
        if form is None:
            await self.command(ctx)
            return
        self._ask(ctx, form, {})

    async def take_answer(self, ctx: Context) -> None:
        """Take an answer, and ask the next question, or queue the job after the last."""
        flow = ctx.flow
        if flow is None or not isinstance(ctx.event, TextSent):
            return
        form = FORMS[flow.data["form"]]
        answers = {key.removeprefix(_ANSWER): text for key, text in flow.data.items() if key.startswith(_ANSWER)}
        question = form.questions[len(answers)]
        if too_long(ctx, ctx.event.text, LONGEST):
            return
        commune = await self._commune(ctx)
        if commune is None:
            ctx.leave_flow()
            return
        skipped = question.optional and fold(ctx.event.text) in _SKIP
        read = "" if skipped else await question.read(ctx.event.text, Asker(commune, ctx.now))
        if read is None:
            self._ask(ctx, form, answers, again=True)
            return
        answers[question.key] = read
        if len(answers) < len(form.questions):
            self._ask(ctx, form, answers)
            return
        ctx.leave_flow()
        key = f"document:{sha256(f'{ctx.chat.platform} {ctx.chat.id} {ctx.event.id}'.encode()).hexdigest()[:32]}"
        body = {_ANSWER + name: text for name, text in answers.items()}
        body |= {**answer_to(ctx.chat), "form": form.code, "person": ctx.sender.id, "locale": ctx.locale, "key": key}
        async with ctx.changes():
            await self._jobs.ask(KIND, body, key=key, now=ctx.now)
            ctx.reply(ctx.t("Đang soạn văn bản…"))

    def _ask(self, ctx: Context, form: DocumentForm, answers: Mapping[str, str], *, again: bool = False) -> None:
        question = form.questions[len(answers)]
        ctx.wait_for(FLOW, FIELD, {"form": form.code, **{_ANSWER + key: text for key, text in answers.items()}})
        lines = [ctx.t("Tôi chưa đọc được câu này.")] if again else []
        lines.append(ctx.t(question.text))
        if question.optional:
            lines.append(ctx.t(_OPTIONAL))
        ctx.reply(Text.join(" ", lines), expects="text")

    async def _commune(self, ctx: Context) -> Place | None:
        """Return the commune for which the person is an official; refuse otherwise."""
        found = await commune_of(await people.who(account_of(ctx), ctx.now), ctx.now)
        if found is None:
            ctx.reply(ctx.t("Việc soạn văn bản là của cán bộ xã."), to_menu(ctx))
        return found


async def commune_of(who: Who, now: datetime) -> Place | None:
    """Return the first commune for which somebody is an official and may export."""
    for grant in who.grants:
        if grant.role in OFFICIALS and grant.unit_id is not None:
            found = await units.commune_of(grant.unit_id, today(now))
            if found and (await rights.decide(who, rights.Act.EXPORT_REPORTS, found.id, on=now)).allowed:
                return found
    return None


class PaperNotices(Struct, frozen=True):
    """Brings a Word file to whoever waits for it, and writes into the audit log that it was drawn."""

    reports: Reports
    outbox: Outbox
    store_as: StoreAs
    translate: Translate

    async def send(
        self,
        body: Mapping[str, str],
        name: str,
        content: bytes,
        title: str,
        now: datetime,
        *,
        about: Drawn,
        then: Action | None = None,
    ) -> None:
        """Send the paper `name` to the chat in `body`, which also holds `key` and `locale`; a retry sends nothing more.

        `title` is a msgid; `then` is the action of the button for after it was signed.
        """
        chat, locale = chat_of(body), body["locale"]
        if chat is None:
            return
        media = await self.store_as(name, content)
        await temporary_files.keep(media, now + KEPT)
        text = Text.of(
            self.translate(locale, msg("**{title}**. Số, ngày và chữ ký để trống.")),
            title=self.translate(locale, title),
        )
        label = self.translate(locale, msg("Ký xong: ghi vào kho"))
        buttons = () if then is None else (Button.to(label, then),)
        message = Message(text, buttons, Attachment("file", media, name, len(content)))
        if not reaches(self.outbox, chat, media, len(content)):
            message = Message(Text.of(self.translate(locale, NO_WAY)))
        async with self.outbox.rows.transaction():
            if await self.outbox.add(chat, message, key=body["key"], now=now, answering=True, locale=locale):
                await self.reports.note("document_drawn", about.unit_id, about.which, content, now, by=about.by)


class Drawn(Struct, frozen=True):
    """For the audit log: of which unit, which paper, by whom."""

    unit_id: int
    which: str
    by: int | None


class DocumentJob:
    """Implements JobFunction."""

    def __init__(self, outbox: PaperNotices) -> None:
        self._outbox = outbox

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        chat, form = chat_of(body), FORMS[body["form"]]
        if chat is None:
            return
        who = await people.who(Account(chat.platform, body["person"]), now)
        commune = await commune_of(who, now)
        if commune is None:
            raise JobRefused(msg("Việc soạn văn bản là của cán bộ xã."))
        answers = {key.removeprefix(_ANSWER): text for key, text in body.items() if key.startswith(_ANSWER)}
        settings = self._outbox.reports.settings(commune.code) or Commune()
        try:
            from bot.features.reports.drawing import draw  # loads what writes Word files

            content = await draw(form.code, answers, commune, settings, now)
        except ReportError as error:
            raise JobRefused("{why}", why=str(error)) from None
        name = f"{form.code.upper()}-{commune.code}-{today(now).isoformat()}.docx"
        about = Drawn(commune.id, f"d{form.code}", who.person_id)
        then = RecordPaper(form.code) if form.code in NUMBERED else None
        await self._outbox.send(body, name, content, form.title, now, about=about, then=then)


def build(conversation: DocumentConversation) -> Router:
    router = Router()
    router.command("vanban", "văn bản", "soạn văn bản")(conversation.command)
    router.action(PickForm)(conversation.pick)
    router.step(FLOW, FIELD, TextSent, prose=True)(conversation.take_answer)
    return router
