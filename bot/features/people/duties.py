"""“Nhiệm vụ của tôi”: what a new member learns, at most eight short messages for each role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.i18n import msg

MOST_PAGES, MOST_WORDS = 8, 120

_TEAM = msg(
    "**Tổ công nghệ số cộng đồng** giúp bà con trong thôn dùng điện thoại và các dịch vụ số. "
    "Tổ thường có 5 đến 7 người: Tổ trưởng, Tổ phó và các thành viên.\n"
    "Nguyên tắc: đi từng ngõ, gõ từng nhà, hướng dẫn từng người. Bác chỉ tay, bà con tự bấm."
)
_WORK = msg(
    "**Năm việc của Tổ:**\n"
    "1. Tuyên truyền để bà con biết và tin.\n"
    "2. Hướng dẫn nộp hồ sơ trực tuyến, VNeID, sổ sức khỏe điện tử.\n"
    "3. Hướng dẫn trả tiền không dùng tiền mặt, bán hàng trên mạng.\n"
    "4. Giúp bà con tránh lừa đảo trên mạng.\n"
    "5. Báo số liệu và khó khăn cho xã."
)
_VISIT = msg(
    "**Khi đến một nhà:** chào hỏi, nói rõ bác ở Tổ công nghệ số của thôn. Hỏi bà con cần việc gì. "
    "Gõ “làm mẫu” và tên việc để đọc cách dạy, rồi mở bài, làm từng bước cùng bà con.\n"
    "Xong thì bác ghi lại lượt hỗ trợ, không cần tên người."
)
_SAFE = msg(
    "**Bốn điều không làm:**\n"
    "• Không hỏi, không giữ mật khẩu, mã OTP của bà con.\n"
    "• Không chụp căn cước của bà con.\n"
    "• Không cầm điện thoại bấm thay khi bà con chưa đồng ý.\n"
    "• Không đưa tên, ảnh bà con lên nhóm khi chưa được đồng ý."
)
_STUCK = msg(
    "**Gặp việc khó:** bác chọn “Tôi bị kẹt” trong bài hướng dẫn, hoặc gõ “khó khăn” để báo xã. "
    "Việc nào cũng có người nhận và có hạn trả lời.\n"
    "Số điện thoại và giờ làm việc của xã: bác gõ “trợ giúp”."
)
_FIGURES = msg(
    "**Số liệu:** bác gửi số bác biết, Tổ trưởng xem rồi mới tính vào báo cáo của thôn. Chưa có số thì bác để trống, "
    "đừng đoán. Gõ “số đã báo” để xem lại."
)
_LEAD = msg(
    "**Việc của Tổ trưởng:** giao việc cho thành viên, báo cáo của thôn đúng kỳ, trả lời khi bà con bị kẹt. "
    "Khi đến kỳ, tôi hỏi trong nhóm của thôn; bác trả lời một tin, tôi đọc lại để bác xem trước khi tính. "
    "Gõ “số đã báo” để xem lại.\n"
    "Mời họp, viết biên bản: bác gõ “họp tổ” hoặc “họp thôn”."
)
_LEAD_START = msg(
    "**Ba việc đầu tiên:**\n"
    "1. Thêm tôi vào nhóm của thôn. Gõ /moi, chọn “Mã đăng ký nhóm” để lấy mã.\n"
    "2. Gõ /moi để mời thành viên.\n"
    "3. Trong nhóm, gõ /kiemtra để xem tôi đã nghe được chưa."
)
_DEPUTY = msg(
    "**Việc của Tổ phó:** cùng Tổ trưởng giao việc, báo cáo, mời thành viên. Khi Tổ trưởng vắng, tôi nhắc bác."
)
_VOLUNTEER = msg(
    "**Đoàn viên tình nguyện** giúp Tổ công nghệ số của thôn trong các đợt ra quân. Vai trò của bác có hạn và tự hết. "
    "Mỗi lần giúp xong một người, bác ghi lại lượt hỗ trợ, không cần tên."
)
_HEAD = msg(
    "**Bí thư, Trưởng thôn** xem khó khăn và báo cáo của thôn, vận động bà con tham gia. "
    "Số liệu do Tổ công nghệ số báo."
)
_STEERING = msg(
    "**Thành viên Ban chỉ đạo phụ trách thôn** xem số liệu, báo cáo của thôn được giao, gỡ khó khăn "
    "và đề xuất chỉ tiêu. Gõ “góp ý báo cáo” để ghi ý kiến chỉ đạo."
)
_OFFICER = msg(
    "**Công chức Văn hóa – Xã hội** lo nội dung, chỉ tiêu, báo cáo và danh sách người làm. Bác soạn, lãnh đạo duyệt: "
    "tin gửi cho bà con luôn qua hai người."
)
_OFFICER_START = msg(
    "**Bắt đầu:**\n"
    "1. Gõ /moi để mời Tổ trưởng từng thôn, chọn vai trò rồi chọn thôn.\n"
    "2. Tổ trưởng đăng ký nhóm của thôn.\n"
    "3. Gõ /caidat để ghi điện thoại, giờ làm việc, danh bạ của xã.\n"
    "4. Gõ /nhiemvu lúc nào cần đọc lại."
)
_CHAIR = msg(
    "**Chủ tịch, Phó Chủ tịch** duyệt chỉ tiêu và nội dung gửi bà con. Người soạn không tự duyệt. "
    "Tin khẩn có thể gửi ngay, kèm lý do, và được ghi lại để xem sau."
)
_POLICE = msg(
    "**Công an xã** nhận khó khăn về VNeID và tin báo lừa đảo, duyệt lời cảnh báo, cập nhật số liệu an toàn thông tin."
)
_YOUTH = msg(
    "**Bí thư Đoàn xã** mời đoàn viên tình nguyện giúp các Tổ, và cho thôi khi hết đợt. Gõ “mời” để lấy mã mời, "
    "“ai làm gì” để xem và cho thôi. Gõ “nhật ký” để xem đoàn viên đã giúp bao nhiêu lượt, bao nhiêu người, mấy giờ. "
    "Trong nhật ký không có tên bà con."
)
_ENTERPRISE = msg(
    "**Doanh nghiệp tham gia** nhận việc xã giao và ghi lại lượt hỗ trợ. Bác gõ “công việc” để xem việc của mình. "
    "Bác không thấy thông tin riêng của bà con."
)
_OBSERVER = msg(
    "**Quan sát viên** xem số liệu tổng hợp, trả lời câu xã hỏi và góp ý. Bác gõ “câu hỏi của xã” để xem. "
    "Số liệu của xã do xã sửa."
)
_COUNCIL = msg("**Thường trực Đảng ủy, HĐND** xem báo cáo và số liệu tổng hợp của xã.")
_RESIDENT = msg("Bà con xem hướng dẫn, hỏi và góp ý. Bác gõ “menu” để bắt đầu.")

_SHORT: tuple[str, ...] = (_SAFE, _STUCK)
PAGES: Mapping[str, Sequence[str]] = {
    "resident": (_RESIDENT,),
    "volunteer": (_VOLUNTEER, _TEAM, _VISIT, *_SHORT),
    "member": (_TEAM, _WORK, _VISIT, _SAFE, _FIGURES, _STUCK),
    "deputy": (_TEAM, _WORK, _DEPUTY, _VISIT, _SAFE, _STUCK),
    "leader": (_TEAM, _WORK, _LEAD, _LEAD_START, _VISIT, _SAFE, _STUCK),
    "village_head": (_HEAD, _TEAM, *_SHORT),
    "enterprise": (_ENTERPRISE, *_SHORT),
    "steering": (_STEERING, _WORK, *_SHORT),
    "officer": (_OFFICER, _OFFICER_START, _WORK, _SAFE),
    "chair": (_CHAIR, _SAFE),
    "police": (_POLICE, *_SHORT),
    "youth": (_YOUTH, *_SHORT),
    "observer": (_OBSERVER,),
    "council": (_COUNCIL,),
}
"""Role code → pages, in the order in which they are read."""
