"""Each truth of the core turns red when its mechanism in the product is broken."""

from __future__ import annotations

import pytest

from tests.world.breakers import red

from .breakers import BREAKERS


@pytest.mark.parametrize("name", BREAKERS)
def test_a_truth_of_the_core_is_red_when_its_mechanism_is_broken(name: str) -> None:
    breaker = BREAKERS[name]
    assert any(red(breaker, seed) for seed in range(breaker.seed, breaker.seed + 4)), breaker.breaks
