"""One sentence in several messages, each typed seconds after the last."""

from __future__ import annotations

import pytest

from bot.testing import Participant, World
from bot.understanding.danger import Alarm, heard

SECONDS, A_MINUTE = 5, 60
BIRTH = ("con bé nhà tui", "vừa sinh hôm qua", "làm giấy chi")
BIRTH_TITLE = "Khai sinh, thường trú, thẻ bảo hiểm y tế cho trẻ dưới 6 tuổi"
LAND = ("nhà em", "có cái sổ", "ghi sai tên chồng")
RIVER = ("ngoài sông", "có hai đứa kìa")


async def _said(world: World, parts: tuple[str, ...], gap: int, name: str = "Ba") -> Participant:
    talk = world.talk(name)
    await talk.says("menu")
    for part in parts:
        world.clock.passes(seconds=gap)
        await talk.says(part)
    return talk


@pytest.mark.parametrize(("gap", "sure"), [(SECONDS, True), (A_MINUTE, False)])
async def test_three_messages_within_seconds_are_read_as_one_sentence(world: World, gap: int, sure: bool) -> None:
    talk = await _said(world, BIRTH, gap)
    assert ("Có phải bác cần" in talk.heard) == sure
    if sure:
        assert talk.choices[0].startswith(BIRTH_TITLE)


async def test_a_first_guess_is_corrected_by_what_follows(world: World) -> None:
    """“Nhà em” alone seems to ask for the family's list, “ghi sai tên chồng” alone for a birth certificate."""
    talk = await _said(world, LAND, SECONDS)
    assert talk.choices[0].startswith("Sổ đỏ sai")


async def test_what_was_refused_is_no_part_of_the_next_sentence(world: World) -> None:
    talk = await _said(world, BIRTH[:2], SECONDS)
    await talk.picks("Không phải")
    world.clock.passes(seconds=SECONDS)
    await talk.says(BIRTH[2])
    assert "Có phải bác cần" not in talk.heard


async def test_danger_told_in_pieces_is_heard(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: the words typed just before are heard together with these; alone none of them tells of danger."""
    whole = "ngoài bến đò hai đứa đuối nước cứu với"
    alarm = heard(whole)

    def only_joined(words: str) -> Alarm | None:
        return alarm if words == " ".join(RIVER) else None

    monkeypatch.setattr("bot.handlers.safety.danger.heard", only_joined)
    talk = await _said(world, RIVER, SECONDS)
    assert talk.news[0].text.plain.startswith("Gọi ngay 114")
    talk = await _said(world, RIVER, A_MINUTE, "Tư")
    assert not any("Gọi ngay 114" in message.text.plain for message in talk.news)
