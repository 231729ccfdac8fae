"""What all conversations about announcements share: who may, the card of one, and what can be done with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.context import Context
from bot.core.events import ChatKind
from bot.core.fit import LinkTo
from bot.core.messages import Button
from bot.core.platform import Capabilities
from bot.core.text import Text
from bot.features import people, rights, units
from bot.features.accounts import Account
from bot.features.announcements import public, store, ways
from bot.features.announcements.actions import (
    AddFiles,
    Approve,
    AskApproval,
    Cancel,
    Change,
    ChooseAudience,
    CorrectIt,
    GiveBack,
    ListAnnouncements,
    OpenAnnouncement,
    Preview,
    PrintPoster,
    SendLate,
    ShowWays,
)
from bot.features.announcements.approval import may_approve
from bot.features.announcements.audience import Resolved
from bot.features.announcements.cost import cost
from bot.features.announcements.draft import NEWER, editable
from bot.features.announcements.holding import SCHEDULED
from bot.features.announcements.letter import moment
from bot.features.announcements.lint import lint, reading_seconds
from bot.features.announcements.model import OPEN, RECALL, STATES, Announcement, Refused
from bot.features.announcements.notices import decides
from bot.features.announcements.receipt import receipt
from bot.features.announcements.receipt_actions import OpenReceipt
from bot.features.announcements.service import Announcements
from bot.features.announcements.stop import having, may_stop
from bot.features.checkins.periods import today
from bot.features.guides.contacts import Allowed
from bot.features.outbox.states import CANARY, QUIET
from bot.features.people import Who
from bot.features.rights import Act
from bot.features.units import Place
from bot.i18n import msg, number

from .announce_cost import cost_lines
from .inviting import in_private, to_menu
from .receipt_texts import ways_line

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


@dataclass(frozen=True)
class Desk:
    """`capabilities` are by platform and kind of chat; `poster` is an address, by the commune's code and the label."""

    features: Announcements
    allowed: AllowedIn
    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]]
    link_to: LinkTo
    poster: Callable[[str, str], str | None]

    async def opened(self, ctx: Context, announcement_id: int) -> tuple[Who, Announcement] | None:
        """An announcement of a commune in which the person writes or approves; otherwise the refusal is said."""
        if not in_private(ctx):
            return None
        who = await people.who(account(ctx), ctx.now)
        one = await store.get(announcement_id)
        if one is None:
            ctx.reply(ctx.t("Không còn thông báo này."), to_menu(ctx))
            return None
        if (await rights.decide(who, Act.BROADCAST, one.commune_id, on=ctx.now)).allowed:
            return who, one
        decision = await rights.decide(who, Act.APPROVE_CONTENT, one.commune_id, on=ctx.now)
        if any(decides(cell, one.template) for cell in decision.cells):
            return who, one
        ctx.reply(ctx.t(decision.why or "Việc duyệt nội dung là của lãnh đạo xã."), to_menu(ctx))
        return None

    async def mine(self, ctx: Context, announcement_id: int, version: int) -> tuple[Who, Announcement] | None:
        """A draft of the person in the version that they saw (0: any); otherwise the present state is shown."""
        found = await self.opened(ctx, announcement_id)
        if found is None:
            return None
        who, one = found
        refusal = editable(one, who)
        if refusal is None and version not in (0, one.version):
            refusal = Refused(NEWER)
        if refusal is not None:
            ctx.leave_flow()
            await self.refused(ctx, refusal, one.id)
            return None
        return who, one

    async def changed(self, ctx: Context, before: Announcement, refusal: Refused | None) -> None:
        if refusal is not None:
            await self.refused(ctx, refusal, before.id)
        elif before.state == "waiting":
            await self.show(ctx, before.id, ctx.t("Đã sửa. Bản trước đang chờ duyệt nên bác xin duyệt lại."))
        else:
            await self.show(ctx, before.id, ctx.t("Đã sửa."))

    async def show(self, ctx: Context, announcement_id: int, note: Text | None = None) -> None:
        """The card as it is now, below a note."""
        one = await store.get(announcement_id)
        if one is None:
            return
        who = await people.who(account(ctx), ctx.now)
        lines = [note] if note is not None else []
        ctx.reply(Text.join("\n\n", [*lines, await self.card(ctx, one)]), await self.offers(ctx, who, one))

    async def refused(self, ctx: Context, refusal: Refused, announcement_id: int = 0) -> None:
        """Why nothing was done, and the true state."""
        said = ctx.t(refusal.why, **refusal.values)
        if announcement_id:
            await self.show(ctx, announcement_id, said)
        else:
            ctx.reply(said, to_menu(ctx))

    async def card(self, ctx: Context, one: Announcement) -> Text:
        """Everything that an official wants to see of it, in one message."""
        head = ctx.t("**{label}** · {title} ({state})", label=one.label, title=one.title, state=self.state(ctx, one))
        # Who decides about it reads all of it.
        whole = one.state in ("draft", "waiting") or len(one.text) <= _SHOWN_TEXT
        text = one.text if whole else one.text[:_SHOWN_TEXT].rstrip() + "…"
        facts = [
            *self._files(ctx, one),
            ctx.t("Nguồn: {source}", source=one.source or ctx.word("chưa ghi")),
            ctx.t("Đọc loa hết khoảng {seconds} giây", seconds=reading_seconds(one.text)),
            *await self._audience(ctx, one),
            *self._times(ctx, one),
        ]
        if one.refusal:
            facts.append(ctx.t("Người duyệt ghi: “{text}”", text=one.refusal))
        if one.reason:
            facts.append(ctx.t("Gửi khẩn không chờ duyệt, lý do: “{text}”", text=one.reason))
        if on := await ways.of(one.id):
            facts.append(ways_line(ctx, on))
        if one.rows:
            facts.append(await self._progress(ctx, one))
            facts += [self._corrected(ctx, later) for later in await _standing(one)]
        if one.state in ("draft", "waiting"):
            allowed = await self.allowed(one.commune_id)
            facts += [
                Text.verbatim(f"{_MARKS[finding.level]} ") + ctx.t(finding.why, **finding.values)
                for finding in lint(one, allowed)
            ]
        return Text.join("\n\n", [head, Text.verbatim(text), Text.join("\n", facts)])

    async def offers(self, ctx: Context, who: Who, one: Announcement) -> list[Button]:
        """What this person may do with it now."""
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
        elif one.rows and writes and await having(one):
            later = await _standing(one)
            found += [open_button(ctx, each) for each in later if each.state in OPEN]
            found.append(Button.to(ctx.word("Đính chính"), CorrectIt(one.id, recall=False)))
            if recalled(later) is None:
                found.append(Button.to(ctx.word("Thu hồi"), CorrectIt(one.id, recall=True)))
        if one.rows and writes:
            found.append(Button.to(ctx.word("Đưa tin bằng cách khác"), ShowWays(one.id)))
        return [*found, Button.to(ctx.word("Các thông báo"), ListAnnouncements())]

    async def poster_of(self, ctx: Context, one: Announcement) -> str | None:
        """Where its poster is; None for what is no public notice, or was put right."""
        commune = await units.by_id(one.commune_id)
        address = None if commune is None else self.poster(commune.code, one.label)
        if address is None:
            return None
        notice = await public.notice(one.commune_id, one.number, ctx.now)
        return address if notice is not None and notice.corrected_by is None else None

    async def recall_of(self, one: Announcement) -> Announcement | None:
        """The announcement that takes this one back, or is going to."""
        return recalled(await _standing(one))

    def _corrected(self, ctx: Context, later: Announcement) -> Text:
        said = (
            msg("Thu hồi bằng {label} ({state})")
            if later.template == RECALL
            else msg("Đính chính bằng {label} ({state})")
        )
        return ctx.t(said, label=later.label, state=self.state(ctx, later))

    def state(self, ctx: Context, one: Announcement) -> str:
        return ctx.word(STATES[one.state])

    def _author(self, ctx: Context, one: Announcement) -> list[Button]:
        def change(label: str, part: str) -> Button:
            return Button.to(ctx.word(label), Change(one.id, one.version, part))

        found = [] if one.audience.only else [Button.to(ctx.word("Nơi nhận"), ChooseAudience(one.id))]
        found += [
            Button.to(ctx.word("Thêm ảnh, tệp, ghi âm"), AddFiles(one.id)),
            change(msg("Giờ gửi"), "plan"),
            change(msg("Sửa thêm"), "more"),
        ]
        if one.state == "draft":
            found.append(Button.to(ctx.word("Xin duyệt"), AskApproval(one.id, one.version)))
        return found

    def _files(self, ctx: Context, one: Announcement) -> list[Text]:
        names = {"photo": ctx.word("Hình"), "audio": ctx.word("Âm thanh"), "file": ctx.word("Tệp")}
        return [Text.verbatim(f"📎 {names[item.kind]}: {item.alt}") for item in one.attachments]

    async def _audience(self, ctx: Context, one: Announcement) -> list[Text]:
        """Who gets it, and what that takes of the month."""
        if one.rows:
            return [ctx.t("Nơi nhận: {count} nhóm", count=number(one.channels, ctx.locale))]
        if one.audience.empty:
            return [ctx.t("Nơi nhận: chưa chọn")]
        found = await self.features.approval.resolve(one, ctx.now)
        said = ctx.t("Nơi nhận: {count} nhóm", count=number(len(found.channels), ctx.locale))
        if found.unreached:
            names = ", ".join(place.full_name for place in found.unreached[:_SHOWN_PLACES])
            more = len(found.unreached) - _SHOWN_PLACES
            said += Text.verbatim("\n") + ctx.t("⚠️ Chưa có nhóm nên không nhận được: {names}", names=names)
            said += ctx.t(" và {count} nơi nữa", count=more) if more > 0 else Text()
        return [said, *(await self.cost(ctx, one, found) if one.state in ("draft", "waiting") else ())]

    async def cost(self, ctx: Context, one: Announcement, found: Resolved) -> list[Text]:
        """What it would use of this month, with a warning when that is too much."""
        return cost_lines(ctx, one, await cost(one, found, self.features.outbox, ctx.now))

    def _times(self, ctx: Context, one: Announcement) -> list[Text]:
        if one.approved_at is not None and one.not_before is None:
            found = [ctx.t("Gửi lúc {time}", time=moment(one.approved_at, ctx.locale))]
        elif one.not_before is None:
            found = [ctx.t("Gửi: ngay khi được duyệt")]
        else:
            found = [ctx.t("Hẹn gửi lúc {time}", time=moment(one.not_before, ctx.locale))]
        until = self.features.outbox.quiet.until(one.not_before or ctx.now)
        if one.urgent:
            found.append(ctx.t("Tin khẩn: gửi cả trong giờ nghỉ"))
        elif until is not None and one.state in ("draft", "waiting", "approved"):
            found.append(ctx.t("Giờ đó bà con nghỉ, tin sẽ đến lúc {time}", time=moment(until, ctx.locale)))
        if one.expires_at is not None:
            found.append(ctx.t("Tin có giá trị đến {time}", time=moment(one.expires_at, ctx.locale)))
        return found

    async def _progress(self, ctx: Context, one: Announcement) -> Text:
        """Each message by what became of it, or of its repeat: the same as on the receipt."""
        counts: dict[str, int] = {}
        found = await receipt(one.id, today(ctx.now))
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


async def commune_to_write_for(ctx: Context, who: Who) -> Place | None:
    """The commune in whose name the person announces; None for who does not."""
    for grant in who.grants:
        commune = None if grant.unit_id is None else await units.commune_of(grant.unit_id)
        if commune is not None and (await rights.decide(who, Act.BROADCAST, commune.id, on=ctx.now)).allowed:
            return commune
    return None


async def _standing(one: Announcement) -> Sequence[Announcement]:
    """What corrects it or takes it back, sent or on its way there."""
    return [later for later in await store.corrections(one.id) if later.state not in ("cancelled", "expired")]


def recalled(later: Sequence[Announcement]) -> Announcement | None:
    return next((one for one in later if one.template == RECALL), None)


def open_button(ctx: Context, one: Announcement) -> Button:
    return Button.to(ctx.word("Mở") + f" {one.label}", OpenAnnouncement(one.id))
