"""Every guide is walked by the scenarios written beside it, on both kinds of messenger, in the real conversation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import pytest

from bot.core.text import fold
from bot.features.guides import progress
from bot.features.guides.checking.check import CheckedGuide, inspect
from bot.features.guides.model import END, STUCK, Guide, GuideStep
from bot.features.guides.navigation import follow
from bot.features.people.accounts import Account
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, Participant, World
from tests.conversations import GUIDES, build_router, content
from tests.memory import memory


@cache
def files() -> Mapping[str, CheckedGuide]:
    """Those that are read; reading them takes a second, and not every process walks one."""
    return {file.path.stem: file for file in inspect(GUIDES).files}


@pytest.mark.parametrize("slug", sorted(guide.slug for guide in content().guides))
async def test_a_resident_walks_every_scenario_of_the_guide(
    slug: str, platform: FakePlatform, shipped: Content
) -> None:
    file = files()[slug]
    assert file.guide is not None
    assert file.scenarios, "a guide without a scenario is never walked"
    async with memory() as db:
        world = World(db, lambda: build_router(shipped), shipped.catalogues.translate, platform)
        for number, scenario in enumerate(file.scenarios):
            talk = world.talk(f"Hoa {number}")
            await walk(talk, file.guide, scenario.text, shipped)


async def walk(talk: Participant, guide: Guide, scenario: str, shipped: Content) -> None:
    first, *labels, goal = re.split(r"\s*→\s*", scenario.strip())
    start, _, taken = first.partition("=")
    await talk.says(f"/start g_{guide.slug}_{start.strip()}")
    at = start.strip()
    for label in [taken.strip(), *labels] if taken else labels:
        step = guide.steps[at]
        await talk.picks(choice(talk, label))
        if step.quiz is not None:
            assert ("✅ Đúng rồi!" in talk.heard) == is_right(step, label)
            assert (step.filled().quiz or step.quiz).explanation in talk.heard
            await talk.picks("Xem kết quả" if step.next == END else "Tiếp")
        at = follow(step, label) or ""
    await arrived(talk, guide, at, goal, shipped)


def choice(talk: Participant, label: str) -> str:
    """The whole label, as a person sees it, that the scenario names by its beginning."""
    choices = [*talk.choices]
    if fold(label) == "tiep":
        return next((one for one in choices if one in ("Tiếp", "Xong")), choices[0])
    return next(
        (one for one in choices if fold(one) == fold(label)),
        next(one for one in choices if fold(one).startswith(fold(label))),
    )


def is_right(step: GuideStep, label: str) -> bool:
    quiz = step.filled().quiz
    assert quiz is not None
    return fold(quiz.choices[quiz.answer]).startswith(fold(label))


async def arrived(talk: Participant, guide: Guide, at: str, goal: str, shipped: Content) -> None:
    """What the person sees at the end is what the scenario says."""
    place = await progress.place(Account(talk.chat.platform, talk.sender.id), guide.slug)
    assert place is not None
    if goal != "kết thúc":
        assert at == goal
        assert (place.step, place.finished) == (goal, False)
    elif at == END:
        assert place.finished
        assert f"Bác đã xem xong bài “{guide.title}”" in talk.heard
    elif at == STUCK:
        assert "Không sao, bác làm từng việc nhỏ một" in talk.heard
    else:
        other = shipped.guides.get(at.partition("#")[0].removesuffix(".md"))
        assert other is not None
        assert other.title in talk.heard
