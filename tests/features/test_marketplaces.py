"""Which marketplaces the bot knows, and how a commune changes the register."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.features.commune import settings as commune
from bot.features.commune.marketplaces import named_in, register
from bot.features.commune.settings import CommuneError

NEW = """
[[marketplaces]]
key = "voso"
status = "đang dùng"
since = "tháng 3/2027"
source = "Viettel Post, công văn 12"
[[marketplaces]]
key = "cho-que"
name = "Chợ Quê"
source = "Hợp tác xã Yên Mô"
"""


def test_what_ships_says_name_state_and_source() -> None:
    known = {one.key: one for one in register()}
    assert (known["buudien"].names, known["buudien"].status) == (("Buudien.vn", "Postmart"), "đã đổi tên")
    assert (known["voso"].status, known["voso"].since) == ("đã ngừng", "2023")
    assert all(one.source for one in known.values())


def test_a_commune_changes_one_and_adds_another(tmp_path: Path) -> None:
    (tmp_path / commune.FILE).write_text(NEW, "utf-8")
    known = {one.key: one for one in register(commune.load(tmp_path).marketplaces)}
    assert (known["voso"].name, known["voso"].status, known["voso"].guide) == ("Vỏ Sò", "đang dùng", "voso-ban-hang")
    assert known["cho-que"].status == "đang dùng"
    assert "buudien" in known


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('key = "cho-que"\nname = "Chợ Quê"', "thiếu source"),
        ('key = "cho-que"\nsource = "xã"', "thiếu name"),
        ('key = "voso"\nstatus = "closed"', "status"),
    ],
)
def test_an_entry_that_says_too_little_is_named_at_the_start(tmp_path: Path, entry: str, said: str) -> None:
    (tmp_path / commune.FILE).write_text(f"[[marketplaces]]\n{entry}\n", "utf-8")
    with pytest.raises(CommuneError, match=said):
        commune.load(tmp_path)


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("sàn postmart còn không", ["buudien"]),
        ("post mart đổi tên à", ["buudien"]),
        ("vo so con khong", ["voso"]),
        ("voso với buudien.vn", ["buudien", "voso"]),
        ("còn số không", []),
        ("vô số hàng còn không", []),
    ],
)
def test_a_name_is_found_as_people_write_it(words: str, keys: list[str]) -> None:
    assert [one.key for one in named_in(words, register())] == keys
