"""Fifteen villages told through people who answer as people do, over HTTP, on one messenger and on all at once.

One seed each; `make relays` shows a hundred. Each run compares every receipt with the people's own book.
"""

from __future__ import annotations

import pytest

from . import relays_month
from .relay_town import MESSENGERS
from .relays import VILLAGES, Setting, main, table

pytestmark = pytest.mark.timeout(300)


async def test_most_villages_have_it_within_half_an_hour_and_the_receipt_is_what_people_said() -> None:
    setting = Setting(groups=0)
    found = await main(1, setting)
    assert found[0].reached >= 12
    assert f"0 groups, {VILLAGES} villages through people" in table(found, setting)


async def test_a_file_costs_one_message_more_for_each_who_is_asked() -> None:
    [found] = await main(1, Setting(groups=3, files=1))
    assert found.words == 2 * found.asks
    assert found.reached >= 12


async def test_it_goes_where_leader_and_deputy_have_different_messengers() -> None:
    [found] = await main(1, Setting(tuple(MESSENGERS), groups=0))
    assert found.reached >= 12


async def test_who_has_not_written_to_the_account_for_long_is_passed_by_at_once() -> None:
    """The run itself looks: whoever is away was not asked, and a village of such people is one to telephone."""
    [found] = await main(1, Setting(("zalo_oa",), groups=0, shut=3))
    assert found.reached >= 11


async def test_the_question_for_the_week_s_figures_is_no_words_to_forward() -> None:
    """It comes in the hour of the third announcement of the month; each run compares words with asks."""
    told = await relays_month.main(Setting(groups=3), seed=0, days=1)
    assert told[0] == "3 groups, officials on zalo, 3 announcements"
    assert "asks and words 100" in told[1]
