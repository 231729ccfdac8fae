"""The differences between two versions of a guide, step by step, as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from .drawn.words import described
from .markdown import plain
from .model import Guide, GuideStep
from .navigation import written

_MARKS = {"text": "", "tip": "Mẹo: ", "warning": "Chú ý: "}


class StepChange(Struct, frozen=True):
    """`step` is its id, "" for the head of the guide; `before` and `after` hold the lines that differ."""

    kind: Literal["head", "changed", "added", "removed"]
    step: str
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def changes(old: Guide, new: Guide) -> tuple[StepChange, ...]:
    """List changes in the order of the new version, removed steps last; empty if a reader would see no difference."""
    found = [*_head(old, new)]
    for step in new.steps.values():
        known = old.steps.get(step.id)
        if known is None:
            found.append(StepChange("added", step.id, plain(step.title), (), tuple(_lines(step))))
        elif known.fingerprint != step.fingerprint:
            found.append(_changed(known, step))
    gone = (step for step in old.steps.values() if step.id not in new.steps)
    return (*found, *(StepChange("removed", step.id, plain(step.title), tuple(_lines(step)), ()) for step in gone))


def _head(old: Guide, new: Guide) -> Iterator[StepChange]:
    """Yield a change of the front matter, only of fields that a reader meets.

    The order of steps shows in their links.
    """
    pairs = {
        "Tên bài": (old.title, new.title),
        "Lĩnh vực": (old.area, new.area),
        "Số phút": (str(old.minutes), str(new.minutes)),
        "Từ khóa": (", ".join(old.keywords), ", ".join(new.keywords)),
        "Phụ trách": (old.owner, new.owner),
        "Hạn kiểm tra": (f"{old.review_every} ngày", f"{new.review_every} ngày"),
        "Căn cứ": ("; ".join(old.sources), "; ".join(new.sources)),
    }
    for name, (before, after) in pairs.items():
        if before != after:
            yield StepChange("head", "", name, (before,), (after,))


def _changed(old: GuideStep, new: GuideStep) -> StepChange:
    from difflib import SequenceMatcher

    one, other = list(_lines(old)), list(_lines(new))
    before: list[str] = []
    after: list[str] = []
    for what, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what != "equal":
            before += one[a:b]
            after += other[c:d]
    return StepChange("changed", new.id, plain(new.title), tuple(before), tuple(after))


def _lines(step: GuideStep) -> Iterator[str]:
    yield plain(step.title)
    yield from (_MARKS[block.kind] + plain(block.text) for block in step.blocks)
    if step.drawing is not None:
        yield f"[{described(step.drawing)}]"
    elif step.picture is not None:
        yield f"[Ảnh {step.picture.file}: {step.picture.alt}]"
    yield from (f"[{option.label}] → {written(option)}" for option in step.options)
    if step.quiz is not None:
        yield from (
            f"({'đúng' if at == step.quiz.answer else 'sai'}) {choice}" for at, choice in enumerate(step.quiz.choices)
        )
        yield f"Giải thích: {plain(step.quiz.explanation)}"
    if not step.options:
        yield f"→ {step.next}"
