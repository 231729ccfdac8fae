"""A guide in a few sentences, for a village that hears and does not see it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.features.commune import Commune
from bot.features.loudspeaker.script import script

from .markdown import to_text
from .model import Guide, Step

_STEPS = 3

# The village hears these words; they are not an interface and stay Vietnamese.
_ORDER = ("Việc thứ nhất", "Việc thứ hai", "Việc thứ ba")


def spoken(guide: Guide, commune: Commune) -> str:
    """What is read into the microphone: the title, the first three steps of the main way, whom to call."""
    lines = [f"Xã hướng dẫn bà con: {guide.title}."]
    lines += [f"{order}: {_told(step, commune)}" for order, step in zip(_ORDER, first_steps(guide), strict=False)]
    where = f"{commune.centre} {commune.full_name}"
    call = f"gọi số {commune.phone}, hoặc " if commune.phone else ""
    lines.append(f"Ai chưa làm được thì {call}ra {where}, có người giúp.")
    lines.append("Không đọc mã OTP, mật khẩu cho ai, kể cả người xưng là cán bộ.")
    return script("\n".join(lines))


def first_steps(guide: Guide) -> list[Step]:
    """At most three that tell what to do. A guide that begins with a question is followed where it has most to tell."""
    starts = _inside(guide, guide.steps[guide.start]) or [guide.start]
    ways = [[step for step in _way(guide, start) if not _asks(step)][:_STEPS] for start in starts]
    if not _asks(guide.steps[guide.start]):
        ways = [[guide.steps[guide.start], *way][:_STEPS] for way in ways]
    return max(ways, key=len)


def _way(guide: Guide, at: str) -> Iterator[Step]:
    """Always by the first choice that stays in the guide; ends before a step comes again."""
    seen = {guide.start}
    while at not in seen:
        seen.add(at)
        yield guide.steps[at]
        onward = _inside(guide, guide.steps[at])
        if not onward:
            return
        at = onward[0]


def _inside(guide: Guide, step: Step) -> list[str]:
    """Where a step leads, quizzes and other guides left out."""
    targets = [option.target for option in step.options if not option.other] if step.options else [step.next]
    return [target for target in targets if target in guide.steps and guide.steps[target].quiz is None]


def _asks(step: Step) -> bool:
    return step.title.rstrip().endswith("?")


def _told(step: Step, commune: Commune) -> str:
    """The step's first text; its title where it has none."""
    words = next((block.text for block in step.blocks if block.kind == "text"), step.title)
    return to_text(words, commune.values).plain
