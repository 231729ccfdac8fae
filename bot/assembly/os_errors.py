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
    errno.EDQUOT: "hết phần đĩa dành cho người dùng chạy bot; dọn chỗ rồi chạy lại",
    errno.EEXIST: "đã có, mà không phải thư mục",
    errno.EFBIG: "tệp lớn quá cho ổ đĩa này (ổ FAT32 chỉ nhận tệp dưới 4 GB); dùng ổ khác, hoặc định dạng lại",
    errno.EINVAL: "ổ đĩa không nhận tên tệp này; bỏ các dấu : ? * < > | trong tên",
    errno.EIO: "ổ đĩa không đọc, không ghi được: bị rút ra hoặc hỏng; cắm lại rồi chạy lại",
    errno.EISDIR: "là thư mục; ghi tên tệp",
    errno.ENAMETOOLONG: "tên tệp dài quá; đặt tên ngắn hơn",
    errno.ENODEV: "ổ đĩa đã bị rút ra; cắm lại rồi chạy lại",
    errno.ENOENT: "không có tệp hay thư mục này",
    errno.ENOSPC: "đĩa đầy; dọn chỗ rồi chạy lại",
    errno.ENXIO: "ổ đĩa đã bị rút ra; cắm lại rồi chạy lại",
    errno.ENOTDIR: "không phải thư mục",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
}


def says(error: OSError, where: str = "") -> str:
    """Describe an error: where, what, and what to do; `where` is used when the system does not tell it."""
    if error.errno is None or error.strerror is None:
        return str(error)  # one of ours
    about, reason = error.filename or where, _TO_DO.get(error.errno, error.strerror)
    if error.errno == errno.EINVAL and not error.filename:
        reason = error.strerror  # about an address, for example
    return f"{about}: {reason}" if about else reason
