"""The backups: whether there is one, how old it is, where it lies, and whether the next one can be made."""

from __future__ import annotations

import os
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from bot.features.backups.schedule import BackupPlan, BackupState, read_plan, read_state
from bot.features.calendar.vietnam import VIETNAM
from bot.features.doctor.diagnosis import Diagnosis, Value, bad, good, soon
from bot.i18n import msg
from bot.storage.backup import BackupError

_BEGIN = msg("Gõ lệnh `backup --every`: từ đó bot tự sao lưu mỗi đêm và khôi phục thử từng bản.")


def look(data: Path, now: datetime) -> list[Diagnosis]:
    """Look at the backups of a data folder. Raises OSError."""
    try:
        plan = read_plan(data)
    except BackupError as error:
        return [bad("backup", msg("Lịch sao lưu hỏng: {why}."), _BEGIN, why=str(error))]
    return [*_age(read_state(data), now), *(_place(plan, data) if plan is not None else [])]


def by_server() -> Diagnosis:
    """Tell who backs up a PostgreSQL server: nobody here can know whether it was done."""
    return good("backup", msg("Dữ liệu ở PostgreSQL: sao lưu bằng `pg_dump`, bot không tự làm được."))


def _age(state: BackupState, now: datetime) -> list[Diagnosis]:
    if state.failed_at is not None:
        what = msg("Lần sao lưu {at} không xong: {why}.")
        mend = msg("Sửa điều ấy, rồi gõ lại lệnh `backup --every` để thử ngay.")
        return [bad("backup", what, mend, at=_shown(state.failed_at), why=state.why.rstrip("."))]
    if state.good_at is None:
        return [bad("backup", msg("Chưa có bản sao lưu nào: máy hỏng là mất hết."), _BEGIN)]
    values: dict[str, Value] = {"days": (now - state.good_at).days, "at": _shown(state.good_at), "file": state.file}
    if state.is_ahead(now):
        what = msg("Bản sao lưu gần nhất ghi lúc {at}, mà đồng hồ của máy chưa tới giờ ấy.")
        return [bad("backup", what, _BEGIN, **values)]
    if state.is_old(now):
        return [bad("backup", msg("Bản sao lưu gần nhất đã {days} ngày ({at})."), _BEGIN, **values)]
    return [good("backup", msg("Sao lưu gần nhất lúc {at}, đã khôi phục thử: {file}."), **values)]


def _place(plan: BackupPlan, data: Path) -> list[Diagnosis]:
    values = {"folder": str(plan.folder)}
    if plan.public and find_spec("pyrage") is None:
        what = msg("Lịch sao lưu có khóa mã hóa, mà máy chưa cài phần mã hóa.")
        mend = msg("Cài `requirements/encryption.txt`, hoặc gõ lại `backup --every` không có khóa.")
        return [bad("backup", what, mend)]
    if not plan.folder.is_dir() or not os.access(plan.folder, os.W_OK | os.X_OK):
        what = msg("Bot không ghi được bản sao lưu vào {folder}.")
        mend = msg(
            "Cắm lại ổ đĩa ấy và cho người dùng chạy bot làm chủ. Thư mục ở ngoài thư mục dữ liệu thì thêm "
            "`ReadWritePaths={folder}` vào unit."
        )
        return [bad("backup", what, mend, **values)]
    if plan.folder.stat().st_dev == data.stat().st_dev:
        what = msg("Bản sao lưu ở {folder} cùng ổ đĩa với dữ liệu: hỏng ổ là mất cả hai.")
        mend = msg("Cắm một ổ khác, rồi gõ `backup --every --into` thư mục ở ổ ấy. Hoặc mỗi tuần chép sang máy khác.")
        return [soon("backup place", what, mend, **values)]
    return []


def _shown(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
