"""A call that tells somebody to pay or to install something: the bot holds them back and never helps the cheat."""

from __future__ import annotations

import pytest

from bot.testing import World

SCAM = "Nhận biết lừa đảo: giả công an, giả VNeID, giả ngân hàng"


@pytest.fixture
def database_kind() -> str:
    """What people see does not depend on the database."""
    return "sqlite"


@pytest.mark.parametrize(
    "said",
    [
        "điện lực gọi bảo chưa đóng tiền sẽ cắt điện trong ngày bấm vào link",
        "shipper bảo chuyển khoản",
        "shipper gọi báo có đơn hàng bảo chuyển khoản trước mà nhà không ai đặt",
        "bạn trai trên mạng bảo gửi tiền phí hải quan",
        "goi keu nang cap sim",
        "công an phường gọi bảo mang căn cước lên sửa định danh",
        "shipper nhắn chuyển khoản",
        "trúng thưởng bảo nộp phí",
        "có người gọi nói tôi có lệnh bắt",
        "có người xưng công an gọi video",
    ],
)
async def test_who_is_urged_is_held_back_and_gets_the_guide_on_scams_only(world: World, said: str) -> None:
    """The second and third were shown how to pay, the last how to install VNeID."""
    talk = world.talk("Hoa")
    await talk.says("menu")
    await talk.says(said)
    assert "Bác khoan làm theo" in talk.heard
    assert talk.choices == [SCAM, "Hỏi người trong thôn", "Về menu"]


@pytest.mark.parametrize(
    ("said", "guide"),
    [
        ("trả tiền điện", "Trả tiền bằng mã QR, trả tiền điện, tiền nước qua điện thoại"),
        ("cài vneid", "Cài và kích hoạt VNeID mức 2"),
        ("nhắn tin cho con thì cài app gì", ""),
        ("chị họ bảo chuyển khoản thì làm thế nào", "Trả tiền bằng mã QR, trả tiền điện, tiền nước qua điện thoại"),
        ("con trai nó bảo cài vneid", "Cài và kích hoạt VNeID mức 2"),
        ("trưởng thôn nhắn là cài vneid", "Cài và kích hoạt VNeID mức 2"),
        ("họ bảo quét mã qr", "Trả tiền bằng mã QR, trả tiền điện, tiền nước qua điện thoại"),
        ("soạn tin cảnh báo lừa đảo gọi điện bảo cài app giả", ""),
    ],
)
async def test_who_wants_to_pay_or_to_install_is_not_held_back(world: World, said: str, guide: str) -> None:
    talk = world.talk("Hoa")
    await talk.says("menu")
    await talk.says(said)
    assert "khoan làm theo" not in talk.heard
    assert not guide or guide in talk.choices
