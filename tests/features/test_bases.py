"""Which legal bases a paper cites on a day, and how a commune changes the register."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.features.commune import settings as commune
from bot.features.commune.bases import Basis, register
from bot.features.commune.settings import CommuneError
from bot.features.reports.forms import FORMS

TODAY = date(2026, 11, 27)
NEW = """
[[bases]]
key = "qd-411-2022"
replaced_by = "qd-7-2027"
[[bases]]
key = "qd-7-2027"
kind = "Quyết định"
number = "7/QĐ-TTg"
issued = 2027-01-05
in_force = 2027-02-01
issuer = "Thủ tướng Chính phủ"
title = "phê duyệt Chiến lược mới"
"""


def test_what_ships_cites_what_holds_today() -> None:
    names = register().cited("qd", TODAY)
    assert names[0] == "Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025"
    assert "Luật Chuyển đổi số số 148/2025/QH15 ngày 11 tháng 12 năm 2025" in names
    assert names[-1] == (
        "Quyết định số 1690/QĐ-TTg ngày 26 tháng 12 năm 2023 của Thủ tướng Chính phủ về Mạng lưới chuyển đổi số"
    )


def test_a_law_is_not_cited_before_it_is_in_force() -> None:
    assert not any("148/2025" in name for name in register().cited("qd", date(2026, 6, 30)))
    assert any("148/2025" in name for name in register().cited("qd", date(2026, 7, 1)))


def test_what_was_replaced_leads_to_its_successor_and_is_not_cited() -> None:
    changed = register([Basis(key="nd-13-2023", cited_in=("qd",)), Basis(key="nd-356-2025", cited_in=("qd",))])
    held = changed.now("nd-13-2023", TODAY)
    assert held is not None
    assert held.number == "356/2025/NĐ-CP"
    names = changed.cited("qd", TODAY)
    assert not any("13/2023" in name for name in names)
    assert sum("356/2025" in name for name in names) == 1


def test_a_commune_adds_a_successor_that_counts_from_its_day(tmp_path: Path) -> None:
    (tmp_path / commune.FILE).write_text(NEW, "utf-8")
    known = register(commune.load(tmp_path).bases)
    before, after = known.cited("qd", date(2027, 1, 31)), known.cited("qd", date(2027, 2, 1))
    assert any("411/QĐ-TTg ngày 31 tháng 3 năm 2022 của Thủ tướng Chính phủ" in name for name in before)
    assert "Quyết định số 7/QĐ-TTg ngày 05 tháng 01 năm 2027 của Thủ tướng Chính phủ phê duyệt Chiến lược mới" in after
    assert not any("411/" in name for name in after)


def test_what_has_ended_is_cited_no_more() -> None:
    known = register([Basis(key="qd-1690-2023", ended=date(2026, 11, 27))])
    assert known.cited("cv", date(2026, 11, 26)) != []
    assert known.cited("cv", TODAY) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[bases]]\nkey = "qd-411-2022"\nreplaced_by = "khong-co"', "bases: qd-411-2022: replaced_by: không có"),
        ('[[bases]]\nkey = "nd-356-2025"\nreplaced_by = "nd-13-2023"', "thay thế nhau thành vòng"),
        ('[[bases]]\nkey = "moi"\ntitle = "về việc gì đó"', "bases: moi: thiếu kind"),
        ('[[bases]]\nkey = "moi"\nso = "1"', "bases.0.so: không có mục tên này"),
    ],
)
def test_a_register_that_leads_nowhere_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / commune.FILE).write_text(text, "utf-8")
    with pytest.raises(CommuneError) as refused:
        commune.load(tmp_path)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_only_forms_that_exist_cite() -> None:
    assert {form for one in register().entries.values() for form in one.cited_in} <= set(FORMS)
