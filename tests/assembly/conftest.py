"""What a bot reads at its start."""

from __future__ import annotations

import pytest

from bot.handlers.kit.base import Content
from tests.conversations import content


@pytest.fixture
def shipped() -> Content:
    return content()
