"""A world with the shipped guides."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, World
from tests.conversations import build_router, content


@pytest.fixture(scope="session")
def shipped() -> Content:
    return content()


@pytest.fixture
def world(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> World:
    return World(db, lambda: build_router(shipped), shipped.catalogues.translate, platform)
