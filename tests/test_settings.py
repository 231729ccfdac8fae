"""Settings: every one is read, a wrong one stops the start with one line that never shows a secret."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from bot.core.text import Told
from bot.i18n import in_vietnamese
from bot.settings import OF_THE_COMMUNE, FilesAddress, Settings, SettingsError, environment, load, options, validate

PLATFORMS = ("telegram", "zalo", "zalo_oa", "web")
SECRET = "x" * 32


def test_without_any_setting_the_web_runs_here() -> None:
    settings = load({}, PLATFORMS)
    assert settings == Settings()
    assert settings.platforms == ("web",)
    assert (settings.host, settings.port, settings.locale) == ("127.0.0.1", 8080, "vi")
    assert str(settings.zone) == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("BOT_PLATFORMS", "telegram, zalo,", "platforms", ("telegram", "zalo")),
        ("BOT_FAMILIES_OFF", "visits, papers", "families_off", ("visits", "papers")),
        ("BOT_DATA_DIR", "/srv/bot", "data_dir", Path("/srv/bot")),
        ("BOT_GUIDES_DIR", "/srv/guides", "guides_dir", Path("/srv/guides")),
        ("BOT_DATABASE_URL", "postgres://a:b@c/d", "database_url", SecretStr("postgres://a:b@c/d")),
        ("BOT_BROKER_URL", "amqp://127.0.0.1", "broker_url", SecretStr("amqp://127.0.0.1")),
        (
            "BOT_FILES_URL", "s3://tep/xa?endpoint=http://minio:9000&region=vn-1&links=signed", "files_url",
            FilesAddress(
                bucket="tep", prefix="xa", endpoint="http://minio:9000", region="vn-1", signed_links=True
            ),
        ),
        ("BOT_FILES_KEY", "ai", "files_key", SecretStr("ai")),
        ("BOT_FILES_SECRET", "khoa", "files_secret", SecretStr("khoa")),
        ("BOT_HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104 - the value under test
        ("BOT_PORT", "0", "port", 0),
        ("BOT_PUBLIC_URL", "https://xa.example/", "public_url", "https://xa.example"),
        ("BOT_WEB_ORIGINS", "https://a.example,https://b.example", "web_origins", ("https://a.example", "https://b.example")),
        ("BOT_PROXIES", "10.0.0.5, fd00::1/64", "proxies", (ip_network("10.0.0.5"), ip_network("fd00::/64"))),
        ("BOT_SECRET_KEY", SECRET, "secret_key", SecretStr(SECRET)),
        ("BOT_WEBHOOKS_ANYWHERE", "true", "webhooks_anywhere", True),
        ("BOT_LLM_URL", "http://127.0.0.1:11434/v1/", "llm_url", "http://127.0.0.1:11434/v1"),
        ("BOT_LLM_MODEL", "mot-mo-hinh", "llm_model", "mot-mo-hinh"),
        ("BOT_LLM_KEY", "khoa", "llm_key", SecretStr("khoa")),
        ("BOT_LOCALE", "en", "locale", "en"),
        ("BOT_TIMEZONE", "UTC", "timezone", "UTC"),
        ("BOT_STALE_HOURS", "0.5", "stale_hours", 0.5),
    ],
)  # fmt: skip
def test_every_setting_is_read(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(load({name: value}, PLATFORMS), field) == expected


@pytest.mark.parametrize(
    "url", ["postgres:///bot?host=/run/postgresql", "postgres://a:%5B%40@[::1]:5432/d", "sqlite://a[#"]
)
def test_an_address_of_a_database_is_not_taken_for_a_wrong_one(url: str) -> None:
    assert load({"BOT_DATABASE_URL": url}, PLATFORMS).database_url == SecretStr(url)


def test_the_table_above_has_every_setting() -> None:
    (mark,) = (mark for mark in test_every_setting_is_read.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]
    assert {row[2] for row in mark.args[1]} | {"pace"} == set(Settings.model_fields)


@pytest.mark.parametrize(
    "name", ["BOT_X", "BOT_", "BOT_PLATFORM", "BOT_TELEGRAMTOKEN", "BOT_GAPO_TOKEN", "BOT_PACE", "BOT_port_"]
)
def test_an_unknown_setting_stops_the_start(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: there is no such setting$") as caught:
        load({name: "1"}, PLATFORMS)
    assert in_vietnamese(caught.value) == f"{name}: không có cấu hình tên này"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_PORT", "http"),
        ("BOT_PORT", "65536"),
        ("BOT_PORT", ""),
        ("BOT_PUBLIC_URL", "xa.example"),
        ("BOT_PUBLIC_URL", "https://xa.example:cong"),
        ("BOT_PROXIES", "nginx.lan"),
        ("BOT_PROXIES", "10.0.0.5;10.0.0.6"),
        ("BOT_PROXIES", "10.0.0.5/33"),
        ("BOT_SECRET_KEY", "hunter2"),
        ("BOT_DATABASE_URL", "mysql://bot:hunter2@host/bot"),
        ("BOT_DATABASE_URL", "postgres://bot:hunter[2@host/bot"),
        ("BOT_DATABASE_URL", "postgres://bot:hunter/2@host/bot"),
        ("BOT_DATABASE_URL", "postgres://bot:hunter#2@host/bot"),
        ("BOT_FILES_URL", "https://s3.example/tep"),
        ("BOT_FILES_URL", "s3://ai:hunter2@tep/xa"),
        ("BOT_FILES_URL", "s3://tep/../xa"),
        ("BOT_FILES_URL", "s3://tep/xa?secret=hunter2"),
        ("BOT_FILES_URL", "s3://tep/xa?endpoint=minio:9000"),
        ("BOT_FILES_URL", "s3://tep/xa?links=open"),
        ("BOT_PLATFORMS", ""),
        ("BOT_PLATFORMS", " , "),
        ("BOT_LOCALE", "Vietnamese"),
        ("BOT_TIMEZONE", "Hanoi"),
        ("BOT_TIMEZONE", "../etc/passwd"),
        ("BOT_STALE_HOURS", "0"),
        ("BOT_STALE_HOURS", "nan"),
        ("BOT_STALE_HOURS", "inf"),
        ("BOT_PACE_TELEGRAM_PER_SECOND", "fast"),
        ("BOT_PACE_TELEGRAM_PER_SECOND", "0"),
        ("BOT_PACE_TELEGRAM_PER_SECOND", "-1"),
        ("BOT_PACE_TELEGRAM_PER_SECOND", "nan"),
        ("BOT_PACE_TELEGRAM_PER_SECOND", "inf"),
    ],
)
def test_a_wrong_value_is_named_in_one_line_without_the_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({name: value}, PLATFORMS)
    for line in (str(caught.value), in_vietnamese(caught.value)):
        assert line.startswith(f"{name}: ")
        assert "\n" not in line
        assert " should " not in line
        assert len(value) < 5 or value not in line
        assert "hunter" not in line
    assert re.search("[à-ỹđ]", in_vietnamese(caught.value)), "the commune reads Vietnamese"
    assert str(caught.value).isascii(), "and a developer English"


@pytest.mark.parametrize("rest", ["/bot", "/bot/", "?xa=1", "#bot", "/?"])
def test_the_site_is_not_below_a_path(rest: str) -> None:
    """Pages, pictures and webhooks lead to its top: below a path nobody would find them."""
    for site in ("https://xa.example", "https://"):
        with pytest.raises(SettingsError, match=r"^BOT_PUBLIC_URL: .*with no path behind it"):
            load({"BOT_PUBLIC_URL": f"{site}{rest}"}, PLATFORMS)


@pytest.mark.parametrize(
    "address", ["http://192.168.1.20:8080", "http://127.0.0.1:0", "https://[::1]:8443", "https://xã-yên-mô.example/"]
)
def test_the_site_may_be_any_machine_and_port(address: str) -> None:
    assert load({"BOT_PUBLIC_URL": address}, PLATFORMS).public_url == address.rstrip("/")


@pytest.mark.parametrize(
    "name",
    ["BOT_PACE_GAPO_PER_SECOND", "BOT_PACE_TELEGRAM_PER_HOUR", "BOT_PACE_TELEGRAM", "BOT_PACE_", "BOT_PACE_PER_SECOND"],
)
def test_the_pace_of_what_does_not_exist_is_no_setting(name: str) -> None:
    with pytest.raises(SettingsError, match="there is no such setting"):
        load({name: "1"}, PLATFORMS)


def test_the_pace_of_each_platform_is_read() -> None:
    pace = {
        f"BOT_PACE_{platform.upper()}_{limit}": "2.5"
        for platform in PLATFORMS
        for limit in ("PER_SECOND", "CHAT_PER_SECOND", "GROUP_PER_MINUTE")
    }
    settings = load(pace, PLATFORMS)
    assert settings.pace["telegram_per_second"] == 2.5
    assert settings.pace["zalo_oa_group_per_minute"] == 2.5
    assert len(settings.pace) == 12


def test_a_platform_gets_its_own_settings_and_no_others() -> None:
    environ = {"BOT_TELEGRAM_TOKEN": "t", "BOT_TELEGRAM_MODE": "polling", "BOT_ZALO_TOKEN": "z", "BOT_WEB_ORIGINS": ""}
    load(environ, PLATFORMS)
    assert options(environ, "telegram") == {"token": "t", "mode": "polling"}
    assert options(environ, "zalo") == {"token": "z"}
    assert options(environ, "web") == {}


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: SecretStr
    mode: str = "polling"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "BOT_TELEGRAM_TOKEN: chưa đặt; xem bảng Cấu hình trong docs/operations.md"),
        ({"token": "123:ABC", "color": "red"}, "BOT_TELEGRAM_COLOR: không có cấu hình tên này"),
        ({"token": "123:ABC", "mode": ["123:ABC"]}, "BOT_TELEGRAM_MODE: Input should be a valid string"),
    ],
)
def test_a_platform_s_own_settings_are_checked_the_same_way(values: dict[str, object], line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        validate(_Options, values, "BOT_TELEGRAM_")
    assert in_vietnamese(caught.value) == line


def test_secrets_are_not_in_the_picture_of_the_settings() -> None:
    settings = load({"BOT_SECRET_KEY": SECRET, "BOT_DATABASE_URL": "postgres://a:hunter2@c/d"}, PLATFORMS)
    assert SECRET not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_the_environment_overrules_the_file_and_the_rest_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text('BOT_PORT=1\nBOT_HOST="0.0.0.0" # mọi nơi\nOTHER=x\nBOT_LOCALE\n', "utf-8")
    monkeypatch.setenv("BOT_PORT", "2")
    monkeypatch.setenv("NOT_OURS", "x")
    assert environment(tmp_path) == {"BOT_PORT": "2", "BOT_HOST": "0.0.0.0", "BOT_LOCALE": ""}  # noqa: S104


def test_without_a_file_only_the_environment_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_PORT", "3")
    assert environment(tmp_path)["BOT_PORT"] == "3"


def test_a_file_in_another_encoding_is_said_to_be_one(tmp_path: Path) -> None:
    """As Notepad saves “Unicode”."""
    (tmp_path / ".env").write_text("BOT_PORT=1\n", "utf-16")
    with pytest.raises(SettingsError, match="save this file as UTF-8"):
        environment(tmp_path)


def test_a_line_of_the_file_that_is_no_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOT_PORT=1\n\n# mã\nBOT_TELEGRAM_TOKEN 123:ABC\n", "utf-8")
    with pytest.raises(SettingsError, match="line 4 is not written as NAME=VALUE") as caught:
        environment(tmp_path)
    assert "123:ABC" not in str(caught.value)


def test_an_or_between_values_is_in_the_reader_s_language() -> None:
    class Options(BaseModel):
        mode: Literal["polling", "webhook", "none"]

    with pytest.raises(SettingsError) as caught:
        validate(Options, {"mode": "push"}, "BOT_TELEGRAM_")
    assert str(caught.value) == "BOT_TELEGRAM_MODE: must be 'polling', 'webhook' or 'none'"
    assert in_vietnamese(caught.value) == "BOT_TELEGRAM_MODE: phải là 'polling', 'webhook' hoặc 'none'"


def test_another_app_has_no_settings_of_the_commune() -> None:
    for field in OF_THE_COMMUNE:
        name = f"BOT_{field.upper()}"
        with pytest.raises(SettingsError, match=f"^{name}: there is no such setting$"):
            load({name: "1"}, PLATFORMS, without=OF_THE_COMMUNE)
    assert set(Settings.model_fields) > OF_THE_COMMUNE


def test_what_is_filled_into_an_error_is_no_template() -> None:
    """Also where the value came from a vendor, and where an error of ours is a value of another one."""
    inner = Told("no server answers ({met})", met="{setting} {0}")
    assert (
        str(SettingsError.of("BOT_X", "refused: {why}", why=inner))
        == "BOT_X: refused: no server answers ({setting} {0})"
    )
    assert str(SettingsError("--port: {1}")) == "--port: {1}"
