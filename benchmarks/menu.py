"""A guide of several steps, in words, for both sides. Standard library only."""

from __future__ import annotations

SLUG = "bai-thu"
TITLE = "Cài ứng dụng định danh điện tử"
NEXT, BACK, AGAIN, STUCK, LEAVE, DONE = "Tiếp", "Quay lại", "Đọc lại", "Tôi bị kẹt", "Thoát", "Xong"
STEPS = (
    ("Mở kho ứng dụng", "Bác bấm vào biểu tượng kho ứng dụng trên màn hình chính, chờ kho mở ra."),
    ("Gõ tên ứng dụng", "Bác bấm vào ô tìm kiếm ở phía trên, gõ tên ứng dụng bằng chữ thường."),
    ("Chọn ứng dụng đúng", "Bác xem tên người làm ra ứng dụng ở dưới, chọn ứng dụng của Bộ Công an."),
    ("Bấm Cài đặt", "Bác bấm nút Cài đặt màu xanh, chờ một phút cho máy tải về."),
    ("Mở ứng dụng", "Bác bấm nút Mở, cho phép ứng dụng gửi thông báo."),
    ("Xem lại", "Bác thấy màn hình đăng nhập là đã cài xong."),
)
FINISHED = "Bác đã xem xong bài này. Chúc mừng bác!"


def markdown() -> str:
    """The guide as an official would write it."""
    head = (
        f"---\ntitle: {TITLE}\narea: chính quyền số\naudience: người dân\nsources: [Bộ Công an]\nowner: cb-vhxh\n"
        "verified: 2026-11-20\nreview_every: 90d\nkeywords: [cài ứng dụng]\nminutes: 5\nstuck: to-cong-nghe-thon\n---\n"
    )
    steps = (f"\n# {title} {{#buoc-{n}}}\n\n{words}\n" for n, (title, words) in enumerate(STEPS, start=1))
    return head + "".join(steps)


PAGES = len(STEPS) + 1
"""What a person sees of it: the steps and the last word."""
