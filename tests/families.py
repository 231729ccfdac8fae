"""Which tests are about a family that a commune may switch off: `pytest -m family_meetings`, `make families`.

With `BOT_FAMILIES_OFF` in the environment the bots of all tests are without those families; their own tests are then
left out by their mark.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import translate

SWITCH = "BOT_FAMILIES_OFF"
OFF: Sequence[str] = tuple(filter(None, os.environ.get(SWITCH, "").replace(" ", "").split(",")))

TESTS: Mapping[str, Sequence[str]] = {
    "desk": ("office/desk/test_*",),
    "difficulties": ("handlers/test_difficult*", "handlers/test_mentors_talk*"),
    "learning": (
        "handlers/test_board_talk*",
        "handlers/test_certificates_talk*",
        "handlers/test_daily_question_talk*",
        "handlers/test_group_quiz_talk*",
        "handlers/test_question_banks_talk*",
        "handlers/test_training_talk*",
    ),
    "loudspeaker": ("handlers/test_loudspeaker*",),
    "meetings": ("handlers/test_meetings_talk*",),
    "papers": ("handlers/test_papers_talk*", "handlers/test_documents_talk*", "handlers/test_reporting*"),
    "practices": ("handlers/test_practices_talk*", "handlers/test_methods_talk*", "handlers/test_remarks_talk*"),
    "quality": ("handlers/test_opinions_talk*", "handlers/test_quality_talk*", "handlers/test_insight_talk*"),
    "showcase": ("handlers/test_products_talk*",),
    "targets": ("handlers/test_targets_talk*", "handlers/test_rollup_talk*", "handlers/test_checkin_p*"),
    "unheard": ("handlers/test_unheard*",),
    "visits": ("handlers/test_visit*",),
}
"""By family: files of tests, and single ones of other files that need it; without `tests/`."""

OF_ALL: Sequence[str] = ("handlers/test_told_words*",)
"""They look through the texts of all families at once."""


_PATTERNS = {
    family: re.compile("|".join(translate(pattern) for pattern in (*patterns, *OF_ALL)))
    for family, patterns in TESTS.items()
}


def marks(nodeid: str) -> Iterator[str]:
    """The names of the marks of a test."""
    test = nodeid.removeprefix("tests/")
    for family, pattern in _PATTERNS.items():
        if pattern.match(test):
            yield f"family_{family}"


if __name__ == "__main__":
    print(*TESTS)  # noqa: T201 - for make
