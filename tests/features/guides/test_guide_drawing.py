"""The graph of a guide's steps: an official sees at a glance where ways part and meet."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from bot.features.guides.drawing import BOX_HEIGHT, BOX_WIDTH, DrawingLayout, draw, layout
from bot.features.guides.model import Guide
from tests.conversations import content

GUIDES = content().guides
every_guide = pytest.mark.parametrize("guide", list(GUIDES), ids=lambda guide: guide.slug)


def onward(guide: Guide) -> set[tuple[str, str]]:
    ways: set[tuple[str, str]] = set()
    for step in guide.steps.values():
        targets = [option.target for option in step.options if not option.other] if step.options else [step.next]
        ways |= {(step.id, target) for target in targets if target in guide.steps}
    return ways


@every_guide
def test_every_step_and_every_way_is_drawn(guide: Guide) -> None:
    laid = layout(guide)
    assert set(laid.boxes) == set(guide.steps)
    assert set(laid.ways) | set(laid.backward) == onward(guide)
    svg = ET.fromstring(draw(guide, f"{guide.slug}_"))  # noqa: S314 - our own
    links = {link.get("href") for link in svg.iter("{http://www.w3.org/2000/svg}a")}
    assert links == {f"#{guide.slug}_{step}" for step in guide.steps}


@every_guide
def test_boxes_do_not_touch_and_lie_on_the_sheet(guide: Guide) -> None:
    laid = layout(guide)
    for one, other in combinations(laid.boxes.values(), 2):
        assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
    for box in laid.boxes.values():
        assert BOX_WIDTH / 2 <= box.x <= laid.width - BOX_WIDTH / 2
        assert 0 <= box.y <= laid.height - BOX_HEIGHT


@every_guide
def test_ways_lead_down_and_pass_no_box(guide: Guide) -> None:
    laid = layout(guide)
    for places in laid.ways.values():
        heights = [place.y for place in places]
        assert heights == sorted(set(heights))
        for track in places[1:-1]:
            assert free(laid, track.x, track.y)


def free(laid: DrawingLayout, x: float, y: float) -> bool:
    return all(box.y != y or abs(box.x - x) > BOX_WIDTH / 2 for box in laid.boxes.values())


def test_the_first_step_stands_on_top_and_a_way_back_is_drawn_as_one() -> None:
    laid = layout(GUIDES.guides["nhan-don-dong-goi-cam-ket"])
    assert min(laid.boxes, key=lambda step: laid.boxes[step].y) == "cam-ket"
    assert ("tat-ban", "xem-don") in laid.backward
