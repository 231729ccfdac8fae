"""The question to the process that speaks; see bot.features.voice.__main__."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Spelling = Literal["phonemes", "letters"]
"""The writing that a model was taught: the sounds that espeak-ng writes (Piper), or the letters themselves (MMS)."""


class SpeechOrder(BaseModel, defer_build=True):
    """`model` and `tokens` are paths, `accent` is a voice of espeak-ng, `pace` 1.0 as the model speaks by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    tokens: str
    spelling: Spelling
    accent: str
    pace: float
    words: str
