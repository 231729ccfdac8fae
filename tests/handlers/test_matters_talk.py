"""What residents most often bring to a commune, by its name and as a story, is answered by its guide.

The rows were written before anything was measured with them and are not to be tuned on: no row becomes an `asks`, a
keyword or an example. On 28/11/2026 the guide was the sure answer of 133 of 154, and the first of those offered of 143.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.text import fold
from bot.handlers.kit.base import Content
from bot.testing import World

MATTERS = Path(__file__).parents[1] / "data" / "matters.tsv"
SURE = "Có phải bác cần"


@dataclass(frozen=True)
class Matter:
    name: str
    story: str
    slug: str


def matters() -> list[Matter]:
    lines = MATTERS.read_text("utf-8").splitlines()
    return [Matter(*line.split("\t")) for line in lines if not line.startswith("#")]


@pytest.fixture
def database_kind() -> str:
    """What people see does not depend on the database."""
    return "sqlite"


def test_each_matter_is_named_and_told_twice_and_once_without_marks(shipped: Content) -> None:
    known = {guide.slug for guide in shipped.guides}
    rows = matters()
    named = Counter(row.slug for row in rows)
    plain = {row.slug for row in rows if fold(row.name) == row.name and fold(row.story) == row.story}
    assert named.keys() <= known
    assert [slug for slug, count in named.items() if count < 2 or slug not in plain] == []
    sentences = [said for row in rows for said in (row.name, row.story)]
    assert len(set(sentences)) == len(sentences)


def test_no_guide_has_a_sentence_of_the_test_among_its_own_questions(shipped: Content) -> None:
    own = {fold(ask) for guide in shipped.guides for ask in guide.asks}
    assert [row.story for row in matters() if fold(row.story) in own] == []


async def test_a_matter_by_its_name_or_as_a_story_gets_its_guide_first(world: World, shipped: Content) -> None:
    """At least nineteen of twenty names and seventeen of twenty stories, the most of them for sure.

    The failing ones are printed: mend the guide in words of its own, or the ranking.
    """
    titles = {guide.title: guide.slug for guide in shipped.guides}
    found: Counter[tuple[str, str]] = Counter()
    missed = []
    for number, row in enumerate(matters()):
        for kind, said in (("name", row.name), ("story", row.story)):
            talk = world.talk(f"{kind} {number}")
            await talk.says(said)
            offered = [titles[choice] for choice in talk.choices if choice in titles]
            first = offered[:1] == [row.slug]
            found[kind, "asked"] += 1
            found[kind, "first"] += first
            found[kind, "sure"] += first and SURE in talk.heard
            if not first:
                missed.append((said, row.slug, offered))
    for kind, least, least_sure in (("name", 0.94, 0.9), ("story", 0.85, 0.75)):
        assert found[kind, "first"] >= least * found[kind, "asked"], missed
        assert found[kind, "sure"] >= least_sure * found[kind, "asked"], (found, missed)
