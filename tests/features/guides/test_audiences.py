"""Whose guide it is, and whose list somebody asks for in their own words."""

from __future__ import annotations

import pytest

from bot.core.lean.values import replace
from bot.features.guides.audiences import AUDIENCES, asked_for, audiences_of, guides_for
from tests.conversations import content

SHIPPED = content().guides


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("Người cao tuổi", ["nguoi-dan"]),
        ("Hộ kinh doanh, tiểu thương", ["ho-kinh-doanh"]),
        ("Doanh nghiệp", ["doanh-nghiep"]),
        ("Hợp tác xã", ["doanh-nghiep"]),
        ("Người dân, hộ kinh doanh, doanh nghiệp", ["nguoi-dan", "ho-kinh-doanh", "doanh-nghiep"]),
    ],
)
def test_a_guide_is_for_whom_its_line_names(line: str, codes: list[str]) -> None:
    guide = replace(next(iter(SHIPPED)), audience=line)
    assert [one.code for one in audiences_of(guide)] == codes


def test_each_audience_has_guides_and_each_guide_an_audience() -> None:
    lists = {one.code: {guide.slug for guide in guides_for(one, SHIPPED)} for one in AUDIENCES}
    assert set().union(*lists.values()) == set(SHIPPED.guides)
    assert {"thue-ho-kinh-doanh-etax", "nhan-tien-qr-ho-kinh-doanh"} <= lists["ho-kinh-doanh"] - lists["nguoi-dan"]
    assert "chon-san-ban-hang" in lists["doanh-nghiep"]
    assert "dien-thoai-co-ban" not in lists["ho-kinh-doanh"] | lists["doanh-nghiep"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("hướng dẫn cho hộ kinh doanh", "ho-kinh-doanh"),
        ("huong dan danh cho ho kinh doanh", "ho-kinh-doanh"),
        ("Hộ kinh doanh xem bài nào ạ?", "ho-kinh-doanh"),
        ("tôi là tiểu thương", "ho-kinh-doanh"),
        ("bài nào cho doanh nghiệp", "doanh-nghiep"),
        ("danh sach bai cho htx", "doanh-nghiep"),
        ("hướng dẫn cho bà con", "nguoi-dan"),
    ],
)
def test_a_list_is_asked_for_in_many_ways(said: str, code: str) -> None:
    found = asked_for(said)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "said",
    [
        "",
        "hướng dẫn",
        "bà con",
        "người dân",
        "thuế hộ kinh doanh",
        "hướng dẫn cài vneid",
        "công ty tuyển người",
        "x" * 500,
    ],
)
def test_a_question_is_no_request_for_a_list(said: str) -> None:
    assert asked_for(said) is None
