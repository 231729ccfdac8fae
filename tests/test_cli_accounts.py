"""The key of an installation is changed by command, on either database: what was sealed opens, and the bot starts."""

from __future__ import annotations

import io
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tortoise.transactions import in_transaction

from bot.cli import accounts as commands
from bot.cli import office
from bot.cli.texts import key_of, text_of
from bot.features.bots import accounts
from bot.framework import installation
from bot.framework.process import CLOCK
from bot.settings import Settings, SettingsError
from bot.storage import database
from tests.postgres import begin, run_on_postgres, url_of

OLD, NEW, OTHER = "o" * 32, "n" * 32, "x" * 32
NAME = "telegram@kt"


@pytest.fixture
async def server_url(database_kind: str) -> AsyncIterator[str | None]:
    """The address of a database of the test's own, None for SQLite in the data folder."""
    if database_kind == "sqlite":
        yield None
        return
    name = f"langso_{uuid.uuid4().hex[:12]}"
    await run_on_postgres(f'create database "{name}"')
    await begin(url_of(name))
    yield url_of(name)
    await run_on_postgres(f'drop database "{name}" with (force)')


async def test_a_new_key_is_taken_after_rekeying_and_the_old_one_not_any_more(
    server_url: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mechanism: the mark of the key goes with what is sealed; else PostgreSQL refuses the key that opens it all."""

    def under(key: str) -> Settings:
        url = None if server_url is None else SecretStr(server_url)
        return Settings(data_dir=tmp_path, secret_key=SecretStr(key), database_url=url)

    async def starts(key: str) -> bool:
        try:
            async with installation.opened(under(key), key.encode(), CLOCK):
                return True
        except SettingsError:
            return False

    async def token() -> dict[str, str] | None:
        async with database.opened(installation.database_url(under(NEW))):
            one = await accounts.find(NAME)
            return None if one is None else dict(one.options(NEW.encode()))

    async with installation.opened(under(OLD), OLD.encode(), CLOCK), in_transaction("default"):
        await accounts.add(NAME, None, accounts.sealed(OLD.encode(), NAME, {"token": "123456:ABC"}), CLOCK.now())
    assert not await starts(NEW)
    with pytest.raises(SettingsError, match="--old-key"):
        await commands.rekey(under(NEW), OTHER.encode())
    assert "đã mã hóa lại" not in capsys.readouterr().err
    assert await commands.rekey(under(NEW), OLD.encode()) == 0
    assert "đã mã hóa lại 1\n" in capsys.readouterr().err
    assert await starts(NEW)
    assert not await starts(OLD)
    assert await token() == {"token": "123456:ABC"}
    assert await commands.rekey(under(NEW), None) == 0
    assert "đã mã hóa lại 0\n" in capsys.readouterr().err


async def test_a_key_file_that_is_lost_is_not_replaced_unseen(
    server_url: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mechanism: the mark of the key, also on SQLite. Else all sealed tokens and links are dead after a start."""
    url = None if server_url is None else SecretStr(server_url)
    settings = Settings(data_dir=tmp_path, database_url=url)
    file = tmp_path / "secret_key"

    async def start() -> None:
        async with installation.opened(settings, installation.secret_key(settings), CLOCK):
            pass

    await start()
    kept = file.read_bytes()
    async with installation.opened(settings, kept, CLOCK), in_transaction("default"):
        await accounts.add(NAME, None, accounts.sealed(kept, NAME, {"token": "123456:ABC"}), CLOCK.now())
    file.unlink()
    for _ in range(2):
        with pytest.raises(SettingsError, match="secret_key in the data folder"):
            await start()
    lost = file.read_bytes()
    file.write_bytes(kept)
    await start()
    file.write_bytes(lost)
    with pytest.raises(SettingsError, match=NAME):
        await commands.rekey(settings, None, lost=True)
    assert "đã mã hóa lại 0\n" in capsys.readouterr().err
    await start()
    file.write_bytes(kept)
    with pytest.raises(SettingsError):
        await start()


async def test_an_old_key_made_by_openssl_in_the_data_folder_is_known_again(
    server_url: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mechanism: such a file ends with a line break, which is part of the key; `--old-key` is read without it."""
    settings = Settings(data_dir=tmp_path, database_url=None if server_url is None else SecretStr(server_url))
    file, kept = tmp_path / "secret_key", tmp_path / "old"
    file.write_bytes(b"o" * 64 + b"\n")
    old = installation.secret_key(settings)
    async with installation.opened(settings, old, CLOCK), in_transaction("default"):
        await accounts.add(NAME, None, accounts.sealed(old, NAME, {"token": "123456:ABC"}), CLOCK.now())
    file.rename(kept)
    file.write_bytes(b"n" * 64)
    assert await commands.rekey(settings, key_of(kept)) == 0
    assert "đã mã hóa lại 1\n" in capsys.readouterr().err
    async with database.opened(installation.database_url(settings)):
        one = await accounts.find(NAME)
        assert one is not None
        assert dict(one.options(b"n" * 64)) == {"token": "123456:ABC"}


async def test_a_command_under_another_key_than_the_databases_does_nothing(
    server_url: str | None, tmp_path: Path
) -> None:
    """Mechanism: `opened` checks the mark of the key. Else a token would be sealed with a key no bot opens it with."""

    def under(key: str) -> Settings:
        url = None if server_url is None else SecretStr(server_url)
        return Settings(data_dir=tmp_path, secret_key=SecretStr(key), database_url=url)

    async with installation.opened(under(OLD), OLD.encode(), CLOCK):
        pass
    with pytest.raises(SettingsError, match="BOT_SECRET_KEY"):
        async with office.opened(under(OTHER)):
            pass
    async with office.opened(under(OLD)):
        pass


async def test_a_command_typed_before_the_first_start_does_not_decide_the_key(
    server_url: str | None, tmp_path: Path
) -> None:
    """Mechanism: commands compare the mark and leave setting it to the bot. Else its start would be refused."""

    def under(key: str) -> Settings:
        url = None if server_url is None else SecretStr(server_url)
        return Settings(data_dir=tmp_path, secret_key=SecretStr(key), database_url=url)

    async with office.opened(under(OTHER)):  # from a shell without the service's environment
        pass
    async with installation.opened(under(OLD), OLD.encode(), CLOCK):
        pass
    with pytest.raises(SettingsError, match="BOT_SECRET_KEY"):
        async with office.opened(under(OTHER)):
            pass


@pytest.mark.parametrize("written", ["ghi_chú".encode("utf-16"), b"\xef\xbb\xbf" + "ghi_chú".encode()])
def test_what_powershell_pipes_is_read_like_a_file(written: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(written), "utf-8"))
    assert text_of(Path("-")) == "ghi_chú"


def test_what_is_piped_and_no_text_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xc3\x28"), "utf-8"))
    with pytest.raises(SettingsError):
        text_of(Path("-"))
