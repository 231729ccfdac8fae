"""Each truth of the world turns red when its mechanism in the product is broken, and is green when it is not."""

from __future__ import annotations

import pytest

from .breakers import BREAKERS, red


@pytest.mark.parametrize("name", BREAKERS)
def test_a_truth_is_red_when_its_mechanism_is_broken(name: str) -> None:
    breaker = BREAKERS[name]
    assert any(red(breaker, seed) for seed in range(breaker.seed, breaker.seed + 4)), breaker.breaks
