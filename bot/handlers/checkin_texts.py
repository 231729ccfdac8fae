"""How check-ins are put into words: read-backs, doubts, what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.checkins.actions import Settle
from bot.features.checkins.answers import Answer, Body, Shown
from bot.features.checkins.lexicon import Lexicon
from bot.features.checkins.model import Indicator, Question, QuestionKind
from bot.features.checkins.sent import count
from bot.features.units import Place
from bot.i18n import msg, number, percent

from .checkin_desk import named

_UNREAD: Mapping[QuestionKind, str] = {
    "about": msg("“{text}”: tôi cần con số đúng, không ghi số ước chừng. Bác gõ lại một số."),
    "name": msg("“{text}”: tôi không có chỉ tiêu tên này. Có phải: {near}?"),
    "negative": msg("“{text}”: tôi chưa ghi số giảm. Bác gõ tổng đến nay, ví dụ “=340”."),
    "nothing": msg("“{text}”: bác ghi rõ chỉ tiêu nào bằng 0, ví dụ “loa 0, hồ sơ 0”."),
    "number": msg("“{text}”: tôi chưa chắc đây là số mấy. Bác gõ lại, ví dụ “12” hoặc “1.234”."),
    "percent": msg("“{text}”: bác báo giúp số đếm được, tôi tự tính phần trăm."),
    "two": msg("“{text}”: có hai số cho một chỉ tiêu. Bác gõ lại một số."),
    "unit": msg("“{text}”: chỉ tiêu này tính bằng {unit}. Bác đếm theo {unit} rồi gõ lại nhé."),
    "unread": msg("“{text}”: tôi chưa hiểu phần này nên không tính."),
    "village": msg("Tôi không rõ “{text}” là nơi nào trong xã, hoặc có nhiều nơi cùng tên. Bác gõ đủ tên thôn."),
    "which": msg("“{text}”: tên này có nhiều nghĩa. Có phải: {near}?"),
    "zero": msg("“{text}”: nếu không có thì bác gõ số 0."),
}


def unread(ctx: Context, questions: Sequence[Question], lexicon: Lexicon) -> list[Text]:
    """One sentence for each part that gives no figure, and how to say it; one for all that say nothing."""
    strange = [f"“{one.text}”" for one in questions if one.kind == "unread"]
    if len(strange) < 2:
        return [_unread(ctx, one, lexicon) for one in questions]
    all_strange = Text.verbatim("⚠️ ") + ctx.t(
        "{parts}: tôi chưa hiểu các phần này nên không tính.", parts=", ".join(strange)
    )
    return [all_strange, *(_unread(ctx, one, lexicon) for one in questions if one.kind != "unread")]


def _unread(ctx: Context, question: Question, lexicon: Lexicon) -> Text:
    near = ""
    unit = ""
    if question.kind == "name":
        near = ", ".join(f"{one.aliases[0]} ({one.label})" for one in lexicon.nearest(question.about))
    elif question.kind == "which":
        near = ", ".join(lexicon.indicator(code).label for code in question.about.split(","))
    elif question.kind == "unit":
        unit = lexicon.indicator(question.about).unit
    text = question.text or question.about
    return Text.verbatim("⚠️ ") + ctx.t(_UNREAD[question.kind], text=text, near=near, unit=unit)


def read_back(ctx: Context, shown: Sequence[Shown], body: Body, villages: Mapping[int, Place]) -> Text:
    """What would be written: village, period, step, total, denominator, percentage, target; what stands beside it."""
    lines: list[Text] = []
    heads: list[tuple[int, str]] = []
    for one in shown:
        head = (one.line.unit_id, one.period.name)
        if head not in heads:
            heads.append(head)
            village = villages[one.line.unit_id].full_name
            lines.append(
                ctx.t("Bác báo **{village}**, kỳ **{period}**:", village=village, period=named(ctx, one.period))
            )
        lines.append(_line(ctx, one))
    lines += [ctx.t("• Khó khăn: {text}", text=text) for text in body.difficulties]
    if body.note:
        lines.append(ctx.t("• Ghi chú: {text}", text=body.note))
    if shown and body.sent:
        lines.append(ctx.t("• Ảnh kèm: {count}", count=count(body.sent)))
    return Text.join("\n", lines)


def note_lines(ctx: Context, notes: Mapping[str, str], indicators: Sequence[Indicator]) -> list[Text]:
    """What was said beside these figures (`notes` by code), the same words once."""
    said = dict.fromkeys(notes[one.code] for one in indicators if one.code in notes)
    return [
        ctx.t(
            "📝 Ghi chú ({labels}): {text}",
            labels="; ".join(one.label for one in indicators if notes.get(one.code) == text),
            text=text,
        )
        for text in said
    ]


def added(ctx: Context, shown: Sequence[Shown], difficulties: Sequence[str]) -> list[Text]:
    """What a report that waits took in, as it was said; nothing when it took in nothing."""
    lines = [ctx.t("• {label}: {said}", label=one.indicator.label, said=_said(ctx, one)) for one in shown]
    lines += [ctx.t("• Khó khăn: {text}", text=text) for text in difficulties]
    return [ctx.t("Tôi đã thêm vào bản đang chờ:"), *lines] if lines else []


def _said(ctx: Context, one: Shown) -> str:
    sign = "" if one.line.sign == "?" else one.line.sign
    return sign + number(one.line.value, ctx.locale)


def _line(ctx: Context, one: Shown) -> Text:
    total = number(one.total, ctx.locale)
    if one.share is not None and one.whole is not None:
        whole, share = number(one.whole, ctx.locale), percent(one.share, ctx.locale)
        said = ctx.t("{total}/{whole} {unit} ({share})", total=total, whole=whole, unit=one.indicator.unit, share=share)
    else:
        said = ctx.t("{total} {unit}", total=total, unit=one.indicator.unit)
    if not one.indicator.sums and one.step is not None:
        said = ctx.t("{step}, lũy kế {total}", step=_signed(ctx, one.step), total=said)
    elif one.indicator.sums and one.line.sign == "+" and one.before is not None:
        said = ctx.t("{step}, trong kỳ {total}", step=_signed(ctx, one.line.value), total=said)
    if one.target is not None:
        said += Text.verbatim("; ") + _target(ctx, one, one.target)
    if one.again:
        said += Text.verbatim(". ") + ctx.t("Ba kỳ liền cùng một số, bác kiểm tra lại giúp")
    return ctx.t("• {label}: {said}", label=one.indicator.label, said=said)


def _target(ctx: Context, one: Shown, target: Decimal) -> Text:
    if one.indicator.kind == "ratio":
        return ctx.t("chỉ tiêu {target}", target=percent(target, ctx.locale))
    if not target:
        return ctx.t("chỉ tiêu 0")
    reached = percent(one.total * 100 / target, ctx.locale)
    return ctx.t("đạt {reached} chỉ tiêu {target}", reached=reached, target=number(target, ctx.locale))


def _signed(ctx: Context, step: Decimal) -> str:
    return ("+" if step >= 0 else "−") + number(abs(step), ctx.locale)


def doubt(ctx: Context, answer: Answer, at: int, one: Shown) -> tuple[Text, list[Button]]:
    """The question about a line, and what may be answered."""

    def choice(label: str, what: str) -> Button:
        return Button.to(label, Settle(answer.id, answer.version, at, what))

    leave = choice(ctx.word("Bỏ số này"), "leave")
    value, label = number(one.line.value, ctx.locale), one.indicator.label
    before = "0" if one.before is None else number(one.before, ctx.locale)
    if one.doubt in ("part", "sign"):
        text = ctx.t(
            "**{label}**: trước đây là {before}. Số {value} bác vừa báo là **mới thêm** hay là **tổng số**?",
            label=label,
            before=before,
            value=value,
        )
        if one.doubt == "part":
            text = ctx.t(
                "**{label}**: bác báo {value}/{out_of}, mà sổ của xã ghi cả thôn có {whole} {unit}. "
                "Số {value} là **mới thêm** hay là **tổng số** của cả thôn?",
                label=label,
                value=value,
                out_of=number(one.line.out_of or Decimal(0), ctx.locale),
                whole=number(one.whole or Decimal(0), ctx.locale),
                unit=one.indicator.unit,
            )
        return text, [
            choice(f"+{value} {ctx.word('mới thêm')}", "plus"),
            choice(f"={value} {ctx.word('tổng số')}", "total"),
            leave,
        ]
    if one.doubt == "whole":
        text = ctx.t(
            "**{label}**: {value} trên tổng số bao nhiêu? Bác gõ lại cả hai số, ví dụ “{name} {value}/…”.",
            label=label,
            value=value,
            name=one.indicator.aliases[0],
        )
        return text, [leave]
    if one.doubt == "over":
        whole = number(one.whole or Decimal(0), ctx.locale)
        text = ctx.t(
            "**{label}**: {total} lớn hơn tổng số {whole}. Bác gõ lại số đúng, hoặc bỏ số này.",
            label=label,
            total=number(one.total, ctx.locale),
            whole=whole,
        )
        return text, [leave]
    if one.doubt == "falling":
        text = ctx.t(
            "**{label}**: trước là {before}, nay {total}, ít đi. Có đúng vậy không?",
            label=label,
            before=before,
            total=number(one.total, ctx.locale),
        )
        return text, [choice(ctx.word("Đúng, có giảm"), "sure"), leave]
    text = ctx.t(
        "**{label}**: {value} khác hẳn mọi kỳ (trước là {before}). Có đúng số này không?",
        label=label,
        value=value,
        before=before,
    )
    return text, [choice(ctx.word("Đúng số này"), "sure"), leave]
