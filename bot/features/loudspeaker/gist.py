"""A guide in a few sentences, for a village that hears and does not see it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.features.audio.script import script
from bot.features.commune.settings import Commune
from bot.features.guides.markdown import to_text
from bot.features.guides.model import Guide, GuideStep

_STEPS = 3

# The village hears these words; they are not an interface and stay Vietnamese.
_ORDER = ("Việc thứ nhất", "Việc thứ hai", "Việc thứ ba")


def script_to_read(guide: Guide, commune: Commune) -> str:
    """Return the text to read into the microphone: the title, the first three steps of the main way, whom to call."""
    lines = [f"Xã hướng dẫn bà con: {guide.title}."]
    lines += [f"{order}: {_told(step, commune)}" for order, step in zip(_ORDER, first_steps(guide), strict=False)]
    where = f"{commune.centre} {commune.full_name}"
    call = f"gọi số {commune.phone}, hoặc " if commune.phone else ""
    lines.append(f"Ai chưa làm được thì {call}ra {where}, có người giúp.")
    lines.append("Không đọc mã OTP, mật khẩu cho ai, kể cả người xưng là cán bộ.")
    return script("\n".join(lines))


def first_steps(guide: Guide) -> list[GuideStep]:
    """Return at most three steps with instructions; of a guide that begins with a question, the longest branch's."""
    starts = _inside(guide, guide.steps[guide.start]) or [guide.start]
    ways = [[step for step in _way(guide, start) if not _asks(step)][:_STEPS] for start in starts]
    if not _asks(guide.steps[guide.start]):
        ways = [[guide.steps[guide.start], *way][:_STEPS] for way in ways]
    return max(ways, key=len)


def _way(guide: Guide, at: str) -> Iterator[GuideStep]:
    """Follow the first choice that stays in the guide; end before a step comes again."""
    seen = {guide.start}
    while at not in seen:
        seen.add(at)
        yield guide.steps[at]
        onward = _inside(guide, guide.steps[at])
        if not onward:
            return
        at = onward[0]


def _inside(guide: Guide, step: GuideStep) -> list[str]:
    """Return the steps that a step leads to, quizzes and other guides left out."""
    targets = [option.target for option in step.options if not option.other] if step.options else [step.next]
    return [target for target in targets if target in guide.steps and guide.steps[target].quiz is None]


def _asks(step: GuideStep) -> bool:
    return step.title.rstrip().endswith("?")


def _told(step: GuideStep, commune: Commune) -> str:
    """Return the step's first text; its title if it has none."""
    shown = step.filled()
    words = next((block.text for block in shown.blocks if block.kind == "text"), shown.title)
    return to_text(words, commune.values).plain
