"""Villages that are told through a person, in words: before the approval, on the receipt, to who pastes too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.context import ReaderNow
from bot.core.text import Text
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.audience import RelayedVillage, ResolvedAudience
from bot.features.announcements.model import Announcement
from bot.features.announcements.other_channels import OTHER_CHANNELS
from bot.features.announcements.receipts.causes import cause
from bot.features.announcements.receipts.delivery import AudienceDelivery
from bot.features.announcements.receipts.receipt import Receipt
from bot.features.announcements.receipts.relayed import RelayedDelivery, answer_words, over_words
from bot.features.announcements.receipts.villages import VillageReceipt
from bot.features.announcements.relay_people import RelayTrouble
from bot.features.announcements.relays import answering
from bot.features.announcements.relays.model import RelayAsk, RelayTarget
from bot.features.calendar.vietnam import VIETNAM
from bot.features.groups.naming import called
from bot.i18n import msg, number, time_in_words

SAME_RELAYS = msg("{villages} thôn qua người đưa tin: tôi nhờ đúng người đã nhận tin cũ.")
_THROUGH = msg("Qua người đưa tin: {count} thôn ({names})")
_ANYBODY = msg("Tin dán trong nhóm có liên kết: ai có liên kết đều đọc được.")
_NOBODY_NOW = msg("⚠️ Chưa nhờ được ai dán ở {villages}. Bác gọi điện, hoặc báo bằng loa.")
_NEXT_PERSON = msg("Nhờ người kế tiếp ở {villages}.")
_INSTEAD = msg("tôi nhờ {name}")
_TROUBLES: Mapping[RelayTrouble, str] = {
    "window": msg("{name}: lâu chưa nhắn cho tôi trên {messenger}"),
    "blocked": msg("{name}: đã chặn hoặc tắt tin của tôi trên {messenger}"),
    "failed": msg("{name}: tin trước gửi qua {messenger} không tới"),
    "token": msg("{name}: {messenger} không cho bot gửi nữa"),
    "off": msg("{name}: bot chưa chạy trên {messenger}"),
}
_PASTED = msg("{village}: qua {name}, đã dán lúc {time}")
_ASKED = msg("{village}: đã nhờ {name} lúc {time}, chưa dán")
_NOT_YET = msg("{village}: đang gửi cho người đưa tin")
_HAS = msg("{village}: nhóm “{group}” đã có")
_GROUP = msg("{village}: nhóm “{group}”, {what}")
_WITHOUT = msg("{village}: chưa có nhóm")
_PUT_OUT = msg("{village}: nhóm đã đưa tôi ra")
_BEFORE = msg(" (vì nhóm “{group}”: {what})")
_ALSO = msg("; đã báo thêm bằng {ways}")
_CALL = msg("☎ Cần gọi:")
_CALLED = msg("• {village}: {people}")
_NOBODY = msg("chưa có ai nhận tin qua bot")
_OWN = msg("{village}, nhóm Zalo “{group}”")
_TAKEN_BACK = msg("{label} đã thu hồi. Nếu đã dán, bác xóa tin ấy khỏi nhóm của {village} giúp xã.")
_CORRECTED = msg("{label} đã có đính chính {other}. Bác xóa tin cũ khỏi nhóm của {village}, rồi dán tin mới giúp xã.")
_STOPPED = msg("Xã đã dừng {label}. Nếu đã dán, bác xóa tin ấy khỏi nhóm của {village} giúp xã.")
_EXPIRED = msg("{label} đã hết hạn nên không cần dán nữa. Cảm ơn bác.")
_EXPIRED_PASTED = msg("Tôi ghi bác đã dán {label}. Tin đã hết hạn nên bác không cần làm gì thêm. Cảm ơn bác.")
_SHOWN = 5
_BULLET = Text.verbatim("• ")


def through_people(ctx: ReaderNow, one: Announcement, found: ResolvedAudience) -> list[Text]:
    """Say which villages a person will tell, and who of them cannot be reached now and why."""
    if not found.relayed:
        return []
    names = _few(ctx, [each.place.full_name for each in found.relayed])
    lines = [ctx.t(_THROUGH, count=number(len(found.relayed), ctx.locale), names=names)]
    if not one.audience.every and not one.audience.fixed:
        lines.append(ctx.t(_ANYBODY))
    troubled = [each for each in found.relayed if not each.relays[0].lives]
    if nobody := [_troubles(ctx, each) for each in troubled if not each.living]:
        lines.append(ctx.t(_NOBODY_NOW, villages=_few(ctx, nobody)))
    if others := [_troubles(ctx, each) for each in troubled if each.living]:
        lines.append(ctx.t(_NEXT_PERSON, villages=_few(ctx, others)))
    return lines


def _troubles(ctx: ReaderNow, one: RelayedVillage) -> str:
    """Say why those before the first living relay of a village are not asked: `thôn Lạc Hiền (tu: …, tôi nhờ mai)`."""
    why: list[str] = []
    for relay in one.relays:
        if relay.trouble is None:
            why.append(ctx.word(_INSTEAD).format(name=relay.name))
            break
        why.append(ctx.word(_TROUBLES[relay.trouble]).format(name=relay.name, messenger=called(relay.chat.platform)))
    return f"{one.place.full_name} ({', '.join(why)})"


def receipt_lines(ctx: ReaderNow, found: Receipt) -> list[Text]:
    """Say of each village who has pasted it, who was asked, and at the end whom to telephone.

    Villages that no way of the bot reaches stand here once somebody has told them otherwise.
    """
    calls = found.to_call
    lines = [
        _BULLET + _told(ctx, _line(ctx, one), found.also.get(one.target.unit_id, ()))
        for one in found.relayed
        if one not in calls
    ]
    lines += [
        _BULLET + _told(ctx, ctx.t(_WITHOUT, village=place.full_name), found.also[place.id])
        for place in found.without
        if place.id in found.also
    ]
    if calls:
        lines += [ctx.t(_CALL), *(ctx.t(_CALLED, village=_place(ctx, one), people=_people(ctx, one)) for one in calls)]
    return lines


def _line(ctx: ReaderNow, one: RelayedDelivery) -> Text:
    return _after(ctx, _asked_line(ctx, one), one.before)


def _asked_line(ctx: ReaderNow, one: RelayedDelivery) -> Text:
    done, asked = one.pasted, one.asked
    if done is not None:
        line = ctx.t(_PASTED, village=_place(ctx, one), name=done.name, time=_clock(ctx, done.answered_at or ctx.now))
        return line + Text.verbatim(over_words(done, ctx.word))
    if asked is None or asked.asked_at is None:
        return ctx.t(_NOT_YET, village=_place(ctx, one))
    line = ctx.t(_ASKED, village=_place(ctx, one), name=asked.name, time=_clock(ctx, asked.asked_at))
    return line + Text.verbatim(over_words(asked, ctx.word))


def _place(ctx: ReaderNow, one: RelayedDelivery) -> Text:
    """Return the village, with the name of its own group where that is known."""
    return ctx.t(_OWN, village=one.village, group=one.group) if one.group else Text.verbatim(one.village)


def village_line(ctx: ReaderNow, one: VillageReceipt) -> Text:
    """Return what `village_words` says, as a line of a list."""
    return _BULLET + village_words(ctx, one)


def village_words(ctx: ReaderNow, one: VillageReceipt) -> Text:
    """Say which way a village was told, after which other one, and what else was reported of it."""
    if one.relayed is not None:
        line = _line(ctx, one.relayed)
    elif one.groups:
        last = one.groups[-1]
        word = _HAS if last.state == "sent" else _GROUP
        line = ctx.t(word, village=one.village, group=last.group, what=ctx.word(cause(last).what))
        line = _after(ctx, line, one.groups[:-1])
    else:
        line = ctx.t(_PUT_OUT if one.removed else _WITHOUT, village=one.village)
    return _told(ctx, line, one.also)


def ways_words(ctx: ReaderNow, codes: Sequence[str]) -> str:
    return ", ".join(ctx.word(OTHER_CHANNELS[way]) for way in codes)


def _told(ctx: ReaderNow, line: Text, also: Sequence[str]) -> Text:
    return line + ctx.t(_ALSO, ways=ways_words(ctx, also)) if also else line


def _after(ctx: ReaderNow, line: Text, before: Sequence[AudienceDelivery]) -> Text:
    """Add why other groups were not the way."""
    for each in before:
        line += ctx.t(_BEFORE, group=each.group, what=ctx.word(cause(each).what))
    return line


def _people(ctx: ReaderNow, one: RelayedDelivery) -> str:
    return "; ".join(answer_words(line, ctx.word, ctx.locale) for line in one.lines) or ctx.word(_NOBODY)


def _clock(ctx: ReaderNow, at: datetime) -> str:
    return time_in_words(at.astimezone(VIETNAM).time(), ctx.locale)


def _few(ctx: ReaderNow, names: Sequence[str]) -> str:
    if len(names) <= _SHOWN:
        return ", ".join(names)
    return ", ".join(names[:_SHOWN]) + " " + ctx.word("và {count} nơi nữa").format(count=len(names) - _SHOWN)


async def outdated(ctx: ReaderNow, one: Announcement, to: RelayTarget, *, done: bool = False) -> Text | None:
    """Say what to do with an announcement that does not stand any more; None of one that does.

    `done`: the person says that it is pasted.
    """
    if await answering.stands(one, ctx.now):
        return None
    values = {"label": one.label, "village": await village_of(to)}
    recall = await store.recall_of(one)
    if recall is not None and recall.rows and recall.id != one.id:
        return ctx.t(_TAKEN_BACK, **values)
    newer = [each for each in await store.standing(one) if each.rows]
    if newer:
        return ctx.t(_CORRECTED, other=newer[-1].label, **values)
    if one.state == "cancelled":
        return ctx.t(_STOPPED, **values)
    return ctx.t(_EXPIRED_PASTED if done else _EXPIRED, label=one.label)


async def village_of(to: RelayTarget) -> str:
    place = await units.by_id(to.unit_id)
    return "" if place is None else place.full_name


def time_of(ctx: ReaderNow, one: RelayAsk) -> str:
    """Return when an ask was answered, as people say it."""
    return _clock(ctx, one.answered_at or ctx.now)
