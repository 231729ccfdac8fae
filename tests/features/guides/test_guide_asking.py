"""A guide may teach people to type a secret into their own app, and never to hand it to anybody."""

from __future__ import annotations

import pytest

from bot.features.guides.asking import asks_secret

ASKS = [
    "Gửi mã OTP vào đây.",
    "Bác đọc mã OTP cho cán bộ.",
    "Nhập số căn cước vào đây để tôi tra giúp.",
    "Chụp thẻ căn cước rồi gửi vào đây.",
    "Bác nhắn số tài khoản cho tổ công nghệ số.",
    "Khi cán bộ gọi thì đọc mã OTP.",
    "Nhắn mật khẩu cho tôi.",
    "Bác cung cấp số CCCD và mật khẩu cho nhân viên.",
    "Nói mã PIN với người gọi.",
    "Không phải lo, đọc mã OTP cho cán bộ nhé.",
    "Không đọc mã OTP cho người lạ, chỉ đọc mã OTP cho cán bộ xã.",
    "Để được hỗ trợ, gửi ảnh chụp căn cước cho Tổ công nghệ số.",
    "Vui lòng trả lời tin này kèm số căn cước.",
    "Bác gõ mã OTP ở đây.",
    "Đọc họ tên, số CCCD cho cán bộ qua điện thoại.",
    "Lấy mã OTP rồi đọc cho cán bộ.",
    "Bác gửi giúp số định danh.",
    "Báo mã xác nhận cho tổng đài.",
]
RIGHT = [
    "Không đọc mã OTP cho ai.",
    "Nhập mã OTP (mã số gửi vào tin nhắn). Mã này không đọc cho ai.",
    "Nhập số định danh (12 số trên thẻ) và số điện thoại đã đăng ký. Bấm “Gửi yêu cầu”.",
    "Nhập số định danh và mật khẩu VNeID.",
    "Không bao giờ đọc, gửi hay nhắn mã OTP cho ai.",
    "Có người xưng là công an gọi điện xin mã OTP. Bác làm gì?",
    "Dừng lại nếu có người hỏi mã OTP, đòi tiền hoặc gọi bảo “làm hộ mức 2”.",
    "Ngân hàng gửi mã OTP vào tin nhắn của bác.",
    "Bấm gửi lại mã OTP một lần.",
    "Chờ mã OTP gửi tới điện thoại.",
    "Đừng gửi ảnh căn cước vào nhóm.",
    "Tự nhập mã OTP, không đọc to cho người khác.",
    "Không cơ quan nào xin mã OTP qua điện thoại.",
    "Tuyệt đối không đọc mã OTP, mật khẩu, mã PIN cho bất kỳ ai.",
    "Ra Công an xã trình báo, giữ tin nhắn và số tài khoản đã chuyển.",
    "Bấm đường dẫn hoặc nhận mã OTP để “nhận tiền hàng”.",
    "Tổ công nghệ số không hỏi mật khẩu.",
    "Chụp hai mặt thẻ căn cước theo khung trên màn hình.",
    "Nếu ai bảo bác đọc mã OTP thì cúp máy.",
    "Lấy máy khác gọi ngân hàng theo số in sau thẻ, xin khóa.",
    "Chọn ngân hàng, nhập số tài khoản, xem lại từng số.",
    "Gửi yêu cầu, nhập mã OTP.",
    "Dừng ngay khi nghe một trong ba từ: mã OTP, chuyển tiền, bí mật.",
    "Không gửi số căn cước, mã OTP hay mật khẩu vào đây.",
    "Gửi số tài khoản cho khách.",
    "Ai xin bác đọc mã OTP đều là lừa đảo.",
]


@pytest.mark.parametrize("text", ASKS)
def test_a_text_that_asks_for_a_secret_is_found(text: str) -> None:
    assert asks_secret(text)
    assert asks_secret(f"Bước này dễ. {text} Xong thì bác bấm Tiếp.")


@pytest.mark.parametrize("text", RIGHT)
def test_warnings_and_typing_on_the_own_phone_are_right(text: str) -> None:
    assert not asks_secret(text)
