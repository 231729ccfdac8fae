"""`doctor` on a whole installation: nothing is wrong with it, and then one thing is, of each kind that happens."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from tortoise.transactions import in_transaction

from bot.cli import doctor as doctor_command
from bot.core.platform import Usage
from bot.features.backups.schedule import BackupPlan, BackupState, write_plan, write_state
from bot.features.bots import accounts
from bot.features.bots.tables import BotAccount
from bot.features.doctor import kept
from bot.features.doctor.diagnosis import Diagnosis
from bot.features.doctor.kept import Examination
from bot.platforms.zalo.adapter import Zalo
from bot.settings import Settings
from bot.storage import data_folder
from bot.storage.core_tables.outbox import OutboxStop
from bot.storage.platform_store import PlatformValues
from bot.storage.tables.people import Role
from bot.storage.tables.places import Unit
from tests.doctor_house import House, house
from tests.platforms.fake_telegram import FakeTelegram
from tests.ports import unused_port

Plant = Callable[[House, pytest.MonkeyPatch], Awaitable[None]]


class Fault(NamedTuple):
    """What is broken, and words of the sentence that names it and of the one that mends it."""

    name: str
    plant: Plant
    what: str
    mend: str
    grade: str = "bad"
    certificate: str = "good.pem"


FAULTS: list[Fault] = []
NAME = "telegram@kt"


def fault(what: str, mend: str, *, grade: str = "bad", certificate: str = "good.pem") -> Callable[[Plant], Plant]:
    def noted(plant: Plant) -> Plant:
        FAULTS.append(Fault(plant.__name__, plant, what, mend, grade, certificate))
        return plant

    return noted


def said(found: list[Diagnosis]) -> list[tuple[str, str, str]]:
    return [(one.grade, one.described(str).plain, one.mended(str).plain) for one in found]


# The machine and its files


@fault("Chưa có thư mục dữ liệu", "BOT_DATA_DIR")
async def no_folder(one: House, patch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(one.data)


@fault("không ghi được vào thư mục dữ liệu", "chown -R langso:langso")
async def folder_of_root(one: House, patch: pytest.MonkeyPatch) -> None:
    may = os.access
    patch.setattr(os, "access", lambda path, mode: Path(path) != one.data and may(path, mode))


@fault("của người dùng khác, ví dụ bot.sqlite3", "chown -R --reference=")
async def files_of_root(one: House, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(data_folder, "_owner", lambda path, owner: owner + (path.name == "bot.sqlite3"))


@fault("đọc được 1 tệp có tên bà con, ví dụ bot.sqlite3", "chmod -R go-rwx")
async def database_open_to_all(one: House, patch: pytest.MonkeyPatch) -> None:
    (one.data / "bot.sqlite3").chmod(0o644)


@fault("cũng đọc được", "chmod 640")
async def tokens_open_to_all(one: House, patch: pytest.MonkeyPatch) -> None:
    one.env.chmod(0o644)


@fault("Khóa bí mật", "từ bản sao lưu")
async def key_cut_short(one: House, patch: pytest.MonkeyPatch) -> None:
    (one.data / "secret_key").write_text("s" * 8)


@fault("sắp đầy: chỉ còn 0,1 GB", "Dọn ổ đĩa")
async def full_disk(one: House, patch: pytest.MonkeyPatch) -> None:
    real = shutil.disk_usage(one.data)
    patch.setattr(shutil, "disk_usage", lambda path: real._replace(free=100_000_000))


@fault("Đồng hồ của máy nhanh 60 phút", "timedatectl set-ntp true")
async def clock_ahead(one: House, patch: pytest.MonkeyPatch) -> None:
    one.clock.wrong = timedelta(hours=1)


@fault("đồng hồ của máy chưa tới giờ ấy", "timedatectl set-ntp true")
async def clock_set_back(one: House, patch: pytest.MonkeyPatch) -> None:
    async with one.opened() as db:
        await PlatformValues(db, "installation").swap("written", None, "2099-01-01T00:00:00+00:00")


@fault("chỉ cho bot mở 256 tệp", "LimitNOFILE=16384")
async def few_open_files(one: House, patch: pytest.MonkeyPatch) -> None:
    async with one.opened() as db:
        found = Examination(at=one.clock.now(), version="0.1.0", open_files=256)
        await kept.keep(PlatformValues(db, kept.OWNER), found)


@fault("vẫn là bản 0.0.9", "systemctl restart langso")
async def not_restarted(one: House, patch: pytest.MonkeyPatch) -> None:
    async with one.opened() as db:
        found = Examination(at=one.clock.now(), version="0.0.9", open_files=16384)
        await kept.keep(PlatformValues(db, kept.OWNER), found)


# The messengers


@fault("Telegram không nhận mã của bot", "BOT_TELEGRAM_…")
async def revoked_token(one: House, patch: pytest.MonkeyPatch) -> None:
    one.environ["BOT_TELEGRAM_TOKEN"] = "123456:AArevoked"


@fault("Telegram: BOT_TELEGRAM_TOKEN: không phải mã của bot", ".env")
async def half_a_token(one: House, patch: pytest.MonkeyPatch) -> None:
    one.environ["BOT_TELEGRAM_TOKEN"] = "AAtestTESTtest"


@fault("Zalo không nhận mã của bot", "không phải mã của ứng dụng khác")
async def token_of_another_messenger(one: House, patch: pytest.MonkeyPatch) -> None:
    one.environ["BOT_ZALO_TOKEN"] = one.telegram.token


@fault("không gọi được tới máy chủ", "tường lửa")
async def no_network(one: House, patch: pytest.MonkeyPatch) -> None:
    one.environ["BOT_TELEGRAM_API_BASE"] = f"http://127.0.0.1:{unused_port()}"


@fault("Telegram gọi tới https://elsewhere.example/hook, không phải https://localhost", "lấy mã mới")
async def webhook_of_another_machine(one: House, patch: pytest.MonkeyPatch) -> None:
    one.telegram.webhook = "https://elsewhere.example/hook", "x"


@fault("chưa biết gọi tới đâu", "Khởi động lại bot để bot đặt lại địa chỉ")
async def webhook_not_set(one: House, patch: pytest.MonkeyPatch) -> None:
    one.telegram.webhook = None


@fault("mà không được: Wrong response from the webhook: 502 Bad Gateway", "nginx")
async def webhook_that_fails(one: House, patch: pytest.MonkeyPatch) -> None:
    one.telegram.hook_error = one.clock.now().timestamp() - 60, "Wrong response from the webhook: 502 Bad Gateway"


@fault("lại tự đi hỏi tin: máy khác đang dùng cùng mã", "Tắt chương trình ở máy kia")
async def two_machines_with_one_token(one: House, patch: pytest.MonkeyPatch) -> None:
    one.zalo.webhook = "https://elsewhere.example/hook", "x" * 8


@fault("tin đang nằm chờ", "Lấy mã mới")
async def messages_on_hold(one: House, patch: pytest.MonkeyPatch) -> None:
    async with one.opened():
        await OutboxStop.create(platform="zalo", reason="token", stopped_at=one.clock.now())


@fault("đã hết 3000 tin của tháng", "/chuyenkenh")
async def plan_used_up(one: House, patch: pytest.MonkeyPatch) -> None:
    async def used(self: Zalo) -> Usage:
        return Usage(3000, 3000)

    patch.setattr(Zalo, "usage", used)


# The way in from outside


@fault("là trang khác, không phải trang của bot (mã 404)", "Trỏ tên miền về máy này")
async def domain_of_another_page(one: House, patch: pytest.MonkeyPatch) -> None:
    one.public.status, one.public.text = 404, "<h1>Not Found</h1>"


@fault("không gọi được bot (mã 502)", "BOT_PORT")
async def proxy_without_bot(one: House, patch: pytest.MonkeyPatch) -> None:
    one.public.status, one.public.text = 502, "<h1>502 Bad Gateway</h1>"


@fault("Máy này không mở được https://localhost", "điện thoại tắt wifi", grade="soon")
async def no_way_in(one: House, patch: pytest.MonkeyPatch) -> None:
    one.environ["BOT_PUBLIC_URL"] = f"https://localhost:{unused_port()}"


@fault("chỉ còn 3 ngày", "certbot renew")
async def certificate_soon_over(one: House, patch: pytest.MonkeyPatch) -> None:
    one.clock.wrong = datetime(2055, 12, 28, tzinfo=UTC) - datetime.now(UTC)


@fault("đã hết hạn", "certbot renew", certificate="expired.pem")
async def certificate_over(one: House, patch: pytest.MonkeyPatch) -> None:
    return


@fault("không đáng tin", "fullchain.pem", certificate="other-name.pem")
async def certificate_of_another_name(one: House, patch: pytest.MonkeyPatch) -> None:
    return


@fault("Bot không chạy", "systemctl start langso")
async def bot_down(one: House, patch: pytest.MonkeyPatch) -> None:
    one.environ["BOT_PORT"] = str(unused_port())


@fault("đang do chương trình khác dùng", "BOT_PORT")
async def port_of_another_program(one: House, patch: pytest.MonkeyPatch) -> None:
    one.at_work.status, one.at_work.text = 404, "Apache"


@fault("không ghi được dữ liệu (cơ sở dữ liệu)", "systemctl restart langso")
async def bot_that_cannot_work(one: House, patch: pytest.MonkeyPatch) -> None:
    one.at_work.status, one.at_work.text = 503, "không ghi được dữ liệu (cơ sở dữ liệu): đĩa đầy\n"


# The data


@fault("bị hỏng", "restore")
async def damaged_database(one: House, patch: pytest.MonkeyPatch) -> None:
    path = one.data / "bot.sqlite3"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8192] = b"\xff" * 8192
    path.write_bytes(content)


@fault("của bản chương trình mới hơn: nâng cấp chương trình", "Làm theo câu ấy")
async def database_of_a_newer_version(one: House, patch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(one.data / "bot.sqlite3")) as connection, connection:
        connection.execute("insert into tortoise_migrations (app, name, applied_at) values ('bot', '9999_new', '2099')")


@fault("Cơ sở dữ liệu còn thiếu", "systemctl restart langso")
async def database_of_an_older_version(one: House, patch: pytest.MonkeyPatch) -> None:
    from bot.storage.backup import restore

    shutil.rmtree(one.data)
    restore(Path(__file__).parent / "storage" / "released" / "0.1.0.zip", one.data)


@fault("Chưa có cơ sở dữ liệu", "chỉ sai chỗ")
async def wrong_folder(one: House, patch: pytest.MonkeyPatch) -> None:
    (one.data / "bot.sqlite3").unlink()


@fault("không tới được máy chủ", "Làm theo câu ấy")
async def postgresql_away(one: House, patch: pytest.MonkeyPatch) -> None:
    one.environ["BOT_DATABASE_URL"] = f"postgres://langso:x@127.0.0.1:{unused_port()}/langso"


@fault("Không gọi được RabbitMQ", "BOT_BROKER_URL")
async def broker_away(one: House, patch: pytest.MonkeyPatch) -> None:
    one.environ["BOT_BROKER_URL"] = f"amqp://127.0.0.1:{unused_port()}/"


@fault("Bot không đọc được tệp của xã", "Sửa tệp ấy")
async def broken_commune_file(one: House, patch: pytest.MonkeyPatch) -> None:
    (one.data / "commune.toml").write_text("name = Yên Mô")


@fault("Chủ tịch xã Yên Mô chưa vào bot", "invite --role chair --unit yen-mo", grade="soon")
async def no_chair(one: House, patch: pytest.MonkeyPatch) -> None:
    async with one.opened():
        await Role.all().delete()


# The backups


@fault("Chưa có bản sao lưu nào", "backup --every")
async def no_backup(one: House, patch: pytest.MonkeyPatch) -> None:
    write_state(one.data, BackupState())


@fault("Bản sao lưu gần nhất đã 8 ngày", "backup --every")
async def old_backup(one: House, patch: pytest.MonkeyPatch) -> None:
    write_state(one.data, BackupState(good_at=one.clock.now() - timedelta(days=8), file="x.zip"))


@fault("không xong: /backup: No space left on device", "Sửa điều ấy")
async def failed_backup(one: House, patch: pytest.MonkeyPatch) -> None:
    now = one.clock.now()
    write_state(one.data, BackupState(good_at=now, failed_at=now, why="/backup: No space left on device"))


@fault("không ghi được bản sao lưu vào", "ReadWritePaths=")
async def backup_disk_pulled_out(one: House, patch: pytest.MonkeyPatch) -> None:
    write_plan(one.data, BackupPlan(folder=Path("/nowhere/usb")))


@fault("Lịch sao lưu hỏng", "backup --every")
async def broken_plan(one: House, patch: pytest.MonkeyPatch) -> None:
    (one.data / "backup-plan.json").write_text("{")


@fault("cùng ổ đĩa với dữ liệu", "Cắm một ổ khác", grade="soon")
async def backup_on_the_same_disk(one: House, patch: pytest.MonkeyPatch) -> None:
    return


@pytest.fixture
async def healthy(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    certificate = getattr(request, "param", "good.pem")
    async with house(tmp_path, certificate) as one:
        yield one


async def test_of_a_house_in_order_nothing_is_told_but_what_is_good(healthy: House) -> None:
    found = await healthy.examined()
    worth = [one for one in said(found) if one[0] != "good"]
    assert [what for _, what, _ in worth if "cùng ổ đĩa" not in what] == []
    good = "\n".join(what for grade, what, _ in said(found) if grade == "good")
    for words in (
        "Telegram: mã đúng, bot tên là @lang_bot",
        "Zalo: mã đúng, bot tên là bot.langso",
        "Telegram gọi đúng địa chỉ https://localhost",
        "Đồng hồ của máy đúng",
        "đã khôi phục thử",
        "Chủ tịch đã vào bot",
        "Bot đang chạy ở http://127.0.0.1",
    ):
        assert words in good


@pytest.mark.parametrize(
    ("healthy", "planted"), [pytest.param(one.certificate, one, id=one.name) for one in FAULTS], indirect=["healthy"]
)
async def test_a_planted_fault_is_found_and_its_mend_is_named(
    healthy: House, planted: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planted.plant(healthy, monkeypatch)
    found = said(await healthy.examined())
    assert [one for one in found if one[0] == planted.grade and planted.what in one[1] and planted.mend in one[2]], (
        found
    )


async def test_each_further_account_that_is_on_is_looked_at_and_mended_where_it_was_made(healthy: House) -> None:
    async with FakeTelegram("234567:BBtestTESTtest-test_testB", username="kt_bot") as kt:

        async def about_it() -> list[tuple[str, str, str]]:
            return [one for one in said(await healthy.examined()) if "(kt)" in one[1]]

        async def seal(key: bytes, *, at_work: bool = True) -> None:
            options = accounts.sealed(key, NAME, kt.options(mode="webhook"))
            async with healthy.opened(), in_transaction("default"):
                await BotAccount.filter(name=NAME).delete()
                await BotAccount.create(name=NAME, options=options, at_work=at_work, changed_at=healthy.clock.now())

        await seal(b"s" * 64)
        kt.webhook = f"{healthy.public.base}/hooks/telegram@kt", "secret"
        assert [(grade, what) for grade, what, _ in await about_it()] == [
            ("good", "Telegram (kt): mã đúng, bot tên là @kt_bot."),
            ("good", f"Telegram (kt) gọi đúng địa chỉ {healthy.public.base}/hooks/telegram@kt."),
        ]
        kt.webhook = f"{healthy.public.base}/hooks/telegram", "secret"
        assert [grade for grade, _, _ in await about_it()] == ["good", "bad"]
        kt.revokes()
        ((grade, what, mend),) = await about_it()
        assert (grade, what) == ("bad", "Telegram (kt) không nhận mã của bot.")
        assert "account change telegram@kt" in mend
        await seal(b"x" * 64)
        ((grade, what, mend),) = await about_it()
        assert (grade, "account rekey" in what, "account change telegram@kt" in mend) == ("bad", True, True)
        await seal(b"s" * 64, at_work=False)
        assert await about_it() == []


async def test_a_bot_that_was_left_with_a_merged_commune_is_named_with_the_commune_to_give_it_to(
    healthy: House,
) -> None:
    async with FakeTelegram("234567:BBtestTESTtest-test_testB", username="kt_bot") as kt:
        day = healthy.clock.now().date()
        async with healthy.opened(), in_transaction("default"):
            old = await Unit.create(code="xa-cu", kind="xã", name="Xã Cũ", valid_from=day - timedelta(days=400))
            new = await Unit.create(code="xa-moi", kind="xã", name="Xã Mới", valid_from=day - timedelta(days=400))
            options = accounts.sealed(b"s" * 64, NAME, kt.options(mode="webhook"))
            await accounts.add(NAME, old.id, options, healthy.clock.now())

        async def about_it() -> list[tuple[str, str]]:
            return [(what, mend) for _, what, mend in said(await healthy.examined()) if "vẫn ghi là của" in what]

        assert await about_it() == []
        async with healthy.opened():
            await Unit.filter(id=old.id).update(merged_into_id=new.id, valid_to=day - timedelta(days=1))
        ((what, mend),) = await about_it()
        assert (
            what
            == "Telegram (kt): bot vẫn ghi là của Xã Cũ, nay đã về Xã Mới; thông báo của Xã Mới không đi qua bot này."
        )
        assert f"account change {NAME} --commune xa-moi" in mend
        async with healthy.opened():
            await BotAccount.filter(name=NAME).update(unit_id=new.id)
        assert await about_it() == []


def test_there_are_more_faults_than_were_asked_for() -> None:
    assert len(FAULTS) >= 40


async def test_to_look_leaves_no_file_and_changes_none(healthy: House) -> None:
    def files() -> dict[str, tuple[int, int]]:
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_mode) for path in healthy.data.rglob("*")}

    before = files()
    await healthy.examined()
    assert files() == before


def _look(folder: Path, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> tuple[int, str]:
    def read() -> tuple[Settings, dict[str, str]]:
        return Settings(data_dir=folder / "data", port=0), {}

    code = doctor_command.look(read, as_json=as_json)
    return code, capsys.readouterr().out


def test_the_command_says_what_is_wrong_last_and_counts_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = _look(tmp_path, capsys)
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith("tốt  ")
    assert lines[-1] == "2 điều phải sửa, 0 điều nên làm sớm."
    assert lines[-3].startswith("      Sửa: ")
    assert lines[-4].startswith("LỖI  Chưa có cơ sở dữ liệu")


def test_the_command_tells_a_program_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = _look(tmp_path, capsys, as_json=True)
    found = json.loads(out)
    assert code == 1
    assert {"check": "folder", "grade": "bad"}.items() <= found[0].items()
    assert found[0]["mend"].startswith("Kiểm tra BOT_DATA_DIR.")


def test_root_looks_as_the_bot_s_user_and_says_when_that_one_cannot_read_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mechanism: files of root beside the database would be files that the bot cannot write."""
    data, became, readable = tmp_path / "data", list[tuple[str, int]](), True
    data.mkdir()
    real = os.stat_result
    monkeypatch.setattr(Path, "stat", lambda self, **how: real((0o40700, 0, 0, 1, 4711, 4712, 0, 0, 0, 0)))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "setgroups", lambda groups: None)
    for name in ("setuid", "setgid", "seteuid", "setegid"):
        monkeypatch.setattr(os, name, lambda number, name=name: became.append((name, number)))
    monkeypatch.setattr(os, "access", lambda path, mode, **how: readable)
    assert doctor_command._as_the_owner_of(data)
    assert became[-2:] == [("setgid", 4712), ("setuid", 4711)]
    became.clear()
    readable = False
    code, out = _look(tmp_path, capsys)
    assert code == 1
    assert "Người dùng chạy bot không đọc được chương trình" in out
    assert "chmod -R go+rX" in out
    assert became[-2:] == [("seteuid", 0), ("setegid", 0)], "root stays root"
