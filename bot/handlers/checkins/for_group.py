"""Words about figures for the group of a village: that a round asks for them, and what was told."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.context import Context
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.periods import period
from bot.features.checkins import answers, indicators
from bot.features.checkins.answers import FigureLine
from bot.features.checkins.round_notices import FORWARD, to_pass_on
from bot.handlers.kit.forwarding import ForwardKind, WordsForGroup, number_in
from bot.i18n import SOURCE, number

FIGURES = "figures"
_TOLD = "Tổ công nghệ số {village} đã báo xã, kỳ {period}:"
_THANKS = "Tổ cảm ơn bà con đã cùng làm."


async def _question(ctx: Context, key: str) -> WordsForGroup | None:
    round_id, _, unit_id = key.partition(".")
    place = await units.by_id(number_in(unit_id))
    text = None if place is None else await to_pass_on(number_in(round_id), place)
    return None if place is None or text is None else WordsForGroup(place.id, text)


async def _told(ctx: Context, key: str) -> WordsForGroup | None:
    """Return the figures of a report that counts, as they were said; notes and difficulties are not the group's."""
    answer = await answers.get(number_in(key))
    place = None if answer is None else await units.by_id(answer.unit_id)
    if answer is None or place is None or answer.state != "done":
        return None
    own = [line for line in answer.body.lines if line.unit_id == place.id]
    if not own:
        return None
    head = Text.of(_TOLD, village=place.full_name, period=period(own[0].period).label)
    labels = {one.code: one.label for one in await indicators.active()}
    lines = [_line(line, labels) for line in own if line.period == own[0].period]
    return WordsForGroup(place.id, Text.join("\n", [head, *lines, Text.of(_THANKS)]))


def _line(line: FigureLine, labels: Mapping[str, str]) -> Text:
    sign = "+" if line.sign == "+" else ""
    label = labels.get(line.indicator, line.indicator)
    return Text.of("• {label}: {said}", label=label, said=sign + number(line.value, SOURCE))


KINDS = (ForwardKind(FORWARD, _question), ForwardKind(FIGURES, _told))
