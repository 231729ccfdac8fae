"""The shipped guides are read once for all tests, and yet each bot has a library of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.assembly import installation
from bot.features.guides import library
from bot.features.guides.drawn import png as drawn
from tests import shipped
from tests.handlers.upkeep_world import FRESH, GUIDE
from tests.shipped import GUIDES


def test_what_one_bot_shows_another_does_not() -> None:
    """Mechanism: only what nobody changes is shared."""
    one, other = library.load(GUIDES), library.load(GUIDES)
    ours, theirs = installation.index_of(one), installation.index_of(other)
    one.put([])
    ours.build([])
    assert len(other) > 40
    assert theirs.find("vneid")
    assert not ours.find("vneid")
    assert next(iter(other)) is next(iter(library.load(GUIDES)))


def test_a_folder_of_one_s_own_is_read_as_it_is_now(tmp_path: Path) -> None:
    """Mechanism: nothing is remembered but what is shipped."""
    titles = []
    for text in (GUIDE, FRESH):
        (tmp_path / "cai-ung-dung.md").write_text(text, "utf-8")
        titles += [guide.title for guide in library.load(tmp_path)]
    assert titles == ["Cài ứng dụng", "Chụp màn hình"]


def test_a_drawing_is_rendered_anew_when_it_is_drawn_in_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: it is kept under the name of all that it is made of, and what is kept is what rendering makes."""
    monkeypatch.setenv(shipped.DRAWN, str(tmp_path))
    guides = library.load(GUIDES)
    one = next(step.drawing for guide in guides for step in guide.steps.values() if step.drawing is not None)
    draw = installation.drawing_of(guides)
    before = draw(one.file)
    assert draw(one.file) == before == shipped._png(one)
    real = drawn.svg
    monkeypatch.setattr(drawn, "svg", lambda drawing: real(drawing).replace("<text", "<text opacity='0.5'"))
    assert draw(one.file) not in (None, before)
    assert len([*tmp_path.iterdir()]) == 2
