"""A guide read over the loudspeaker: short, in words, with whom to call."""

from __future__ import annotations

import re

import pytest

from bot.features.audio.script import reading_seconds
from bot.features.commune.settings import DEMO
from bot.features.loudspeaker.gist import first_steps, script_to_read
from tests.conversations import content

GUIDES = content().guides.guides


@pytest.mark.parametrize("slug", list(GUIDES))
def test_every_guide_is_said_in_a_minute_and_a_half_without_a_figure(slug: str) -> None:
    text = script_to_read(GUIDES[slug], DEMO)
    assert 30 <= reading_seconds(text) <= 90
    assert not re.search(r"\d", text)
    assert "gọi số không hai hai chín" in text
    assert "Không đọc mã ô tê pê" in text
    assert text.count("Việc thứ") == 3
    assert not [step.title for step in first_steps(GUIDES[slug]) if step.title.endswith("?")]


def test_the_steps_follow_the_first_answer() -> None:
    told = [step.id for step in first_steps(GUIDES["vneid-cai-dat-muc-2"])]
    assert told == ["chuan-bi", "kho-ung-dung", "tim-vneid"]


def test_of_several_ways_the_one_with_most_to_tell_is_read() -> None:
    told = [step.id for step in first_steps(GUIDES["kiem-tra-tin-gia"])]
    assert told == ["doc-het", "nguon-tin", "ngay-dang"]


def test_a_commune_without_a_telephone_says_where_to_go() -> None:
    text = script_to_read(GUIDES["mat-khau-otp"], DEMO.model_copy(update={"phone": ""}))
    assert "gọi số" not in text
    assert "Ai chưa làm được thì ra Trung tâm" in text
