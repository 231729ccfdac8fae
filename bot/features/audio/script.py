"""The script that is read into the microphone for a written notice."""

from __future__ import annotations

from bot.core.lean import patterns

from .ear import for_ear

LONGEST_TEXT = 3000
"""Characters that are read at once: some minutes."""
_SYLLABLES_PER_SECOND = 2.5
_BREATH = 0.6  # seconds after a sentence
_SHORT = 60
"""Syllables of a notice that is said twice as a whole."""
_SYLLABLE = patterns.compile(r"[^\W\d_]+")
_SENTENCE_END = patterns.compile(r"(?<=[.!?])\s+")

# The village hears these words; they are not an interface and stay Vietnamese.
_GREETING = "Kính thưa bà con."
_AGAIN = "Xin nhắc lại."
_THANKS = "Xin cảm ơn bà con đã lắng nghe."


def script(written: str) -> str:
    """Write the script: greeting, the notice in words, the essential once more, thanks; "" if there is nothing to read.

    A short notice is repeated as a whole, of a long one the first sentence: latecomers learn what it is about.
    """
    words = for_ear(written)
    if not words:
        return ""
    sentences = _SENTENCE_END.split(words)
    core = words if syllables(words) <= _SHORT else sentences[0]
    return f"{_GREETING}\n{words}\n{_AGAIN}\n{core}\n{_THANKS}"


def syllables(text: str) -> int:
    return len(_SYLLABLE.findall(text))


def reading_seconds(text: str) -> int:
    """Estimate the seconds that reading a script to a village takes: slowly, with a breath after each sentence."""
    return round(syllables(text) / _SYLLABLES_PER_SECOND + _BREATH * len(_SENTENCE_END.split(text)))
