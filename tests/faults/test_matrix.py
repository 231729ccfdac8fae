"""Every fault of the matrix has tests, and docs/faults.md lists them. UPDATE_FAULTS=1 writes it anew."""

from __future__ import annotations

import os

from .matrix import FAULTS, TESTS, cases, document

DOCUMENT = TESTS.parent / "docs" / "faults.md"


def test_every_fault_has_a_test() -> None:
    assert {case.fault for case in cases()} == set(FAULTS)


def test_the_document_lists_the_tests() -> None:
    if os.environ.get("UPDATE_FAULTS"):
        DOCUMENT.write_text(document(), "utf-8")
    assert DOCUMENT.read_text("utf-8") == document(), "UPDATE_FAULTS=1 writes it anew"
