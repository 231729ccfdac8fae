"""Worlds in a worker that has run thousands of other tests."""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(scope="session", autouse=True)
def _a_small_heap() -> None:
    """A world looks three times for what it left: what a worker keeps of other tests need not be looked through."""
    gc.collect()
    gc.freeze()
