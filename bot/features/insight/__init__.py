"""How guides are used: counts by step, village and week, the small ones hidden. No person stands anywhere here."""

from __future__ import annotations

from .hiding import FEWEST, Shown, hidden, shown
from .tallies import Tallies, TallyPlace, Use, What, first_day, last_day, places_of, weeks_before

__all__ = [
    "FEWEST",
    "Shown",
    "Tallies",
    "TallyPlace",
    "Use",
    "What",
    "first_day",
    "hidden",
    "last_day",
    "places_of",
    "shown",
    "weeks_before",
]
