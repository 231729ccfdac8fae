"""Nobody is sent to a web address or a phone number that has not been confirmed."""

from __future__ import annotations

import pytest

from bot.features.guides.contacts import Allowed
from bot.features.guides.markdown import to_text

ALLOWED = Allowed()


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("Mở dichvucong.gov.vn.", []),
        ("Mở https://dichvucong.gov.vn/p/home và VNEID.GOV.VN", []),
        ("Trang voso.vn nay đã dừng, postmart.vn đổi tên thành buudien.vn", []),
        ("[bấm](https://voso.vn)", ["voso.vn"]),
        ("[vneid.gov.vn](https://evil.top/x)", ["evil.top"]),
        ("https://vneid.gov.vn@evil.top/", ["evil.top"]),
        ("https://vneid.gov.vn.evil.top", ["vneid.gov.vn.evil.top"]),
        ("dichvucong.ninhbinh.gov.vn", ["dichvucong.ninhbinh.gov.vn"]),
        ("bấm bit.ly/abc", ["bit.ly"]),
        ("vào http://1.2.3.4/a", ["1.2.3.4"]),
        ("**bit**.ly và bit\\.ly", ["bit.ly"]),
        ("Nghị định 69/2024/NĐ-CP. Bấm Tiếp.Chờ máy.", []),
    ],
)
def test_hosts(text: str, hosts: list[str]) -> None:
    assert ALLOWED.strange_hosts(to_text(text, {})) == hosts


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("Gọi 113, 114 hoặc 115.", []),
        ("Gọi tổng đài VNeID 1900.0368 hoặc 1900 0368", []),
        ("Nhắn tin tới 5656, gọi 156.", []),
        ("Gọi 18001096", ["18001096"]),
        ("Gọi 1900 9068.", ["1900 9068"]),
        ("Số 0912 345 678", ["0912 345 678"]),
        ("(024) 3825.1234", ["(024) 3825.1234"]),
        ("+84 912-345-678", ["+84 912-345-678"]),
        ("Gọi 113 hoặc 911", ["911"]),
        ("gọi công an xã 8888", ["8888"]),
        ("Chờ 120 giây, gọi lại sau 100 phút", []),
        ("Ngày 01/7/2025, giá 1.250.000 đồng, mã 123456, Nghị định số 141/2026/NĐ-CP", []),
        ("12 số trên thẻ, mã 6 số", []),
    ],
)
def test_phones(text: str, phones: list[str]) -> None:
    assert ALLOWED.strange_phones(text) == phones


def test_the_commune_s_own_number_is_known_in_any_spelling() -> None:
    own = Allowed(phones=frozenset({"0229 3869 123"}))
    assert own.strange_phones("Gọi 02293869123 hoặc +84 229 3869 123") == []
