"""`python -m bot backup`, `restore` and `upgrade`: copies of the data, and the way to a new version and back."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from bot import __version__
from bot.assembly import families, installation
from bot.cli import office as office_commands
from bot.cli.texts import text_of
from bot.features.backups import making, schedule
from bot.features.backups.making import MadeBackup
from bot.features.backups.schedule import BackupPlan
from bot.features.privacy import Erased
from bot.features.privacy.erased_list import FILE as ERASED
from bot.features.privacy.erased_list import parse
from bot.framework.installation import database_url, only_one, secret_key
from bot.framework.process import CLOCK
from bot.settings import Settings, SettingsError
from bot.storage import data_folder, database, schema, sealing
from bot.storage.backup import DATABASE, BackupError, put_back, restore
from bot.storage.database import DatabaseError

_BEFORE = f"{DATABASE}.before-"
_STAMP = "%Y%m%d-%H%M%S"


@dataclass(frozen=True)
class Wish:
    """The arguments of `backup --every`; `into` None is the folder in the data folder, `public` "" no encryption."""

    hours: int
    into: Path | None
    keep_days: int
    public: str


def backup_once(settings: Settings, target: Path, public: str) -> int:
    """Write one checked backup. Raises BackupError and OSError."""
    if public:
        public = sealing.check_public(public)
    _tell(making.make(settings.data_dir, target, CLOCK.now(), public), settings, sealed=bool(public))
    return 0


def backup_from_now_on(settings: Settings, wish: Wish) -> int:
    """Make a backup at once, which proves that the place will do, and then keep the plan for the bot at work.

    Raises SettingsError, BackupError and OSError.
    """
    if not 1 <= wish.hours <= schedule.MOST_HOURS:
        raise SettingsError(f"--every: số giờ từ 1 đến {schedule.MOST_HOURS}")
    if not 1 <= wish.keep_days <= schedule.MOST_DAYS:
        raise SettingsError(f"--keep: số ngày từ 1 đến {schedule.MOST_DAYS}")
    public = sealing.check_public(wish.public) if wish.public else ""
    folder = (wish.into or settings.data_dir / schedule.FOLDER).absolute()
    plan = BackupPlan(hours=wish.hours, folder=folder, keep_days=wish.keep_days, public=public)
    _tell(making.make_planned(settings.data_dir, plan, CLOCK.now(), first=True), settings, sealed=bool(public))
    schedule.write_plan(settings.data_dir, plan)
    often = "mỗi đêm" if plan.hours == 24 else f"mỗi {plan.hours} giờ"
    print(
        f"Từ nay bot đang chạy tự sao lưu {often} vào {folder}, giữ {plan.keep_days} ngày. "
        "Không phải khởi động lại, không cần cron. Thôi: backup --stop",
        file=sys.stderr,
    )
    if folder.is_relative_to(settings.data_dir.absolute()):
        print("Cùng ổ đĩa với dữ liệu thì hỏng ổ là mất cả hai: nên có thêm --into THƯ_MỤC ở ổ khác", file=sys.stderr)
    else:
        print(f"Chạy bằng systemd thì unit phải có ReadWritePaths={folder}; lệnh doctor xem giúp", file=sys.stderr)
    return 0


def stop_backups(settings: Settings) -> int:
    """End the plan; the files stay. Raises OSError."""
    schedule.write_plan(settings.data_dir, None)
    print("Bot thôi tự sao lưu; các bản đã có vẫn còn", file=sys.stderr)
    return 0


def new_key(path: Path) -> int:
    """Write a new secret key to a file and print the public one. Raises BackupError and OSError."""
    secret, public = sealing.new_key()
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise BackupError(f"{path}: đã có tệp này, và khóa cũ không bị ghi đè; đặt tên khác") from None
    try:
        path.write_text(f"# langso: khóa mở bản sao lưu; khóa công khai: {public}\n{secret}\n", "utf-8")
    except OSError as error:
        path.unlink(missing_ok=True)  # half a key opens nothing, and would be in the way of the next try
        error.filename = error.filename or str(path)
        raise
    print(public)
    print(
        f"{path}: khóa mở bản sao lưu. Chép ra USB hoặc in ra, cất ở két của xã, rồi xóa khỏi máy này. "
        f"Mất khóa là không mở được bản nào. Bật mã hóa: backup --every --for {public}",
        file=sys.stderr,
    )
    return 0


def _tell(made: MadeBackup, settings: Settings, *, sealed: bool) -> None:
    size = f"{made.bytes / 1e6:.1f} MB" if made.bytes >= 1e6 else f"{max(1, round(made.bytes / 1e3))} KB"
    # The file of an older key may lie beside BOT_SECRET_KEY.
    own = made.checked.key and secret_key(settings) == data_folder.kept_key(settings.data_dir)
    secret = "đã mã hóa" if sealed else "trong đó có khóa bí mật, phải cất kỹ" if own else "phải cất kỹ"
    if not own:
        secret += "; khóa bí mật đặt ở BOT_SECRET_KEY thì không có trong đó, phải cất riêng"
    tried = f"đã khôi phục thử: {made.checked.people} người, {made.checked.files} tệp"
    print(f"{made.file}: {size}; {tried}; {secret}", file=sys.stderr)


@contextmanager
def opened(source: Path, key: Path | None) -> Iterator[Path]:
    """Yield the backup as it was before it was encrypted. Raises BackupError, SettingsError and OSError."""
    if not sealing.is_sealed(source):
        yield source
        return
    if key is None:
        raise BackupError(f"{source}: đã mã hóa; thêm --key TỆP có khóa mở")
    with tempfile.TemporaryDirectory(prefix="langso-restore-") as scratch:
        plain = Path(scratch) / "backup.zip"
        sealing.unseal(source, plain, text_of(key))
        yield plain


def restore_file(settings: Settings, source: Path, key: Path | None, erased: Erased | None) -> int:
    """Restore into the empty data folder, and erase again who was erased since. Raises BackupError and OSError."""
    count = 0

    def settle(unpacked: Path, taken_at: datetime) -> None:
        nonlocal count
        if erased is not None:
            there = settings.model_copy(update={"data_dir": unpacked})
            count = asyncio.run(office_commands.erase_again(there, erased, taken_at))

    with opened(source, key) as plain:
        restored = restore(plain, settings.data_dir, settle)
    print(f"{settings.data_dir}: đã khôi phục; {restored.held} tin chờ cán bộ quyết định", file=sys.stderr)
    if erased is None:
        print(
            "ai xin xóa dữ liệu sau lúc sao lưu thì nay lại có tên: khôi phục với --erased erased.log để xóa lại",
            file=sys.stderr,
        )
        return 0
    print(f"đã xóa lại {count}", file=sys.stderr)
    return 0


def upgrade(settings: Settings) -> int:
    """Back up, check the backup, bring the database up to date, and say how to go back.

    Raises BackupError, DatabaseError and OSError.
    """
    families.discover()
    url, sqlite = database_url(settings), settings.database_url is None
    data_folder.prepare(settings.data_dir)
    missing = asyncio.run(database.pending(url))
    if not missing:
        print(f"Bản {__version__}: dữ liệu đã đúng bản này, không phải nâng cấp", file=sys.stderr)
        return 0
    if sqlite and (settings.data_dir / DATABASE).exists():
        plan = schedule.read_plan(settings.data_dir) or BackupPlan(folder=settings.data_dir / schedule.FOLDER)
        _tell(making.make_planned(settings.data_dir, plan, CLOCK.now()), settings, sealed=bool(plan.public))
    asyncio.run(installation.migrated_by_command(settings) if sqlite else installation.migrated_whole(url))
    print(f"Đã nâng cấp dữ liệu lên bản {__version__}: {len(missing)} bước", file=sys.stderr)
    back = "upgrade --back" if sqlite else "pg_restore bản pg_dump đã làm trước đó"
    print(f"Cần lùi: cài lại bản chương trình cũ, dừng bot, rồi gõ {back}", file=sys.stderr)
    return 0


def go_back(settings: Settings) -> int:
    """Give a newer database's place to the newest copy that this version can open. Raises BackupError and OSError."""
    if settings.database_url is not None:
        raise BackupError("cơ sở dữ liệu là PostgreSQL: lùi bằng pg_restore, rồi lệnh restored")
    families.discover()
    folder = settings.data_dir
    url = database_url(settings)
    if _opens(url):
        raise BackupError("dữ liệu đang đúng bản chương trình này; muốn lùi thì cài bản chương trình cũ trước")
    copies = [(taken, copy) for copy in folder.glob(f"{_BEFORE}*") if (taken := _taken(copy)) is not None]
    found = next((one for one in sorted(copies, reverse=True) if _fits(one[1])), None)
    if found is None:
        raise BackupError(f"{folder}: không có bản chép nào mà bản chương trình này mở được; dùng restore")
    (taken, fitting), erased, count = found, _erased(folder), 0

    def settle(incoming: Path) -> None:
        nonlocal count
        its_url = database.file_url(incoming)
        asyncio.run(installation.migrated_whole(its_url))
        count = asyncio.run(office_commands.erase_again(_with_database(settings, its_url), erased, taken))

    with only_one(folder), data_folder.closed_to_others():
        aside = folder / f"{DATABASE}.after-{CLOCK.now():{_STAMP}}"
        held = put_back(fitting, folder, aside, settle)
    print(f"Dữ liệu đã về lúc {taken.astimezone(settings.zone):%H:%M %d/%m/%Y}; {held} tin chờ cán bộ quyết định.",
          file=sys.stderr)  # fmt: skip
    print(f"Việc từ lúc ấy đến nay chỉ còn ở {aside.name}.", file=sys.stderr)
    print(f"đã xóa lại {count}", file=sys.stderr)
    return 0


def _opens(url: str) -> bool:
    """Tell whether this version knows all that was done to a database."""
    try:
        asyncio.run(database.pending(url))
    except DatabaseError:
        return False
    return True


def _fits(copy: Path) -> bool:
    """Tell whether the data can come from a copy; one that broke off is empty, and any version opens that."""
    return _opens(database.file_url(copy)) and bool(schema.applied(copy))


def _with_database(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"database_url": SecretStr(url)})


def _taken(copy: Path) -> datetime | None:
    """Return when a copy was made; None for one of SQLite's files beside it."""
    try:
        return datetime.strptime(copy.name.removeprefix(_BEFORE), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _erased(folder: Path) -> Erased:
    path = folder / ERASED
    return parse(text_of(path) if path.exists() else "")
