"""What a certificate looks like and which names stand on it. The pictures themselves were looked at."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import pytest

from bot.features.guides.pictures import length
from bot.features.learning import certificate
from bot.features.learning.certificate import LONGEST_NAME, Certificate, name_of

LONG = "Nguyễn Thị Phương Thảo Nguyên Hoàng Bảo Trân Công Tằng Tôn Nữ Quỳnh Hương Giang"
SHORT = "Lý Páo"


@pytest.mark.parametrize("name", [SHORT, "H'Hen Niê", "H’Hen Niê", "Y-Bling Ê Ban", "Trần Văn B.", LONG])
def test_names_are_taken_as_they_are(name: str) -> None:
    assert name_of(f" {name}\n") == name


@pytest.mark.parametrize("said", ["", "A", "0912345678", "Hoa 1", "<b>Hoa</b>", "=Hoa", "-", "x" * (LONGEST_NAME + 1)])
def test_what_is_no_name_is_none(said: str) -> None:
    assert name_of(said) is None


@pytest.mark.parametrize("name", [SHORT, LONG, "W" * LONGEST_NAME])
def test_every_line_fits_and_says_what_it_is(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Mechanism: sizes are tried until the measured width fits; the last one is set in two lines."""
    drawn: list[str] = []

    def render(svg: str) -> bytes:
        drawn.append(svg)
        return b""

    monkeypatch.setattr(certificate, "render", render)
    topic = "Đăng ký tạm trú qua mạng cho người thân đến ở cùng, và báo cho công an xã khi có người về ở lâu dài"
    certificate.draw(Certificate(name, "session", topic, date(2026, 11, 4), "Ủy ban nhân dân xã Yên Mô & tỉnh"))
    lines = [one for one in ET.fromstring(drawn[0]) if one.tag.endswith("text")]  # noqa: S314 - our own
    for line in lines:
        bold = line.get("font-weight") == "bold"
        assert length(line.text or "", int(line.get("font-size", "0")), bold=bold) <= 1320
    words = " ".join(line.text or "" for line in lines)
    assert name in words
    assert "Ngày 04 tháng 11 năm 2026" in words
    assert "không có giá trị thay văn bằng" in words


def test_a_picture_is_made() -> None:
    made = certificate.draw(Certificate(SHORT, "guide", "Cài VNeID", date(2026, 11, 24), "Ủy ban nhân dân xã Yên Mô"))
    assert made.startswith(b"\x89PNG")
