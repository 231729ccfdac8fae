"""Errors of the operating system as one sentence: where, what, and what to do."""

from __future__ import annotations

import errno

_TO_DO = {
    errno.EACCES: (
        "không có quyền; tệp và thư mục của bot phải là của người dùng chạy bot (chown -R), "
        "tệp khác thì để ở nơi người dùng ấy đọc, ghi được, ví dụ /tmp"
    ),
    errno.EADDRINUSE: "cổng này đã có chương trình khác dùng; đổi cổng (BOT_PORT)",
    errno.EADDRNOTAVAIL: "máy này không có địa chỉ ấy; sửa BOT_HOST",
    errno.EEXIST: "đã có, mà không phải thư mục",
    errno.EISDIR: "là thư mục; ghi tên tệp",
    errno.ENOENT: "không có tệp hay thư mục này",
    errno.ENOSPC: "đĩa đầy; dọn chỗ rồi chạy lại",
    errno.ENOTDIR: "không phải thư mục",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
}


def says(error: OSError, where: str = "") -> str:
    """Describe an error: where, what, and what to do; `where` is used when the system does not tell it."""
    if error.errno is None or error.strerror is None:
        return str(error)  # one of ours
    about, reason = error.filename or where, _TO_DO.get(error.errno, error.strerror)
    return f"{about}: {reason}" if about else reason
