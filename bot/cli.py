"""The commands of `python -m bot`: data on stdout, everything else on stderr; 0 done, 1 failed, 2 used wrongly."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from bot import commands
from bot.commands import Failed
from bot.settings import SettingsError

DEMO_PORT = 8765
_FOR_OTHERS = (
    commands.export,
    commands.report,
    commands.check,
    commands.import_word,
    commands.approved,
    commands.preview,
    commands.offline,
)
"""Whoever asked for their files decides who may read them. All else is people's names and words."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    if run not in _FOR_OTHERS:
        os.umask(0o077)
    try:
        sys.exit(run(arguments))
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Failed as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


class _Parser(argparse.ArgumentParser):
    """One that speaks Vietnamese, as far as the library lets it."""

    def __init__(self, **given: object) -> None:
        super().__init__(**{**given, "add_help": False})  # type: ignore[arg-type]
        self._positionals.title = "tham số"
        self._optionals.title = "tùy chọn"
        self.add_argument("-h", "--help", action="help", help="in trợ giúp này rồi thôi")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: gõ chưa đúng ({message}); thêm --help để xem cách gõ\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m bot", description="Bot của xã. Cách chạy và cấu hình: docs/operations.md")
    named = parser.add_subparsers(required=True, metavar="LỆNH", title="các lệnh")

    demo = named.add_parser("demo", help="bản chạy thử trong trình duyệt")
    demo.add_argument("--port", type=int, default=DEMO_PORT, metavar="CỔNG", help=f"mặc định {DEMO_PORT}")
    demo.add_argument("--data", type=Path, default=Path("data/demo"), metavar="THƯ_MỤC", help="mặc định data/demo")
    demo.set_defaults(run=commands.demo)

    serve = named.add_parser("serve", help="chạy bot trên các ứng dụng ghi ở BOT_PLATFORMS")
    serve.set_defaults(run=commands.serve)

    worker = named.add_parser("worker", help="làm việc theo giờ và gửi tin chờ, bên cạnh các serve (PostgreSQL)")
    worker.set_defaults(run=commands.worker)

    migrate = named.add_parser("migrate", help="nâng cấp cơ sở dữ liệu")
    migrate.set_defaults(run=commands.migrate)

    backup = named.add_parser("backup", help="sao lưu thư mục dữ liệu vào một tệp, cả khi bot đang chạy")
    backup.add_argument("file", type=Path, metavar="TỆP", help="tệp .zip sẽ ghi")
    backup.set_defaults(run=commands.backup)

    restore = named.add_parser("restore", help="khôi phục bản sao lưu vào thư mục dữ liệu trống")
    restore.add_argument("file", type=Path, metavar="TỆP", help="bản sao lưu")
    restore.add_argument("--erased", type=Path, metavar="DANH_SÁCH", help="erased.log: xóa lại ai đã xin xóa từ đó")
    restore.set_defaults(run=commands.restore)

    restored = named.add_parser("restored", help="sau pg_restore: giữ tin đang gửi dở, xóa lại ai đã xin xóa")
    restored.add_argument("--taken", required=True, metavar="LÚC", help="lúc pg_dump, ví dụ 2026-11-24T02:15")
    restored.add_argument("--erased", type=Path, required=True, metavar="DANH_SÁCH", help="erased.log mới nhất")
    restored.set_defaults(run=commands.restored)

    invite = named.add_parser("invite", help="làm mã mời cho một vai trò, hoặc phiếu mời cho người trong danh sách")
    whom = invite.add_mutually_exclusive_group(required=True)
    whom.add_argument("--role", metavar="VAI_TRÒ", help="ví dụ chair, officer (docs/rights.md)")
    whom.add_argument("--listed", action="store_true", help="phiếu Word cho mọi người có tên mà chưa vào")
    invite.add_argument("--unit", required=True, metavar="MÃ", help="mã của xã hoặc thôn, như trong bảng don_vi")
    invite.add_argument("--uses", type=int, default=1, metavar="SỐ", help="dùng được mấy lần, mặc định 1")
    invite.add_argument("--days", type=int, metavar="SỐ", help="dùng được mấy ngày, mặc định 7, phiếu mời 14")
    invite.add_argument("--out", type=Path, metavar="TỆP", help="tệp .docx sẽ ghi, với --listed")
    invite.add_argument("--again", action="store_true", help="với --listed: cả người đã có mã, mã cũ hết dùng")
    invite.add_argument("--json", action="store_true", help="in ra dạng JSON")
    invite.set_defaults(run=commands.invite)

    importing = named.add_parser("import", help="xem tệp Excel sẽ đổi gì, rồi ghi")
    importing.add_argument("file", type=Path, metavar="TỆP", help="tệp .xlsx; mẫu lấy bằng lệnh export")
    importing.add_argument("--yes", action="store_true", help="ghi luôn, không hỏi")
    importing.add_argument("--json", action="store_true", help="in ra dạng JSON")
    importing.set_defaults(run=commands.import_workbook)

    export = named.add_parser("export", help="ghi đơn vị, người, chỉ tiêu ra tệp Excel, nhập lại được")
    export.add_argument("--out", type=Path, required=True, metavar="TỆP", help="tệp .xlsx sẽ ghi")
    export.set_defaults(run=commands.export)

    report = named.add_parser("report", help="báo cáo Word và Excel của một đơn vị")
    report.add_argument("--unit", required=True, metavar="MÃ", help="mã của xã hoặc thôn")
    report.add_argument(
        "--period", required=True, metavar="KỲ", help="ví dụ 2026-W47, 2026-11, 2026-Q4, 2026-H1, 2026-9M, 2026"
    )
    report.add_argument("--out", type=Path, required=True, metavar="THƯ_MỤC", help="nơi ghi hai tệp")
    report.add_argument("--json", action="store_true", help="in ra dạng JSON")
    report.set_defaults(run=commands.report)

    audit = named.add_parser("audit", help="nhật ký ai làm gì")
    audit.add_argument("--verify", action="store_true", required=True, help="kiểm tra nhật ký có bị sửa không")
    audit.add_argument("--json", action="store_true", help="in ra dạng JSON")
    audit.set_defaults(run=commands.audit)

    check = named.add_parser("check", help="kiểm tra bài hướng dẫn và bản thu, chỉ rõ tệp và dòng")
    check.add_argument("dir", nargs="?", type=Path, metavar="THƯ_MỤC", help="mặc định: bài hướng dẫn của bot")
    check.add_argument("--json", action="store_true", help="in ra dạng JSON")
    check.add_argument("--skip-broken", action="store_true", help="chỉ coi là lỗi khi không còn bài nào đúng")
    check.add_argument("--update-index", action="store_true", help="ghi sổ mã các bước, khi không còn lỗi")
    check.add_argument("--update-audio", action="store_true", help="ghi sổ các bản thu mới")
    check.set_defaults(run=commands.check)

    guides = named.add_parser("guides", help="bài hướng dẫn: từ Word, và bài đã duyệt trong trò chuyện")
    writing = guides.add_subparsers(required=True, metavar="VIỆC", title="các việc")
    word = writing.add_parser("import", help="xem tệp Word thành bài hướng dẫn thế nào, khác bài đang có ở đâu")
    word.add_argument("file", type=Path, metavar="TỆP", help="tệp Word (.docx)")
    word.add_argument("--slug", metavar="MÃ", help="mã của bài; mặc định lấy từ tên tệp")
    word.add_argument("--write", type=Path, metavar="THƯ_MỤC", help="ghi bài và ảnh vào đây")
    word.set_defaults(run=commands.import_word)
    approved = writing.add_parser("approved", help="ghi các bài đã duyệt trong trò chuyện ra tệp")
    approved.add_argument("--out", type=Path, required=True, metavar="THƯ_MỤC", help="nơi ghi")
    approved.set_defaults(run=commands.approved)

    find = named.add_parser("find", help="tìm bài hướng dẫn như bà con tìm")
    find.add_argument("words", nargs="+", metavar="TỪ", help="“-”: mỗi dòng đọc vào là một lần tìm")
    find.add_argument("--json", action="store_true", help="mỗi lần tìm in ra một danh sách JSON")
    find.set_defaults(run=commands.find)

    preview = named.add_parser("preview", help="mọi bài trên một trang, như trên điện thoại")
    preview.add_argument("--out", type=Path, required=True, metavar="TỆP", help="tệp .html sẽ ghi")
    preview.set_defaults(run=commands.preview)

    offline = named.add_parser("offline", help="mọi bài trong một tệp HTML không cần mạng")
    offline.add_argument("--out", type=Path, required=True, metavar="TỆP", help="tệp .html sẽ ghi")
    offline.add_argument("--lang", default="vi", metavar="TIẾNG", help="mặc định vi")
    offline.set_defaults(run=commands.offline)
    return parser
