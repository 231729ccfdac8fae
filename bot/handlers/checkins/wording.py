"""How check-ins are put into words: read-backs, doubts, what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.core.context import Context, ReaderWords
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.checkins.actions import Settle
from bot.features.checkins.answers import Answer, AnswerBody, ShownLine
from bot.features.checkins.model import FigureQuestion, Indicator, QuestionKind
from bot.features.checkins.reading.lexicon import Lexicon
from bot.features.checkins.sent import count
from bot.features.units import Place
from bot.i18n import msg, number, percent

from .common import named

_UNREAD: Mapping[QuestionKind, str] = {
    "about": msg("“{text}”: tôi cần con số đúng, không ghi số ước chừng. Bác gõ lại một số."),
    "glued": msg("“{text}”: số viết liền vào chữ nên tôi chưa rõ là số mấy. Bác gõ cách ra, ví dụ “loa 8”."),
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


def unread(ctx: Context, questions: Sequence[FigureQuestion], lexicon: Lexicon) -> list[Text]:
    """Return a sentence for each part without a figure, and how to say it; one sentence for all that say nothing."""
    strange = [f"“{one.text}”" for one in questions if one.kind == "unread"]
    if len(strange) < 2:
        return [_unread(ctx, one, lexicon) for one in questions]
    all_strange = Text.verbatim("⚠️ ") + ctx.t(
        "{parts}: tôi chưa hiểu các phần này nên không tính.", parts=", ".join(strange)
    )
    return [all_strange, *(_unread(ctx, one, lexicon) for one in questions if one.kind != "unread")]


def _unread(ctx: Context, question: FigureQuestion, lexicon: Lexicon) -> Text:
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


def read_back(ctx: Context, shown: Sequence[ShownLine], body: AnswerBody, villages: Mapping[int, Place]) -> Text:
    """Show all that would be written: village, period, step, total, denominator, percentage, target, note, photos."""
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
        lines.append(line_text(ctx, one))
    lines += [ctx.t("• Khó khăn: {text}", text=text) for text in body.difficulties]
    if body.note:
        lines.append(ctx.t("• Ghi chú: {text}", text=body.note))
    if shown and body.sent:
        lines.append(ctx.t("• Ảnh kèm: {count}", count=count(body.sent)))
    return Text.join("\n", lines)


def note_lines(ctx: Context, notes: Mapping[str, str], indicators: Sequence[Indicator]) -> list[Text]:
    """Return the notes beside these figures (`notes` by code), the same words once."""
    texts = dict.fromkeys(notes[one.code] for one in indicators if one.code in notes)
    return [
        ctx.t(
            "📝 Ghi chú ({labels}): {text}",
            labels="; ".join(one.label for one in indicators if notes.get(one.code) == text),
            text=text,
        )
        for text in texts
    ]


def added(ctx: Context, shown: Sequence[ShownLine], difficulties: Sequence[str]) -> list[Text]:
    """List the figures and difficulties added to a pending report, as they were said; empty if there are none."""
    lines = [ctx.t("• {label}: {said}", label=one.indicator.label, said=_wording_of(ctx, one)) for one in shown]
    lines += [ctx.t("• Khó khăn: {text}", text=text) for text in difficulties]
    return [ctx.t("Tôi đã thêm vào bản đang chờ:"), *lines] if lines else []


def _wording_of(ctx: Context, one: ShownLine) -> str:
    sign = "" if one.line.sign == "?" else one.line.sign
    return sign + number(one.line.value, ctx.locale)


def line_text(ctx: ReaderWords, one: ShownLine) -> Text:
    total = number(one.total, ctx.locale)
    if one.share is not None and one.whole is not None:
        whole, share = number(one.whole, ctx.locale), percent(one.share, ctx.locale)
        reply = ctx.t(
            "{total}/{whole} {unit} ({share})", total=total, whole=whole, unit=one.indicator.unit, share=share
        )
    else:
        reply = ctx.t("{total} {unit}", total=total, unit=one.indicator.unit)
    if not one.indicator.sums and one.step is not None:
        reply = ctx.t("{step}, lũy kế {total}", step=_signed(ctx, one.step), total=reply)
    elif one.indicator.sums and one.line.sign == "+" and one.before is not None:
        reply = ctx.t("{step}, trong kỳ {total}", step=_signed(ctx, one.line.value), total=reply)
    if one.target is not None:
        reply += Text.verbatim("; ") + _target(ctx, one, one.target)
    if one.again:
        reply += Text.verbatim(". ") + ctx.t("Ba kỳ liền cùng một số, bác kiểm tra lại giúp")
    return ctx.t("• {label}: {said}", label=one.indicator.label, said=reply)


def _target(ctx: ReaderWords, one: ShownLine, target: Decimal) -> Text:
    if one.indicator.kind == "ratio":
        return ctx.t("chỉ tiêu {target}", target=percent(target, ctx.locale))
    if not target:
        return ctx.t("chỉ tiêu 0")
    reached = percent(one.total * 100 / target, ctx.locale)
    return ctx.t("đạt {reached} chỉ tiêu {target}", reached=reached, target=number(target, ctx.locale))


def _signed(ctx: ReaderWords, step: Decimal) -> str:
    return ("+" if step >= 0 else "−") + number(abs(step), ctx.locale)


def doubt(ctx: Context, answer: Answer, at: int, one: ShownLine) -> tuple[Text, list[Button]]:
    """Return the question about line `at` of the report, and a button for each possible answer."""

    def choice(label: str, what: str) -> Button:
        return Button.to(label, Settle(answer.id, answer.version, at, what))

    value = number(one.line.value, ctx.locale)
    buttons = [choice(ctx.word("Bỏ số này"), "leave")]
    if one.doubt in ("part", "sign"):
        plus, total = f"+{value} {ctx.word('mới thêm')}", f"={value} {ctx.word('tổng số')}"
        buttons = [choice(plus, "plus"), choice(total, "total"), *buttons]
    elif one.doubt in ("falling", "jump"):
        sure = ctx.word("Đúng, có giảm") if one.doubt == "falling" else ctx.word("Đúng số này")
        buttons.insert(0, choice(sure, "sure"))
    return question(ctx, one), buttons


def question(ctx: ReaderWords, one: ShownLine) -> Text:
    """Return the question about a line that is in doubt."""
    value, total, label = number(one.line.value, ctx.locale), number(one.total, ctx.locale), one.indicator.label
    if one.doubt in ("part", "sign"):
        return _new_or_total(ctx, one)
    if one.doubt == "whole":
        return ctx.t(
            "**{label}**: {value} trên tổng số bao nhiêu? Bác gõ lại cả hai số, ví dụ “{name} {value}/…”.",
            label=label,
            value=value,
            name=one.indicator.aliases[0],
        )
    if one.doubt == "over":
        return ctx.t(
            "**{label}**: {total} lớn hơn tổng số {whole}. Bác gõ lại số đúng, hoặc bỏ số này.",
            label=label,
            total=total,
            whole=number(one.whole or Decimal(0), ctx.locale),
        )
    if one.doubt == "falling":
        return ctx.t(
            "**{label}**: trước là {before}, nay {total}, ít đi. Có đúng vậy không?",
            label=label,
            before=_before(ctx, one),
            total=total,
        )
    return ctx.t(
        "**{label}**: {value} khác hẳn mọi kỳ (trước là {before}). Có đúng số này không?",
        label=label,
        value=value,
        before=_before(ctx, one),
    )


def _new_or_total(ctx: ReaderWords, one: ShownLine) -> Text:
    value, label = number(one.line.value, ctx.locale), one.indicator.label
    if one.doubt == "part":
        return ctx.t(
            "**{label}**: bác báo {value}/{out_of}, mà sổ của xã ghi cả thôn có {whole} {unit}. "
            "Số {value} là **mới thêm** hay là **tổng số** của cả thôn?",
            label=label,
            value=value,
            out_of=number(one.line.out_of or Decimal(0), ctx.locale),
            whole=number(one.whole or Decimal(0), ctx.locale),
            unit=one.indicator.unit,
        )
    return ctx.t(
        "**{label}**: trước đây là {before}. Số {value} bác vừa báo là **mới thêm** hay là **tổng số**?",
        label=label,
        before=_before(ctx, one),
        value=value,
    )


def _before(ctx: ReaderWords, one: ShownLine) -> str:
    return "0" if one.before is None else number(one.before, ctx.locale)
