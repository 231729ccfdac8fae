"""Words that are no label mean one of the choices that are open, or none of them."""

from __future__ import annotations

import pytest

from bot.understanding import options
from bot.understanding.options import Open, OptionModel, OptionReader, digest
from tests.conversations import content

AT = Open("vneid-cai-dat-muc-2", "cai-dat", ["Đã cài xong", "Máy báo không cài được"])


def test_the_model_was_trained_on_these_lines() -> None:
    assert options._shipped().header.data == digest(), "make learn: the lines changed"


def test_a_file_that_is_written_and_read_again_says_the_same() -> None:
    again = OptionModel.read(options._shipped().write())
    words = "nó báo không tương thích"
    assert OptionReader(model=lambda: again).choose(words, AT) == OptionReader().choose(words, AT)


def test_a_choice_is_named_and_another_matter_is_none() -> None:
    reader = OptionReader()
    meant, other = reader.choose("nó báo không tương thích", AT), reader.choose("trợ cấp người già bao nhiêu", AT)
    assert meant is not None
    assert other is not None
    assert (meant.places[0], meant.taken) == (1, True)
    assert not other.asked


def test_a_step_for_which_nobody_wrote_lines_is_not_guessed_at() -> None:
    assert OptionReader().choose("xong rồi", Open("bai-moi", "buoc", ["Xong", "Chưa"])) is None


def test_every_line_is_of_a_choice_that_its_guide_has() -> None:
    """A trained file names choices by their number among those that can be chosen."""
    guides = {guide.slug: guide for guide in content().guides}
    gone = [
        one
        for one in options.read()
        if one.guide not in guides
        or one.step not in guides[one.guide].steps
        or one.label not in [option.label for option in guides[one.guide].steps[one.step].filled().options]
    ]
    assert gone == []


def test_a_word_that_was_heard_at_a_choice_is_not_weighed_there_again(monkeypatch: pytest.MonkeyPatch) -> None:
    line = options.read()[0]
    labels = list(dict.fromkeys(one.label for one in options.read() if one.place[:2] == line.place[:2]))
    asked, fresh, known = Open(line.guide, line.step, labels), OptionReader(), OptionReader()
    first = known.choose(line.text, asked)
    assert first is not None
    # A line held against the others of its choice is left out of what its words are worth.
    assert known.fits(line.text, asked, line.place) == fresh.fits(line.text, asked, line.place)
    monkeypatch.setattr(options, "_weighed", pytest.fail)
    assert known.choose(line.text, asked) == first
