"""The examples and the file that was trained on them."""

from __future__ import annotations

import doctest
from pathlib import Path
from types import ModuleType

import pytest

from bot.understanding import danger, features
from bot.understanding.examples import FOLDER, digest, read
from bot.understanding.model import NONE, shipped
from tests.conversations import content

SLUGS = frozenset(guide.slug for guide in content().guides)


def test_every_example_that_ships_can_be_used() -> None:
    examples, wrong = read(FOLDER, SLUGS)
    assert [str(one) for one in wrong] == []
    assert len(examples) > 8000


def test_a_wrong_line_is_named_with_its_file_and_number(tmp_path: Path) -> None:
    lines = [
        "# comment",
        "cài vneid\tvneid-cai-dat-muc-2\tnorth",
        "xin chào\tnone:greeting\tnorth",
        "cài vneid\tvneid-cai-dat-muc-2\tsouth",
        "gì đó\tkhong-co-bai\tnorth",
        " \tnone\tnorth",
        "ôi\tdanger:\tnorth",
    ]
    (tmp_path / "writer-x.tsv").write_text("\n".join(lines), "utf-8")
    examples, wrong = read(tmp_path, frozenset({"vneid-cai-dat-muc-2"}))
    assert [one.text for one in examples] == ["cài vneid", "xin chào"]
    assert list(map(str, wrong)) == [
        "writer-x.tsv:4: stands twice",
        "writer-x.tsv:5: 'khong-co-bai' is no guide",
        "writer-x.tsv:6: has no text",
        "writer-x.tsv:7: 'danger:' is no kind of meaning",
    ]


def test_the_model_was_trained_on_these_examples() -> None:
    data = digest(FOLDER, content().guides)
    assert [danger.shipped().header.data, shipped().header.data] == [data, data], "make learn: the data changed"
    assert {name for name in shipped().header.meanings if ":" not in name} == SLUGS | {NONE}


@pytest.mark.parametrize("module", [danger, features])
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    done = doctest.testmod(module)
    assert (done.failed, done.attempted > 0) == (0, True)
