"""Setting up against vendors that answer, refuse or are away; interrupted, twice, in an old folder, at a taken port."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest

from bot import platforms
from bot.assembly.founding.applying import FirstSteps, Plan, carry_out
from bot.assembly.founding.begun import is_new
from bot.assembly.founding.founding import LOCK, Founding, founding, free_port, learn
from bot.features import units
from bot.features.commune import settings as commune
from bot.features.founding import questions as q
from bot.features.founding.kept import KEPT
from bot.features.founding.problem import AnswerProblem
from bot.features.workbook.don_vi import UnitsSheet
from bot.features.workbook.nguoi import PeopleSheet
from bot.features.workbook.write import workbook
from bot.framework import installation
from bot.framework.process import CLOCK
from bot.settings import Settings, environment, load
from bot.storage import database
from bot.storage.tables.announcements import Announcement
from bot.storage.tables.people import Invite, Person
from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.fake_zalo import FakeZalo
from tests.ports import unused_port

NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)
COMMUNE = {q.COMMUNE: "xã Yên Mô", q.PROVINCE: "Ninh Bình", q.VILLAGES: "thôn Lạc Hiền; 120\nthôn Đông Cao; 95"}
WEB = {**COMMUNE, q.MESSENGER: q.NONE, q.SECOND: q.NONE}


@contextmanager
def _begun(folder: Path, **environ: str) -> Iterator[Founding]:
    known = {**environment(folder), "BOT_DATA_DIR": str(folder / "data"), **environ}
    with founding(load(known, platforms.names()), known, folder) as begun:
        yield begun


async def _answers(begun: Founding, given: Mapping[str, str]) -> None:
    for one in begun.asked:
        if one.key in given:
            await begun.take(one.key, given[one.key])
    while (question := begun.next_question()) is not None:
        await begun.take(question.key, "")


async def _done(folder: Path, given: Mapping[str, str], **environ: str) -> FirstSteps:
    with _begun(folder, **environ) as begun:
        await learn(begun)
        await _answers(begun, given)
        return await begun.finish(NOW)


async def _villages(folder: Path) -> list[tuple[str, str, int | None]]:
    async with database.opened(database.file_url(folder / "data" / "bot.sqlite3")):
        return [(one.code, one.full_name, one.households) for one in await units.everything()]


async def test_a_commune_without_a_messenger_has_its_pages_and_its_files(tmp_path: Path) -> None:
    steps = await _done(tmp_path, {**WEB, q.QUIET: "20:30-05:30", q.LETTERHEAD: "Chủ tịch: Nguyễn Văn A"})
    assert (steps.chair, steps.announcement) == (None, "")
    assert environment(tmp_path)["BOT_PLATFORMS"] == "web,workdesk"
    own = commune.load(tmp_path / "data")
    assert (own.full_name, own.province, own.code) == ("xã Yên Mô", "Ninh Bình", "yen-mo")
    assert (f"{own.quiet.start:%H:%M}", own.letterhead.chair_name) == ("20:30", "Nguyễn Văn A")
    assert await _villages(tmp_path) == [
        ("yen-mo", "xã Yên Mô", None),
        ("dong-cao", "thôn Đông Cao", 95),
        ("lac-hien", "thôn Lạc Hiền", 120),
    ]
    if os.name == "posix":
        files = [tmp_path / ".env", *(tmp_path / "data").iterdir()]
        assert {oct(path.stat().st_mode & 0o077) for path in files} == {"0o0"}


async def test_a_wrong_token_is_one_sentence_and_what_was_said_before_is_kept(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram, FakeZalo() as zalo:
        bases = {"BOT_TELEGRAM_API_BASE": telegram.base, "BOT_ZALO_API_BASE": zalo.base}
        with _begun(tmp_path, **bases) as begun:
            for key, value in {**COMMUNE, q.MESSENGER: "telegram"}.items():
                await begun.take(key, value)
            with pytest.raises(AnswerProblem, match="Telegram không nhận mã này: chép lại mã ở @BotFather"):
                await begun.take(q.TOKEN, "123456:AAwrong")
            with pytest.raises(AnswerProblem, match="Mã này là của Zalo Bot, không phải của Telegram"):
                await begun.take(q.TOKEN, zalo.token)
            with pytest.raises(AnswerProblem, match="Mã viết chưa đúng"):
                await begun.take(q.TOKEN, "no-token")
            assert await begun.take(q.TOKEN, telegram.token) == "Telegram: đúng mã của “Làng (@lang_bot)”."
            await begun.take(q.SECOND, "zalo")
            with pytest.raises(AnswerProblem, match="Mã này là của Telegram, không phải của Zalo Bot"):
                await begun.take(q.SECOND_TOKEN, telegram.token)
            assert "Zalo Bot: đúng mã của" in await begun.take(q.SECOND_TOKEN, zalo.token)


async def test_without_a_network_the_answers_wait(tmp_path: Path) -> None:
    base = f"http://127.0.0.1:{unused_port()}"
    bases = {"BOT_TELEGRAM_API_BASE": base, "BOT_ZALO_API_BASE": base}
    with _begun(tmp_path, **bases) as begun:
        for key, value in {**COMMUNE, q.MESSENGER: "telegram"}.items():
            await begun.take(key, value)
        with pytest.raises(AnswerProblem, match=r"Không gọi được Telegram \(api.telegram.org\): máy chưa có mạng"):
            await begun.take(q.TOKEN, "123456:AAtest")
    with _begun(tmp_path, **bases) as again:
        await learn(again)
        assert again.answers == {**COMMUNE, q.MESSENGER: "telegram"}
        asked = again.next_question()
        assert asked is not None
        assert asked.key == q.PEOPLE, "it goes on where it was left"


async def test_two_at_once_are_told_of_one_another(tmp_path: Path) -> None:
    with (
        _begun(tmp_path),
        pytest.raises(AnswerProblem, match="đang có một lần cài đặt khác mở ở đây"),
        _begun(tmp_path),
    ):
        pass
    assert list((tmp_path / "data").iterdir()) == [], "a backup may be restored where nothing was answered"


def test_whoever_else_uses_the_machine_cannot_hold_the_locks(tmp_path: Path) -> None:
    """Mechanism: their rights. Whoever may open a lock may take it, and the bot would not start again."""
    with _begun(tmp_path):
        assert S_IMODE((tmp_path / "data" / LOCK).stat().st_mode) == 0o600
    with installation.only_one(tmp_path):
        assert S_IMODE((tmp_path / installation.RUNNING).stat().st_mode) == 0o600


async def test_run_again_it_changes_one_thing_and_nothing_twice(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        base = {"BOT_TELEGRAM_API_BASE": telegram.base}
        given = {**COMMUNE, q.MESSENGER: "telegram", q.TOKEN: telegram.token, q.SECOND: q.NONE}
        people = "Nam; Chủ tịch\nHạnh; Tổ trưởng; Lạc Hiền"
        first = await _done(tmp_path, {**given, q.PEOPLE: people}, **base)
        assert first.chair is not None
        assert first.chair.whose == "Chủ tịch Nam"
        assert first.announcement == "TB-0001"
        (tmp_path / ".env").write_text(f"# của tôi\n{(tmp_path / '.env').read_text('utf-8')}", "utf-8")
        with _begun(tmp_path, **base) as begun:
            assert begun.next_question() is None, "nothing is asked again"
            await begun.take(q.VILLAGES, "thôn Lạc Hiền; 130\nthôn Mới; 40")
            steps = await begun.finish(NOW)
        assert steps.notes == ("Giữ nguyên 1 thôn không có trong danh sách mới: thôn Đông Cao.",)
        assert [one for one in await _villages(tmp_path) if one[0] != "yen-mo"] == [
            ("dong-cao", "thôn Đông Cao", 95),
            ("lac-hien", "thôn Lạc Hiền", 130),
            ("moi", "thôn Mới", 40),
        ]
        assert (tmp_path / ".env").read_text("utf-8").startswith("# của tôi\n")
        async with database.opened(database.file_url(tmp_path / "data" / "bot.sqlite3")):
            assert await Announcement.all().count() == 1
            assert await Person.all().count() == 2
            assert await Invite.filter(purpose="listed", uses_left=1).count() == 1, "the earlier code ended"


async def test_run_again_under_another_key_it_changes_nothing(tmp_path: Path) -> None:
    """Mechanism: the set-up compares the mark of the key; else it would make links that the bot at work refuses."""
    await _done(tmp_path, WEB)
    settings = load({**environment(tmp_path), "BOT_DATA_DIR": str(tmp_path / "data")}, platforms.names())
    async with installation.opened(settings, installation.secret_key(settings), CLOCK):
        pass
    with _begun(tmp_path, BOT_SECRET_KEY="x" * 32) as begun:
        await begun.take(q.VILLAGES, "thôn Mới; 40")
        with pytest.raises(AnswerProblem, match="BOT_SECRET_KEY"):
            await begun.finish(NOW)
    assert "moi" not in [code for code, _, _ in await _villages(tmp_path)]


async def test_a_village_that_left_the_list_is_asked_about_again(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        base = {"BOT_TELEGRAM_API_BASE": telegram.base}
        given = {**COMMUNE, q.MESSENGER: "telegram", q.TOKEN: telegram.token, q.SECOND: q.NONE}
        with _begun(tmp_path, **base) as begun:
            await _answers(begun, given)
            await begun.take(q.VILLAGES, "thôn Mới; 40")
            asked = begun.next_question()
            assert asked is not None
            assert asked.key == q.FIRST_VILLAGE
            with pytest.raises(AnswerProblem, match="Còn câu chưa trả lời: Thôn nào nhận tin đầu tiên"):
                await begun.finish(NOW)


async def test_interrupted_while_it_writes_it_can_be_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(plan: Plan, now: datetime) -> FirstSteps:
        await carry_out(plan, now)
        raise KeyboardInterrupt  # after everything was written and before that was noted

    monkeypatch.setattr("bot.assembly.founding.founding.carry_out", cut)
    with pytest.raises(KeyboardInterrupt):
        await _done(tmp_path, {**WEB, q.PEOPLE: "Nam; Chủ tịch"})
    monkeypatch.undo()
    await _done(tmp_path, {})
    assert len(await _villages(tmp_path)) == 3
    async with database.opened(database.file_url(tmp_path / "data" / "bot.sqlite3")):
        assert await Person.all().count() == 1
    assert "Nam" not in (tmp_path / "data" / KEPT).read_text("utf-8")


async def test_a_folder_set_up_by_hand_keeps_what_is_written_there(tmp_path: Path) -> None:
    async with FakeTelegram() as telegram:
        base = {"BOT_TELEGRAM_API_BASE": telegram.base}
        given = {**COMMUNE, q.MESSENGER: "telegram", q.TOKEN: telegram.token, q.SECOND: q.NONE, q.FIRST_VILLAGE: q.NONE}
        await _done(tmp_path, given, **base)
        data = tmp_path / "data"
        (data / KEPT).unlink()
        own = '# tay viết\ncode = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\nphone = "0229 1"\n'
        own += '[allow]\nhosts = ["a.vn"]\n'
        (data / commune.FILE).write_text(own, "utf-8")
        with _begun(tmp_path, **base) as begun:
            await learn(begun)
            assert begun.next_question() is None, "all is known from the files and the database"
            assert begun.answers[q.VILLAGES] == "thôn Đông Cao; 95\nthôn Lạc Hiền; 120"
            await begun.take(q.CONTACT, "0229 3861 234")
            assert (await begun.finish(NOW)).announcement == "", "nobody is greeted who has known the bot for long"
        text = (data / commune.FILE).read_text("utf-8")
        assert text.startswith('# tay viết\ncode = "yen-mo"\nname = "Yên Mô"\n')
        assert commune.load(data).phone == "0229 3861 234"
        assert commune.load(data).allow.hosts == ("a.vn",)
        assert environment(tmp_path)["BOT_TELEGRAM_TOKEN"] == telegram.token


async def test_people_may_come_as_a_workbook(tmp_path: Path) -> None:
    units_rows = [("ym", "xã", "Yên Mô", None, "", None, None, None, None)]
    units_rows += [("lh", "thôn", "Lạc Hiền", "ym", "", 120, None, None, None)]  # type: ignore[list-item]
    people = [("Nam", "Chủ tịch", "ym", "0912345678", None), ("Hạnh", "Tổ trưởng", "lh", "", None)]
    book = workbook([("don_vi", UnitsSheet.columns, units_rows), ("nguoi", PeopleSheet.columns, people)])
    with _begun(tmp_path) as begun:
        begun.take_workbook(book)
        await _answers(begun, {**WEB, q.PEOPLE: q.WORKBOOK})
        await begun.finish(NOW)
    assert [one[0] for one in await _villages(tmp_path)] == ["ym", "dong-cao", "lh"], "no village stands there twice"
    assert not (tmp_path / "data" / q.WORKBOOK).exists()
    with _begun(tmp_path) as begun:
        begun.take_workbook(b"no workbook")
        await begun.take(q.PEOPLE, q.WORKBOOK)
        with pytest.raises(AnswerProblem, match="Tệp Excel: ") as told:
            await begun.finish(NOW)
        assert told.value.key == q.PEOPLE


def test_a_port_that_is_taken_gives_way_to_the_next(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port(Settings(port=port)) <= port + 20


def test_an_empty_folder_is_new_and_one_in_use_is_not(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert is_new(settings, {})
    assert not is_new(settings, {"BOT_PLATFORMS": "web"})
    (tmp_path / commune.FILE).touch()
    assert not is_new(settings, {})
    (tmp_path / KEPT).touch()
    assert is_new(settings, {}), "what was begun is gone on with"


async def test_a_folder_without_rights_is_told_before_the_first_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuses)
    with (
        pytest.raises(AnswerProblem, match="không có quyền ghi ở đây; chạy init bằng người dùng của bot"),
        _begun(tmp_path),
    ):
        pass


async def test_a_database_that_cannot_be_written_leaves_the_answers(tmp_path: Path) -> None:
    with _begun(tmp_path) as begun:
        await _answers(begun, WEB)
        (tmp_path / "data" / "bot.sqlite3").write_bytes(b"no database at all" * 100)
        with pytest.raises(database.DatabaseError, match="the database cannot be opened"):
            await begun.finish(NOW)
        assert begun.answers[q.COMMUNE] == "xã Yên Mô"
    assert not (tmp_path / ".env").exists()
