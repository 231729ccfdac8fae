"""The machine: room on the disk, who may read and write the files, open files, the clock, the version at work."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from bot.features.doctor.diagnosis import Diagnosis, bad, good, soon
from bot.i18n import msg
from bot.storage import data_folder
from bot.storage.database import DatabaseError

FULL, LITTLE = 300_000_000, 2_000_000_000
"""Bytes: below the first the next days are in danger, below the second the next copy of the database may not fit."""
FEW_FILES, USUAL_FILES = 1024, 4096
SKEW = timedelta(seconds=90)
"""So wrong a clock signs and plans wrongly; what a call takes is far less."""
_ENV_READERS = 0o007


def disk(folder: Path) -> Diagnosis:
    """Look at the room where the data lies. Raises OSError for a folder that is not there."""
    free = shutil.disk_usage(folder).free
    values = {"folder": str(folder), "free": f"{free / 1e9:.1f}".replace(".", ",")}
    mend = msg("Dọn ổ đĩa: bản sao lưu cũ, tệp bot.sqlite3.before-…, nhật ký cũ. Hoặc thêm ổ đĩa.")
    if free < FULL:
        return bad("disk", msg("Ổ đĩa của {folder} sắp đầy: chỉ còn {free} GB."), mend, **values)
    if free < LITTLE:
        return soon("disk", msg("Ổ đĩa của {folder} còn ít chỗ: {free} GB."), mend, **values)
    return good("disk", msg("Ổ đĩa của {folder} còn {free} GB."), **values)


def folder(place: Path) -> list[Diagnosis]:
    """Look at the data folder: that it is there, may be written to, belongs to one user and is closed to others."""
    values = {"folder": str(place)}
    if not place.is_dir():
        what = msg("Chưa có thư mục dữ liệu {folder}.")
        mend = msg("Kiểm tra `BOT_DATA_DIR`. Lần đầu thì chạy lệnh `serve`: bot tự làm thư mục ấy.")
        return [bad("folder", what, mend, **values)]
    if not os.access(place, os.W_OK | os.X_OK):
        what = msg("Bot không ghi được vào thư mục dữ liệu {folder}.")
        mend = msg("Cho người dùng chạy bot làm chủ: `chown -R langso:langso {folder}`.")
        return [bad("folder", what, mend, **values)]
    found: list[Diagnosis] = []
    if foreign := data_folder.of_others(place):
        what = msg("{count} tệp trong {folder} của người dùng khác, ví dụ {file}: có lệnh đã chạy bằng root.")
        mend = msg("Trả lại cho chủ của thư mục: `chown -R --reference={folder} {folder}`.")
        found.append(bad("rights", what, mend, **values, count=len(foreign), file=foreign[0].name))
    if exposed := data_folder.exposed(place):
        what = msg("Người khác trên máy đọc được {count} tệp có tên bà con, ví dụ {file}.")
        mend = msg("Đóng lại: `chmod -R go-rwx {folder}`. Khởi động lại bot thì bot cũng tự đóng.")
        found.append(bad("rights", what, mend, **values, count=len(exposed), file=exposed[0].name))
    return found or [good("folder", msg("Thư mục dữ liệu {folder} ghi được, người khác không đọc được."), **values)]


def key(place: Path) -> list[Diagnosis]:
    """Look at the secret key that is kept in the data folder; one that is not there yet is made at the start."""
    if not (place / data_folder.KEY).exists():
        return []
    try:
        data_folder.kept_key(place)
    except (DatabaseError, OSError):
        what = msg("Khóa bí mật {file} trống, cụt hoặc không đọc được.")
        mend = msg("Chép lại tệp `secret_key` từ bản sao lưu vào {folder}, rồi khởi động lại bot.")
        return [bad("key", what, mend, file=str(place / data_folder.KEY), folder=str(place))]
    return []


def env_file(path: Path) -> list[Diagnosis]:
    """Look who may read the file with the messengers' tokens."""
    if os.name != "posix" or not path.exists() or not path.stat().st_mode & _ENV_READERS:
        return []
    what = msg("Ai dùng máy này cũng đọc được {file}, trong đó có mã của các ứng dụng.")
    mend = msg("Đóng lại: `chown root:langso {file} && chmod 640 {file}`. Có người lạ đọc rồi thì lấy mã mới.")
    return [bad("rights", what, mend, file=str(path.absolute()))]


def open_files(most: int | None) -> list[Diagnosis]:
    """Judge how many files the process may open; None where the system sets no such limit."""
    if most is None:
        return []
    values = {"most": most}
    mend = msg("Thêm dòng `LimitNOFILE=16384` vào unit của bot, `systemctl daemon-reload`, rồi khởi động lại.")
    if most < FEW_FILES:
        return [bad("open files", msg("Hệ thống chỉ cho bot mở {most} tệp: khách sau sẽ bị từ chối."), mend, **values)]
    if most < USUAL_FILES:
        return [soon("open files", msg("Hệ thống chỉ cho bot mở {most} tệp, đông khách thì thiếu."), mend, **values)]
    return [good("open files", msg("Hệ thống cho bot mở {most} tệp."), **values)]


def clock(true: datetime | None, now: datetime) -> list[Diagnosis]:
    """Compare the machine's clock with one that somebody else keeps, None where nobody told the time."""
    if true is None:
        return []
    skew = now - true
    if abs(skew) < SKEW:
        return [good("clock", msg("Đồng hồ của máy đúng."))]
    minutes = max(1, round(abs(skew).total_seconds() / 60))
    mend = msg("Bật giờ tự động: `timedatectl set-ntp true`. Lời nhắc và chữ ký đều theo đồng hồ này.")
    if skew > timedelta():
        return [bad("clock", msg("Đồng hồ của máy nhanh {minutes} phút."), mend, minutes=minutes)]
    return [bad("clock", msg("Đồng hồ của máy chậm {minutes} phút."), mend, minutes=minutes)]


def went_back(written: datetime | None, now: datetime) -> list[Diagnosis]:
    """Tell when something was written later than now: the clock was set back, or was ahead until a moment ago."""
    if written is None or written - now < SKEW:
        return []
    what = msg("Dữ liệu ghi lúc {at} theo giờ quốc tế, mà đồng hồ của máy chưa tới giờ ấy.")
    mend = msg("Xem lại ngày giờ của máy, rồi bật giờ tự động: `timedatectl set-ntp true`.")
    return [bad("clock", what, mend, at=f"{written:%d/%m/%Y %H:%M}")]


def version(installed: str, at_work: str | None) -> list[Diagnosis]:
    """Compare the version on the disk with that of the bot at work, None while nothing is known of one."""
    if at_work is None or at_work == installed:
        return [good("version", msg("Phiên bản {installed}."), installed=installed)]
    what = msg("Đã cài bản {installed}, nhưng bot đang chạy vẫn là bản {at_work}.")
    mend = msg("Khởi động lại: `systemctl restart langso`.")
    return [bad("version", what, mend, installed=installed, at_work=at_work)]
