"""Words that tell of danger: the number first where it is sure, a line below the answer where it may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from bot.features.search.emergency import FIRE, VIOLENCE
from bot.understanding.danger import Alarm, DangerReader, Tier, shipped
from bot.understanding.encoder import Encoder
from bot.understanding.model import NONE


@dataclass(frozen=True)
class Fixed(Encoder):
    """A model that says the same of everything."""

    likely: Mapping[str, float] = field(default_factory=dict)

    def scores(self, text: str) -> Mapping[str, float]:
        return {kind: math.log(value) for kind, value in self.likely.items()}


def reader(**likely: float) -> DangerReader:
    own = shipped()
    model = Fixed(own.header, own.hashes, own.rarities, own.scales, own.vectors, own.inner, own.outer, likely)
    return DangerReader(lambda: model)


@pytest.mark.parametrize(("danger", "tier"), [(0.9, "sure"), (0.6, "sure"), (0.3, "maybe"), (0.02, "maybe")])
def test_how_likely_it_is_decides_where_it_is_said(danger: float, tier: Tier) -> None:
    likely = {NONE: 1 - danger, "113": danger * 0.7, "115": danger * 0.3}
    assert reader(**likely).alarm("có chuyện rồi đây") == Alarm(tier, VIOLENCE)


def test_everyday_talk_in_which_a_rule_sees_danger_gets_the_line_below() -> None:
    assert reader(none=0.998, **{"114": 0.002}).alarm("cháy nhà rồi") == Alarm("maybe", FIRE)
    assert reader(none=0.998, **{"114": 0.002}).alarm("chào cháu nhé") is None


def test_where_a_rule_says_more_exactly_what_to_do_it_is_said() -> None:
    assert reader(none=0.3, **{"115": 0.6, "114": 0.1}).alarm("cháy nhà rồi") == Alarm("sure", FIRE)


def test_rules_speak_alone_where_no_word_is_known() -> None:
    assert reader().alarm("cháy nhà rồi") == Alarm("sure", FIRE)
    assert reader().alarm("chào cháu") is None


def test_danger_at_the_end_of_a_long_message_is_heard() -> None:
    long = "hôm nay trời đẹp, bà con ra đồng gặt lúa từ sớm " * 20
    quiet = DangerReader().alarm(long)
    assert quiet is None or quiet.tier == "maybe"
    alarm = DangerReader().alarm(long + "cháy nhà rồi cứu với bà con ơi cháy to lắm")
    assert alarm is not None
    assert alarm.tier == "sure"
