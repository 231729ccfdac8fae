"""The end of a self-assessment: what is missing, and the guides that help."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.guides import pages
from bot.features.guides.assessment import Assessment
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide

from .page import OpenGuide


def told(ctx: Context, guide: Guide, found: Assessment) -> Text:
    """Give the result of the answers that were given; a person who skipped questions is told that first."""
    title = pages.title(guide, ctx.locale, ctx.translate)
    parts = [ctx.t("Bác đã xem xong bài “{title}”.", title=title)]
    if found.answered < found.asked:
        parts.append(ctx.t("Bác mới trả lời {answered}/{asked} câu.", answered=found.answered, asked=found.asked))
    if found.missing:
        missing = (pages.localised(guide, step, ctx.locale, ctx.translate) for step in found.missing)
        lines = [Text.verbatim(f"• {plain(step.title)}") for step in missing]
        parts.append(Text.join("\n", [ctx.t("**Còn thiếu {count} điều:**", count=len(lines)), *lines]))
        if found.helping:
            parts.append(ctx.t("Bài dưới đây giúp bác làm tiếp."))
    elif found.answered == found.asked:
        parts.append(ctx.t("Theo mẫu này thì không thiếu gì."))
    return Text.join("\n\n", parts)


def unheard(ctx: Context) -> Text:
    """Explain that in a group no answers are kept, since they are the person's own business."""
    return ctx.t("Trong nhóm tôi không ghi câu trả lời của ai. Bác mở bài này riêng với tôi để biết còn thiếu gì.")


def helping(ctx: Context, library: Library, found: Assessment) -> list[Button]:
    guides = (guide for slug in found.helping if (guide := library.get(slug)) is not None)
    return [Button.to(pages.title(guide, ctx.locale, ctx.translate), OpenGuide(guide.slug)) for guide in guides]
