"""Words that an old person does not know are explained in the step where a guide says them first."""

from __future__ import annotations

import re

import pytest

from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide
from tests.conversations import content

WORDS = ("OTP", "PIN", "NFC", "QR", "passcode", "trình duyệt")


@pytest.mark.parametrize("guide", list(content().guides), ids=lambda guide: guide.slug)
def test_the_first_step_that_says_a_strange_word_explains_it(guide: Guide) -> None:
    texts = {
        id: " ".join(
            [
                step.title,
                *(plain(block.text) for block in step.blocks),
                *(way.label for way in step.options if not way.other),
            ]
        )
        for id, step in guide.steps.items()
    }
    for word in WORDS:
        first = next((id for id, text in texts.items() if word in text), None)
        if first is not None:
            assert re.search(rf"{word}[^.(]{{0,25}}\(|{word} là", texts[first]), (first, word)
