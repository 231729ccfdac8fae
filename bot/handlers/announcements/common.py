"""The common ground of the conversations about announcements: rights, the card of one, and the actions on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from msgspec import Struct

from bot.core.context import Context, ReaderNow
from bot.core.events import ChatKind
from bot.core.fit import LinkTo
from bot.core.messages import Button
from bot.core.platform import Capabilities
from bot.core.text import Text
from bot.features import rights, units
from bot.features.announcements import leaving, other_channels, public, store
from bot.features.announcements.actions import (
    AddFiles,
    Approve,
    AskApproval,
    Cancel,
    ChangeDraft,
    ChooseAudience,
    CorrectIt,
    GiveBack,
    ListAnnouncements,
    OpenAnnouncement,
    OpenReceipt,
    Preview,
    PrintPoster,
    SendLate,
)
from bot.features.announcements.approval import may_approve
from bot.features.announcements.audience import ResolvedAudience
from bot.features.announcements.cost import cost
from bot.features.announcements.letter import moment
from bot.features.announcements.model import OPEN, RECALL, STATES, Announcement, AnnouncementRefused
from bot.features.announcements.notices import decides
from bot.features.announcements.on_hold import SCHEDULED
from bot.features.announcements.receipts.receipt import Receipt, receipt
from bot.features.announcements.relays.model import targets
from bot.features.announcements.service import Announcements
from bot.features.announcements.stop import may_stop
from bot.features.announcements.writing.draft import NEWER, editable
from bot.features.announcements.writing.lint import Level, lint, reading_seconds
from bot.features.calendar.vietnam import today
from bot.features.guides.contacts import Allowed
from bot.features.outbox.states import CANARY, QUIET
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.kit.speaker import in_private, to_menu
from bot.i18n import msg, number

from .cost import cost_lines
from .receipt_wording import ways_line
from .relay_wording import through_people

FLOW = "announce"
_PROSE = 5
"""Words. No command and no choice is that long."""
_SHOWN_TEXT, _SHOWN_PLACES = 600, 5
_MARKS = {"error": "⛔", "doubt": "⚠️", "hint": "•"}
_ROWS: Mapping[str, str] = {
    "sent": msg("đã chuyển tới nhóm"),
    "pending": msg("đang chờ"),
    "leased": msg("đang chờ"),
    "held": msg("đang giữ lại"),
    "sending": msg("đang gửi"),
    "failed": msg("không gửi được"),
    "uncertain": msg("chưa rõ đã đến chưa"),
    "cancelled": msg("đã dừng"),
    "expired": msg("hết hạn"),
}

AllowedIn = Callable[[int], Awaitable[Allowed]]
"""What texts of a commune may name, by its unit's id."""


class AnnouncementService(Struct, frozen=True):
    """`capabilities` are by platform and kind of chat; `poster` and `notice` are addresses, by commune and label."""

    features: Announcements
    allowed: AllowedIn
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]]
    link_to: LinkTo
    poster: Callable[[str, str], str | None]
    notice: Callable[[str, str], str | None]

    async def opened(self, ctx: Context, announcement_id: int) -> tuple[Who, Announcement] | None:
        """Return an announcement of a commune in which the person writes or approves; refuse otherwise."""
        if not in_private(ctx):
            return None
        who = await people.who(account(ctx), ctx.now)
        one = await store.get(announcement_id)
        if one is None:
            ctx.reply(ctx.t("Không còn thông báo này."), to_menu(ctx))
            return None
        refusal = await may_open(one, who, ctx.now)
        if refusal:
            ctx.reply(ctx.t(refusal), to_menu(ctx))
            return None
        return who, one

    async def mine(self, ctx: Context, announcement_id: int, version: int) -> tuple[Who, Announcement] | None:
        """Return a draft of the person in the version that they saw (0: any); otherwise show the present state."""
        found = await self.opened(ctx, announcement_id)
        if found is None:
            return None
        who, one = found
        refusal = editable(one, who)
        if refusal is None and version not in (0, one.version):
            refusal = AnnouncementRefused(NEWER)
        if refusal is not None:
            ctx.leave_flow()
            await self.refused(ctx, refusal, one.id)
            return None
        return who, one

    async def changed(
        self, ctx: Context, before: Announcement, refusal: AnnouncementRefused | None, done: Text | None = None
    ) -> None:
        """Confirm a change, or give the refusal; `done` says more exactly what was changed."""
        if refusal is not None:
            await self.refused(ctx, refusal, before.id)
            return
        lines = [done if done is not None else ctx.t("Đã sửa.")]
        if before.state == "waiting":
            lines.append(ctx.t("Bản trước đang chờ duyệt nên bác xin duyệt lại."))
        await self.show(ctx, before.id, Text.join(" ", lines))

    async def show(self, ctx: Context, announcement_id: int, note: Text | None = None) -> None:
        """Show the card as it is now, below a note."""
        one = await store.get(announcement_id)
        if one is None:
            return
        who = await people.who(account(ctx), ctx.now)
        lines = [note] if note is not None else []
        ctx.reply(Text.join("\n\n", [*lines, await self.card(ctx, one)]), await self.offers(ctx, who, one))

    async def refused(self, ctx: Context, refusal: AnnouncementRefused, announcement_id: int = 0) -> None:
        """Say why nothing was done, and show the true state."""
        reply = ctx.t(refusal.why, **refusal.values)
        if announcement_id:
            await self.show(ctx, announcement_id, reply)
        else:
            ctx.reply(reply, to_menu(ctx))

    async def card(self, ctx: ReaderNow, one: Announcement) -> Text:
        """Return everything that an official wants to see of it, in one message."""
        head = ctx.t("**{label}** · {title} ({state})", label=one.label, title=one.title, state=self.state(ctx, one))
        # Who decides about it reads all of it.
        whole = one.state in ("draft", "waiting") or len(one.text) <= _SHOWN_TEXT
        text = one.text if whole else one.text[:_SHOWN_TEXT].rstrip() + "…"
        facts = await self.facts(ctx, one)
        facts += [Text.verbatim(f"{_MARKS[level]} ") + why for level, why in await self.findings(ctx, one)]
        return Text.join("\n\n", [head, Text.verbatim(text), Text.join("\n", facts)])

    async def facts(self, ctx: ReaderNow, one: Announcement, found: Receipt | None = None) -> list[Text]:
        """Return what is to be known of it besides its words, a line for each thing; `found` is its receipt if read."""
        facts = [
            *self._files(ctx, one),
            ctx.t("Nguồn: {source}", source=one.source or ctx.word("chưa ghi")),
            ctx.t("Đọc loa hết khoảng {seconds} giây", seconds=reading_seconds(one.text)),
            *await self._audience(ctx, one),
            *await self._times(ctx, one),
        ]
        if one.refusal:
            facts.append(ctx.t("Người duyệt ghi: “{text}”", text=one.refusal))
        if one.reason:
            facts.append(ctx.t("Gửi khẩn không chờ duyệt, lý do: “{text}”", text=one.reason))
        if on := await other_channels.of(one.id):
            facts.append(ways_line(ctx, on))
        if one.rows:
            facts.append(self._progress(ctx, one, found or await receipt(one.id, today(ctx.now))))
            facts += [self._corrected(ctx, later) for later in await store.standing(one)]
        return facts

    async def findings(self, ctx: ReaderNow, one: Announcement) -> list[tuple[Level, Text]]:
        """Return the remarks on the words of a draft, the worst first; none once it is decided."""
        if one.state not in ("draft", "waiting"):
            return []
        found = lint(one, await self.allowed(one.commune_id))
        return [(finding.level, ctx.t(finding.why, **finding.values)) for finding in found]

    async def offers(self, ctx: ReaderNow, who: Who, one: Announcement) -> list[Button]:
        """Return buttons for all that this person may do with it now."""
        mine = one.author_id is not None and one.author_id == who.person_id
        writes = (await rights.decide(who, Act.BROADCAST, one.commune_id, on=ctx.now)).allowed
        stops = await may_stop(one, who, ctx.now)
        found: list[Button] = []
        if one.state in ("draft", "waiting"):
            if mine:
                found += self._author(ctx, one)
            elif one.state == "waiting" and await may_approve(one, who, ctx.now):
                found += [
                    Button.to(ctx.word("Duyệt"), Approve(one.id, one.version)),
                    Button.to(ctx.word("Trả lại để sửa"), GiveBack(one.id, one.version, final=False)),
                    Button.to(ctx.word("Từ chối"), GiveBack(one.id, one.version, final=True)),
                ]
            found.append(Button.to(ctx.word("Xem trước"), Preview(one.id)))
        if one.state == "late" and writes:
            found.append(Button.to(ctx.word("Gửi ngay"), SendLate(one.id, one.version)))
        if one.rows and writes:
            found.append(Button.to(ctx.word("Biên nhận"), OpenReceipt(one.id)))
            if await self.poster_of(ctx, one) is not None:
                found.append(Button.to(ctx.word("In áp phích"), PrintPoster(one.id)))
        if (one.state in ("draft", "waiting") and mine) or (one.state in ("approved", "late") and stops):
            found.append(Button.to(ctx.word("Hủy tin này"), Cancel(one.id, one.version, sure=False)))
        elif one.state == "sending" and stops:
            found.append(Button.to(ctx.word("Dừng gửi"), Cancel(one.id, one.version, sure=False)))
        elif one.rows and writes and await store.having(one):
            found += await self._puts_right(ctx, one)
        return [*found, Button.to(ctx.word("Các thông báo"), ListAnnouncements())]

    async def poster_of(self, ctx: ReaderNow, one: Announcement) -> str | None:
        """Return the address of its poster; None if it is no public notice, or was corrected."""
        commune = await units.by_id(one.commune_id)
        address = None if commune is None else self.poster(commune.code, one.label)
        if address is None:
            return None
        notice = await public.notice(one.commune_id, one.number, ctx.now)
        return address if notice is not None and notice.corrected_by is None else None

    async def _puts_right(self, ctx: ReaderNow, one: Announcement) -> list[Button]:
        """Return buttons to correct or recall it; nothing of a chain is corrected or recalled after a recall."""
        recall = await store.recall_of(one)
        found = [open_button(ctx, each) for each in await store.standing(one) if each.state in OPEN]
        if recall is None or not recall.rows:
            found.append(Button.to(ctx.word("Đính chính"), CorrectIt(one.id, recall=False)))
        if recall is None:
            found.append(Button.to(ctx.word("Thu hồi"), CorrectIt(one.id, recall=True)))
        return found

    def _corrected(self, ctx: ReaderNow, later: Announcement) -> Text:
        reply = (
            msg("Thu hồi bằng {label} ({state})")
            if later.template == RECALL
            else msg("Đính chính bằng {label} ({state})")
        )
        return ctx.t(reply, label=later.label, state=self.state(ctx, later))

    def state(self, ctx: ReaderNow, one: Announcement) -> str:
        return ctx.word(STATES[one.state])

    def _author(self, ctx: ReaderNow, one: Announcement) -> list[Button]:
        def change(label: str, part: str) -> Button:
            return Button.to(ctx.word(label), ChangeDraft(one.id, one.version, part))

        found = [] if one.audience.fixed else [Button.to(ctx.word("Nơi nhận"), ChooseAudience(one.id))]
        found += [
            Button.to(ctx.word("Thêm ảnh, tệp, ghi âm"), AddFiles(one.id)),
            change(msg("Giờ gửi"), "plan"),
            change(msg("Sửa thêm"), "more"),
        ]
        if one.state == "draft":
            found.append(Button.to(ctx.word("Xin duyệt"), AskApproval(one.id, one.version)))
        return found

    def _files(self, ctx: ReaderNow, one: Announcement) -> list[Text]:
        names = {"photo": ctx.word("Hình"), "audio": ctx.word("Âm thanh"), "file": ctx.word("Tệp")}
        return [Text.verbatim(f"📎 {names[item.kind]}: {item.alt}") for item in one.attachments]

    async def _audience(self, ctx: ReaderNow, one: Announcement) -> list[Text]:
        """Name the recipients, and what they take of the month's quota."""
        if one.rows:
            lines = [ctx.t("Nơi nhận: {count} nhóm", count=number(one.channels, ctx.locale))]
            if villages := len(await targets(one.id)):
                lines.append(ctx.t("Qua người đưa tin: {count} thôn", count=number(villages, ctx.locale)))
            return lines
        if one.audience.empty:
            return [ctx.t("Nơi nhận: chưa chọn")]
        found = await self.features.approval.resolve(one, ctx.now)
        reply = ctx.t("Nơi nhận: {count} nhóm", count=number(len(found.channels), ctx.locale))
        if found.unreached:
            names = ", ".join(place.full_name for place in found.unreached[:_SHOWN_PLACES])
            more = len(found.unreached) - _SHOWN_PLACES
            reply += Text.verbatim("\n") + ctx.t("⚠️ Chưa có nhóm nên không nhận được: {names}", names=names)
            reply += ctx.t(" và {count} nơi nữa", count=more) if more > 0 else Text()
        reply = Text.join("\n", [reply, *through_people(ctx, one, found)])
        return [reply, *(await self.cost(ctx, one, found) if one.state in ("draft", "waiting") else ())]

    async def cost(self, ctx: ReaderNow, one: Announcement, found: ResolvedAudience) -> list[Text]:
        """Say what it would use of this month's quota, with a warning if that is too much."""
        needs = await cost(one, found, self.features.outbox, ctx.now)
        return await cost_lines(ctx, one, needs, through_people=bool(found.relayed))

    async def _times(self, ctx: ReaderNow, one: Announcement) -> list[Text]:
        found: list[Text] = []
        if one.not_before is not None:
            found.append(ctx.t("Hẹn gửi lúc {time}", time=moment(one.not_before, ctx.locale)))
        elif one.approved_at is None:
            found.append(ctx.t("Gửi: ngay khi được duyệt"))
        until = self.features.outbox.quiet.until(one.not_before or ctx.now)
        if one.urgent:
            found.append(ctx.t("Tin khẩn: gửi cả trong giờ nghỉ"))
        elif until is not None and one.state in ("draft", "waiting", "approved"):
            found.append(ctx.t("Giờ đó bà con nghỉ, tin sẽ đến lúc {time}", time=moment(until, ctx.locale)))
        if one.rows and one.approved_at is not None:
            found += await self._left(ctx, one, one.approved_at)
        if one.expires_at is not None:
            found.append(ctx.t("Tin có giá trị đến {time}", time=moment(one.expires_at, ctx.locale)))
        return found

    async def _left(self, ctx: ReaderNow, one: Announcement, approved_at: datetime) -> list[Text]:
        """Say when the first group had it, as its rows record; before that, what it waits for."""
        begun = (await leaving.begun([one.id])).get(one.id)
        until = await leaving.waits_until(one)
        if begun is not None:
            return [ctx.t("Gửi lúc {time}", time=moment(begun, ctx.locale))]
        if until is not None:
            return [ctx.t("Đang giờ nghỉ, sẽ gửi lúc {time}", time=moment(until, ctx.locale))]
        return [ctx.t("Duyệt lúc {time}, chưa đến nhóm nào", time=moment(approved_at, ctx.locale))]

    def _progress(self, ctx: ReaderNow, one: Announcement, found: Receipt | None) -> Text:
        """Count the messages by their outcome, or that of their repeat: the same as on the receipt."""
        counts: dict[str, int] = {}
        for part in (part for group in (found.deliveries if found else ()) for part in group.parts):
            state, reason = part.seen_as
            # A row that waits for the first group, or for its hour, is not in trouble.
            if reason in (CANARY, SCHEDULED, QUIET):
                state = "pending"
            # Nobody has stopped it: the message before it did not arrive.
            elif state == "cancelled" and one.state in ("sending", "done"):
                state = "failed"
            word = ctx.word(_ROWS[state])
            counts[word] = counts.get(word, 0) + 1
        parts = ", ".join(f"{number(count, ctx.locale)} {word}" for word, count in counts.items())
        return ctx.t("Tin: {total} ({parts})", total=number(sum(counts.values()), ctx.locale), parts=parts)


def account(ctx: Context) -> Account:
    return Account(ctx.chat.platform, ctx.sender.id)


async def may_open(one: Announcement, who: Who, now: datetime) -> str:
    """Return why somebody may not read it as an official, "" for who writes or approves in its commune."""
    if (await rights.decide(who, Act.BROADCAST, one.commune_id, on=now)).allowed:
        return ""
    decision = await rights.decide(who, Act.APPROVE_CONTENT, one.commune_id, on=now)
    if any(decides(cell, one.template) for cell in decision.cells):
        return ""
    return decision.why or msg("Việc duyệt nội dung là của lãnh đạo xã.")


async def commune_to_write_for(ctx: Context, who: Who) -> Place | None:
    """Return the commune in whose name the person announces; None without that right."""
    for grant in who.grants:
        commune = None if grant.unit_id is None else await units.commune_of(grant.unit_id)
        if commune is not None and (await rights.decide(who, Act.BROADCAST, commune.id, on=ctx.now)).allowed:
            return commune
    return None


def open_button(ctx: ReaderNow, one: Announcement) -> Button:
    return Button.to(ctx.word("Mở") + f" {one.label}", OpenAnnouncement(one.id))
