"""Test tools that ship with the bot: a platform that enforces its limits, and conversations told as a story.

talk = world.talk(person="Hoa")
await talk.says("hướng dẫn")
await talk.picks("Cài VNeID")      # presses the button, or types its number where there are none
assert "Bước 1" in talk.heard
await talk.restarts()              # a new engine on the same database

For adapters: `rig` (what a test does to one), `vendor` (a base of fakes), `contract` (a pytest plugin). They need a web
server or pytest, so nothing of them is imported here.
"""

from __future__ import annotations

from bot.testing.worlds import MEDIA, PLAIN, RICH, FakePlatform, Participant, RouterFactory, Shown, TestClock, World

__all__ = [
    "MEDIA",
    "PLAIN",
    "RICH",
    "FakePlatform",
    "Participant",
    "RouterFactory",
    "Shown",
    "TestClock",
    "World",
]
