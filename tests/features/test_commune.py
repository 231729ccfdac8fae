"""What a commune writes in `commune.toml`, and what becomes of it."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from bot.core.text import Text
from bot.features.commune import settings as commune
from bot.features.commune.settings import Commune, CommuneError, QuietSettings

FULL = """
code = "yen-mo"
name = "Yên Mô"
province = "Ninh Bình"
phone = "0229 123 4567"

[[contacts]]
matter = "VNeID"
name = "Công an xã"
phone = "0229 765 4321"

[[channels]]
name = "Trang của xã"
purpose = "tin tức"
link = "https://yenmo.ninhbinh.gov.vn/tin"
status = "tạm dừng"

[quiet]
start = 20:30:00
end = 05:30:00

[allow]
hosts = ["ninhbinh.gov.vn"]
phones = ["1900 1234"]

[letterhead]
address = "Thôn Trung Yên, xã Yên Mô"
chair_name = "Nguyễn Văn A"
recipients = ["Như trên", "Lưu: VT, VHXH"]
"""


def test_everything_that_a_commune_may_say_is_read(tmp_path: Path) -> None:
    (tmp_path / commune.FILE).write_text(FULL, "utf-8")
    found = commune.load(tmp_path)
    assert (found.full_name, found.place, found.values["tinh"]) == ("xã Yên Mô", "Yên Mô", "Ninh Bình")
    assert found.contacts[0].matter == "VNeID"
    assert found.channels[0].status == "tạm dừng"
    assert (found.letterhead.chair_title, found.letterhead.chair_name) == ("Chủ tịch", "Nguyễn Văn A")
    assert found.quiet.covers(time(5, 29))
    assert not found.quiet.covers(time(5, 30))


def test_guides_may_name_what_the_commune_names(tmp_path: Path) -> None:
    (tmp_path / commune.FILE).write_text(FULL, "utf-8")
    allowed = commune.load(tmp_path).allowed
    text = Text.verbatim("Xem yenmo.ninhbinh.gov.vn, ninhbinh.gov.vn, dichvucong.gov.vn, la.com")
    assert allowed.strange_hosts(text) == ["la.com"]
    assert allowed.strange_phones("gọi 0229 123 4567, 02297654321, 1900 1234, 0912 345 678") == ["0912 345 678"]


def test_an_installation_without_a_file_has_a_commune_without_a_name(tmp_path: Path) -> None:
    assert commune.load(tmp_path) == Commune()
    assert commune.load(tmp_path).quiet == QuietSettings(start=time(21), end=time(6))


@pytest.mark.parametrize(
    ("start", "end", "quiet", "loud"),
    [(21, 6, (21, 23, 0, 5), (6, 12, 20)), (12, 14, (12, 13), (11, 14, 0)), (0, 0, (), (0, 12, 23))],
)
def test_quiet_hours_may_pass_midnight(start: int, end: int, quiet: tuple[int, ...], loud: tuple[int, ...]) -> None:
    hours = QuietSettings(start=time(start), end=time(end))
    assert all(hours.covers(time(hour)) for hour in quiet)
    assert not any(hours.covers(time(hour)) for hour in loud)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nam = 'Yên Mô'", "nam"),
        ("kind = 'huyện'", "kind"),
        ("name = ", "commune.toml"),
        ("[[channels]]\nname = 'Trang'\nlink = 'yenmo.vn'", "channels.0.link"),
        ("[[channels]]\nname = 'Trang'\nstatus = 'hỏng'", "channels.0.status"),
        ("[allow]\nhosts = ['https://yenmo.vn']", "allow.hosts.0"),
        ("[quiet]\nstart = 'tối'", "quiet.start"),
        ("kind = 'Xã'", "kind: phải là xã, phường hoặc đặc khu"),
        ("phone = 113", "phone: phải là chữ trong dấu ngoặc kép"),
        ("digest = '5 giờ'", "digest: phải là giờ, ví dụ 17:00:00"),
        ("name = 'A'\nprovince = Ninh Bình", "commune.toml: dòng 2 viết chưa đúng"),
    ],
)
def test_a_fault_in_the_file_is_named(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / commune.FILE).write_text(text, "utf-8")
    with pytest.raises(CommuneError, match=fault):
        commune.load(tmp_path)


def test_a_file_that_notepad_saved_is_read_or_said_to_be_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / commune.FILE).write_text(FULL, "utf-8-sig")
    assert commune.load(tmp_path).name == "Yên Mô"
    (tmp_path / commune.FILE).write_text(FULL, "utf-16")
    with pytest.raises(CommuneError, match="lưu lại tệp này bằng UTF-8"):
        commune.load(tmp_path)


def test_several_communes_do_not_borrow_from_one_another(tmp_path: Path) -> None:
    (tmp_path / commune.FILE).write_text(FULL, "utf-8")
    (tmp_path / "communes").mkdir()
    (tmp_path / "communes" / "yen-tu.toml").write_text("name = 'Yên Từ'\nphone = '0229 222 2222'", "utf-8")
    found = commune.load_all(tmp_path)
    own, other = found.of("yen-mo"), found.of("yen-tu")
    assert own is not None
    assert other is not None
    assert (own.phone, other.phone, other.code) == ("0229 123 4567", "0229 222 2222", "yen-tu")
    assert found.of("yen-mac") is None
    (tmp_path / "communes" / "yen-tu.toml").write_text("code = 'yen-mo'", "utf-8")
    with pytest.raises(CommuneError, match="phải là yen-tu"):
        commune.load_all(tmp_path)
    (tmp_path / "communes" / "yen-tu.toml").rename(tmp_path / "communes" / "yen-mo.toml")
    with pytest.raises(CommuneError, match="đã là xã"):
        commune.load_all(tmp_path)
    (tmp_path / commune.FILE).write_text("name = 'Yên Mô'", "utf-8")
    with pytest.raises(CommuneError, match="code: phải có"):
        commune.load_all(tmp_path)


def test_the_demo_stands_in_for_a_missing_file_only(tmp_path: Path) -> None:
    assert commune.load_all(tmp_path, default=commune.DEMO).of("yen-mo") == commune.DEMO
    (tmp_path / commune.FILE).write_text("name = 'Khác'", "utf-8")
    assert commune.load_all(tmp_path, default=commune.DEMO).own.name == "Khác"
    assert commune.load_all(tmp_path).of("khac") == Commune(name="Khác")
