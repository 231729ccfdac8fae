"""Danger in words that no rule has: the number first, or a line below the answer."""

from __future__ import annotations

import pytest

from bot.features.search.emergency import VIOLENCE
from bot.testing import Participant, World
from bot.understanding.danger import Alarm

AFAR = "bà ngoại con tự dưng méo miệng, tay trái buông thõng, nói ú ớ không ra tiếng"
"""Tells of danger without a word that the rules know."""


async def _met(world: World) -> Participant:
    talk = world.talk()
    await talk.says("menu")
    return talk


async def test_the_number_comes_first_for_words_that_no_rule_has(world: World) -> None:
    talk = await _met(world)
    await talk.says(AFAR)
    assert talk.news[0].text.plain.startswith("Gọi ngay 115")


async def test_what_may_be_danger_is_a_line_below_the_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    alarm = Alarm("maybe", VIOLENCE)
    monkeypatch.setattr("bot.handlers.safety.danger.heard", lambda words: alarm)
    talk = await _met(world)
    await talk.says("tìm cài vneid")
    said = talk.news[-1].text.plain
    assert "Nếu đang nguy hiểm: Gọi ngay 113" in said
    assert not said.startswith("Nếu đang nguy hiểm")


async def test_for_half_an_hour_a_few_words_mean_the_danger_that_was_told(world: World) -> None:
    talk = await _met(world)
    await talk.says("tôi vừa chuyển tiền cho kẻ lừa đảo rồi")
    assert "ngân hàng" in talk.news[0].text.plain
    world.clock.passes(minutes=29)
    await talk.says("rồi làm sao đây")
    assert "ngân hàng" in talk.news[0].text.plain.partition("\n")[0]
    world.clock.passes(minutes=2)
    await talk.says("rồi làm sao đây")
    assert "ngân hàng" not in talk.news[0].text.plain.partition("\n")[0]


async def test_another_matter_right_after_a_danger_is_answered(world: World) -> None:
    talk = await _met(world)
    await talk.says(AFAR)
    await talk.says("cài vneid")
    assert "Có phải bác cần" in talk.heard
    await talk.says("menu")
    assert "Bác cần việc gì?" in talk.heard


async def test_a_few_words_under_a_question_may_be_its_answer_and_more_are_a_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An elder who told a child's age at a page got the child line's number and lost the guide."""
    alarm = Alarm("sure", VIOLENCE)
    talk = await _met(world)
    await talk.says("/start g_can-cuoc-tre-em-doi-mat_tre-em")
    monkeypatch.setattr("bot.handlers.safety.danger.heard", lambda words: alarm)
    monkeypatch.setattr("bot.understanding.danger.heard", lambda words: alarm)
    await talk.says("thằng bé 8 tuổi")
    assert not talk.news[0].text.plain.startswith("Gọi ngay 113")
    assert "Nếu đang nguy hiểm: Gọi ngay 113" in talk.news[-1].text.plain
    assert "Bác làm việc trên trước đã" not in talk.heard
    await talk.says("thằng bé đang bị nó đánh ngoài sân")
    assert talk.news[0].text.plain.startswith("Gọi ngay 113")
    await talk.says("menu")
    await talk.says("thằng bé 8 tuổi")
    assert talk.news[0].text.plain.startswith("Gọi ngay 113")
