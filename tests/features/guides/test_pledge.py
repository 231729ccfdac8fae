"""Who opened a stall has seen the quality pledge before the guide ends."""

from __future__ import annotations

from pathlib import Path

from bot.features.guides import library
from bot.features.guides.model import END, Guide

GUIDES = Path(__file__).parents[3] / "guides"
PLEDGE = "cam-ket"
NOT_OPENED = {"nho-nguoi", "hang-tuoi"}
"""Where somebody may stop because there is no stall yet."""


def test_nobody_ends_with_an_open_stall_without_the_pledge() -> None:
    guide = library.load(GUIDES).guides["postmart-ban-hang"]
    seen = _reached(guide, without=PLEDGE)
    ends = {name for name in seen if END in _next(guide, name)}
    assert "dang-san-pham" in seen
    assert ends == NOT_OPENED


def _reached(guide: Guide, without: str) -> set[str]:
    seen: set[str] = set()
    wave = [guide.start]
    while wave:
        name = wave.pop()
        if name not in seen and name != without and name in guide.steps:
            seen.add(name)
            wave += _next(guide, name)
    return seen


def _next(guide: Guide, name: str) -> list[str]:
    step = guide.steps[name]
    if step.options:
        return [option.target for option in step.options if not option.other]
    return [] if step.next is None else [step.next]
