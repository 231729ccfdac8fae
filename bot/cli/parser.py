"""The commands of `python -m bot`: data on stdout, everything else on stderr; 0 done, 1 failed, 2 used wrongly."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

from bot import __version__
from bot.cli import commands
from bot.cli.commands import Failed
from bot.cli.terminal import speak_vietnamese
from bot.handlers.kit.joints import FamilyError
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
    commands.voice,
    commands.read_steps,
    commands.approve_steps,
    commands.new,
)
"""Commands whose files the caller's umask protects. All other files hold people's names and words."""

_RUNNING = frozenset({"demo", "serve", "worker"})


def main(argv: Sequence[str] | None = None) -> NoReturn:
    speak_vietnamese()
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser(words[:1]).parse_args(words)
    run: Callable[[argparse.Namespace], int] = arguments.run
    if run not in _FOR_OTHERS:
        os.umask(0o077)
    try:
        sys.exit(run(arguments))
    except (SettingsError, FamilyError) as error:
        print(commands.line_of(error), file=sys.stderr)
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


class _Commands(Protocol):
    """The part of an argparse subparsers action that is needed to add commands."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser: ...


def _parser(asked: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of all commands; where one that runs the bot is `asked` for, of those, which start sooner."""
    parser = _Parser(prog="python -m bot", description="Bot của xã. Cách chạy và cấu hình: docs/operations.md")
    parser.add_argument("--version", action="version", version=f"langso {__version__}", help="in số phiên bản rồi thôi")
    named = parser.add_subparsers(required=True, metavar="LỆNH", title="các lệnh")
    everything = (
        _add_project,
        _add_running,
        _add_keeping,
        _add_looking,
        _add_office,
        _add_federation,
        _add_guides,
        _add_voice,
    )
    for add in (_add_running,) if asked and _RUNNING.issuperset(asked) else everything:
        add(named)
    return parser


def _add_project(named: _Commands) -> None:
    """Add the command that begins a project of one's own on the framework: new."""
    new = named.add_parser("new", help="viết một dự án bot mới: tin trả lời, kiểm thử, Dockerfile")
    new.add_argument("folder", type=Path, metavar="TÊN", help="thư mục mới, cũng là tên của dự án")
    new.set_defaults(run=commands.new)


def _add_running(named: _Commands) -> None:
    """Add the commands that run the bot: init, demo, serve, worker, and migrate before an upgrade."""
    init = named.add_parser("init", help="cài đặt cho một xã: hỏi, ghi cấu hình, bật bot; chạy lại để sửa một điều")
    init.add_argument("--answers", type=Path, metavar="TỆP", help="tệp câu trả lời (.toml), “-” là đọc từ stdin")
    init.add_argument("--page", action="store_true", help="hỏi trên trang /bat-dau thay vì ở đây")
    init.add_argument("--no-serve", action="store_true", help="chỉ ghi, không bật bot")
    init.add_argument("--json", action="store_true", help="in mã và đường dẫn ra dạng JSON")
    init.set_defaults(run=commands.init)

    demo = named.add_parser("demo", help="bản chạy thử trong trình duyệt")
    demo.add_argument("--port", type=int, default=DEMO_PORT, metavar="CỔNG", help=f"mặc định {DEMO_PORT}")
    demo.add_argument("--data", type=Path, default=Path("data/demo"), metavar="THƯ_MỤC", help="mặc định data/demo")
    demo.set_defaults(run=commands.demo)

    serve = named.add_parser("serve", help="chạy bot trên các ứng dụng ghi ở BOT_PLATFORMS")
    serve.set_defaults(run=commands.serve)

    worker = named.add_parser("worker", help="trả lời, làm việc theo giờ và gửi tin chờ, bên cạnh các serve (RabbitMQ)")
    worker.set_defaults(run=commands.worker)

    migrate = named.add_parser("migrate", help="nâng cấp cơ sở dữ liệu")
    migrate.set_defaults(run=commands.migrate)


def _add_keeping(named: _Commands) -> None:
    """Add the commands for copies of the data: backup, restore, upgrade, and restored after a pg_restore."""
    backup = named.add_parser("backup", help="sao lưu thư mục dữ liệu, một lần hay tự động, và khôi phục thử")
    backup.add_argument("file", type=Path, nargs="?", metavar="TỆP", help="tệp .zip sẽ ghi, cả khi bot đang chạy")
    backup.add_argument("--every", type=int, nargs="?", const=24, metavar="GIỜ", help="bot tự làm, mặc định mỗi đêm")
    backup.add_argument("--into", type=Path, metavar="THƯ_MỤC", help="với --every: nơi ghi, nên ở ổ đĩa khác")
    backup.add_argument("--keep", type=int, metavar="NGÀY", help="với --every: giữ mấy ngày, mặc định 30")
    backup.add_argument("--for", dest="public", default="", metavar="KHÓA", help="mã hóa cho khóa công khai age1…")
    backup.add_argument("--stop", action="store_true", help="bot thôi tự sao lưu")
    backup.add_argument("--new-key", type=Path, metavar="TỆP", help="làm khóa mới để mã hóa, ghi khóa mở vào TỆP")
    backup.set_defaults(run=commands.backup)

    files = named.add_parser("files-move", help="chuyển tệp giữa thư mục dữ liệu và kho S3; dừng lúc nào cũng được")
    files.add_argument(
        "--to", choices=("s3", "folder"), required=True, help="kho ở BOT_FILES_URL, hoặc thư mục dữ liệu"
    )
    files.set_defaults(run=commands.files_move)

    restore = named.add_parser("restore", help="khôi phục bản sao lưu vào thư mục dữ liệu trống")
    restore.add_argument("file", type=Path, metavar="TỆP", help="bản sao lưu")
    restore.add_argument("--erased", type=Path, metavar="DANH_SÁCH", help="erased.log: xóa lại ai đã xin xóa từ đó")
    restore.add_argument("--key", type=Path, metavar="TỆP", help="tệp có khóa mở, nếu bản sao lưu đã mã hóa")
    restore.set_defaults(run=commands.restore)

    upgrade = named.add_parser("upgrade", help="sao lưu, rồi nâng dữ liệu lên bản chương trình này")
    upgrade.add_argument("--back", action="store_true", help="đã cài lại bản cũ: đưa dữ liệu về trước lần nâng cấp")
    upgrade.set_defaults(run=commands.upgrade)

    restored = named.add_parser("restored", help="sau pg_restore: giữ tin đang gửi dở, xóa lại ai đã xin xóa")
    restored.add_argument("--taken", required=True, metavar="LÚC", help="lúc pg_dump, ví dụ 2026-11-24T02:15")
    restored.add_argument("--erased", type=Path, required=True, metavar="DANH_SÁCH", help="erased.log mới nhất")
    restored.set_defaults(run=commands.restored)


def _add_looking(named: _Commands) -> None:
    """Add doctor and adapter-check: what is wrong with the installation, and with an adapter."""
    doctor = named.add_parser("doctor", help="xem máy, mã, webhook, dữ liệu, bản sao lưu có gì sai, và sửa thế nào")
    doctor.add_argument("--json", action="store_true", help="in ra dạng JSON")
    doctor.set_defaults(run=commands.doctor)

    adapter = named.add_parser("adapter-check", help="xem phần nối một ứng dụng nhắn tin có giữ hợp đồng không")
    adapter.add_argument("module", metavar="MÔ_ĐUN", help="mô-đun có CASES, ví dụ examples.letters_rig")
    adapter.set_defaults(run=commands.adapter_check)


def _add_federation(named: _Commands) -> None:
    """Add the commands for who looks at several provinces: province-sums, country."""
    sums = named.add_parser("province-sums", help="số tháng của tỉnh thành một tệp có chữ ký (docs/province.md)")
    sums.add_argument("--unit", required=True, metavar="MÃ", help="mã của tỉnh")
    sums.add_argument("--month", required=True, metavar="THÁNG", help="tháng đã hết, ví dụ 2026-10")
    sums.add_argument("--key", type=Path, required=True, metavar="TỆP", help="tệp giữ khóa chung với nơi xem")
    sums.add_argument("--out", type=Path, required=True, metavar="TỆP", help="tệp sẽ ghi: MÃ_TỈNH.THÁNG.json")
    sums.set_defaults(run=commands.province_sums)

    country = named.add_parser("country", help="nhận tệp số tháng của các tỉnh rồi in tháng mới nhất của từng tỉnh")
    country.add_argument("files", nargs="*", type=Path, metavar="TỆP", help="tệp mới, tên là MÃ_TỈNH.….json")
    country.add_argument("--keys", type=Path, required=True, metavar="THƯ_MỤC", help="khóa từng tỉnh: MÃ_TỈNH.key")
    country.add_argument("--book", type=Path, required=True, metavar="THƯ_MỤC", help="nơi giữ các tệp đã nhận")
    country.add_argument("--json", action="store_true", help="in ra dạng JSON")
    country.set_defaults(run=commands.country)


def _add_office(named: _Commands) -> None:
    """Add the commands for the commune's staff: invite, token, import, export, report, audit."""
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

    token = named.add_parser("token", help="khóa để phần mềm khác đọc dữ liệu của xã (docs/api.md)")
    does = token.add_mutually_exclusive_group(required=True)
    does.add_argument("--name", metavar="TÊN", help="làm khóa cho phần mềm này; in khóa ra, một lần")
    does.add_argument("--list", action="store_true", help="liệt kê khóa đang dùng")
    does.add_argument("--revoke", type=int, metavar="SỐ", help="thu hồi khóa mang số này")
    token.add_argument("--unit", required=True, metavar="MÃ", help="mã của xã")
    token.add_argument("--person", default="", metavar="TÊN", help="khóa có quyền của cán bộ này; có một người thì bỏ")
    token.add_argument("--days", type=int, metavar="SỐ", help="dùng được mấy ngày, mặc định 365")
    token.add_argument("--json", action="store_true", help="in ra dạng JSON")
    token.set_defaults(run=commands.token)

    _add_accounts(named)

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
    audit.add_argument(
        "--expect", action="append", default=[], metavar="SỐ:MÃ", help="mã sổ đã ghi lại, như in cuối báo cáo"
    )
    audit.add_argument("--json", action="store_true", help="in ra dạng JSON")
    audit.set_defaults(run=commands.audit)


def _add_accounts(named: _Commands) -> None:
    account = named.add_parser("account", help="thêm, đổi, tắt bot và OA ngoài .env, không phải khởi động lại")
    doing = account.add_subparsers(required=True, dest="what", metavar="VIỆC", title="các việc")
    where = "tệp TÊN=GIÁ_TRỊ có mã và cấu hình, “-” là đọc từ stdin"
    add = doing.add_parser("add", help="thêm một tài khoản")
    add.add_argument("vendor", metavar="ỨNG_DỤNG", help="telegram, zalo_oa…")
    add.add_argument("code", metavar="MÃ", help="mã của tài khoản, ví dụ mã xã")
    add.add_argument("--options", type=Path, default=Path("-"), metavar="TỆP", help=f"{where}; mặc định là stdin")
    add.add_argument("--commune", default="", metavar="XÃ", help="mã xã; bỏ trống là chung cho mọi xã")
    change = doing.add_parser("change", help="đổi mã, cấu hình hay xã của một tài khoản")
    change.add_argument("name", metavar="TÊN", help="ví dụ telegram@yen-mo")
    change.add_argument("--options", type=Path, metavar="TỆP", help=where)
    change.add_argument("--commune", metavar="XÃ", help="mã xã, “” là chung cho mọi xã")
    for what, about in (("on", "bật lại một tài khoản"), ("off", "tắt một tài khoản; tin đang chờ thì giữ lại")):
        doing.add_parser(what, help=about).add_argument("name", metavar="TÊN", help="ví dụ telegram@yen-mo")
    listed = doing.add_parser("list", help="các tài khoản, không kèm mã")
    listed.add_argument("--json", action="store_true", help="in dạng JSON")
    rekey = doing.add_parser("rekey", help="đã đổi khóa của máy: mã hóa lại các mã đã cất")
    keys = rekey.add_mutually_exclusive_group()
    keys.add_argument("--old-key", type=Path, metavar="TỆP", help="tệp có khóa cũ; bỏ trống: chỉ đổi cách mã hóa")
    keys.add_argument("--lost-key", action="store_true", help="khóa cũ mất hẳn: dùng khóa mới, mã đã cất thì bỏ")
    account.set_defaults(run=commands.account)


def _add_guides(named: _Commands) -> None:
    """Add the commands for the guides: check, guides, understanding, find, preview, offline."""
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

    understanding = named.add_parser("understanding", help="câu bot chưa hiểu mà cán bộ đã nói nghĩa")
    learning = understanding.add_subparsers(required=True, metavar="VIỆC", title="các việc")
    export = learning.add_parser("export", help="ghi ra tệp để make learn; không có tên hay mã của ai")
    export.add_argument("file", type=Path, metavar="TỆP", help="tệp .tsv sẽ ghi, ví dụ commune-yen-mo.tsv")
    export.set_defaults(run=commands.export_words)

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


def _add_voice(named: _Commands) -> None:
    """Add voice: the public voices and the one that is here, and its readings of guides."""
    voice = named.add_parser("voice", help="giọng máy: giọng nào dùng được, giọng đã chép vào có đọc được không")
    voice.add_argument("--out", type=Path, metavar="TỆP", help="ghi câu đọc thử ra tệp .wav này để nghe")
    voice.set_defaults(run=commands.voice)
    doing = voice.add_subparsers(metavar="VIỆC", title="các việc")
    read = doing.add_parser("read", help="cho máy đọc các bước của một bài, để nghe trước khi duyệt")
    read.add_argument("guide", metavar="BÀI", help="mã của bài")
    read.add_argument("steps", nargs="*", metavar="BƯỚC", help="mã của bước; mặc định mọi bước")
    read.add_argument("--out", type=Path, required=True, metavar="THƯ_MỤC", help="nơi ghi các bản để nghe")
    read.set_defaults(run=commands.read_steps)
    approve = doing.add_parser("approve", help="đã nghe hết và được: đưa bản máy đọc vào bài hướng dẫn")
    approve.add_argument("files", nargs="+", type=Path, metavar="TỆP", help="tệp do voice read ghi ra")
    approve.add_argument("--heard-by", required=True, metavar="CHỨC_VỤ", help="chức vụ người đã nghe, không ghi họ tên")
    approve.set_defaults(run=commands.approve_steps)
