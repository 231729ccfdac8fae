"""The way in from outside: the public address, its certificate, and the bot behind it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.features.doctor.diagnosis import Diagnosis, Value, bad, good, soon
from bot.i18n import msg

PATIENCE = 10.0
"""Seconds for a connection, and for an answer."""
LATE, VERY_LATE = 21, 10
"""Days: certbot renews at 30, so what is left below the first was not renewed."""
_EXPIRED = 10
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED."""
_MOST = 4096
HEALTH = "/healthz"
READY = "/readyz"


class PageAnswer(NamedTuple):
    """An answer to a GET: its status and the first 4,096 bytes of its text."""

    status: int
    text: str


class NoAnswer(Exception):
    """There is no answer, or none in HTTP."""


async def ask(address: str, context: ssl.SSLContext | None = None) -> PageAnswer:
    """Get a small page; no redirect is followed. Raises NoAnswer and ssl.SSLCertVerificationError.

    By hand, because here nothing may be imported that speaks HTTP, and the library's own client blocks.
    """
    parts = urlsplit(address)
    secure = (context or ssl.create_default_context()) if parts.scheme == "https" else None
    port = parts.port or (443 if secure else 80)
    request = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure)
            try:
                writer.write(request.encode("ascii"))
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.read(_MOST)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except ssl.SSLCertVerificationError:
        raise
    except (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
        raise NoAnswer(type(error).__name__) from None
    status = head.split(b" ", 2)[1:2]
    if not head.startswith(b"HTTP/") or not status or not status[0].isdigit():
        raise NoAnswer("no HTTP")
    return PageAnswer(int(status[0]), body.decode("utf-8", "replace"))


async def public(url: str, now: datetime, context: ssl.SSLContext | None = None) -> list[Diagnosis]:
    """Open the public address as a visitor would, and look at its certificate."""
    values = {"url": url}
    try:
        found = await ask(f"{url}{HEALTH}", context)
    except ssl.SSLCertVerificationError as error:
        return [_untrusted(error, url)]
    except NoAnswer:
        what = msg("Máy này không mở được {url}.")
        mend = msg(
            "Mở thử bằng điện thoại tắt wifi. Không được thì xem nginx, tên miền, cổng 443 của tường lửa. "
            "Được thì chỉ là mạng của xã không đi vòng ra ngoài, không sao."
        )
        return [soon("public address", what, mend, **values)]
    if found.status == 200 and found.text.strip() == "ok":
        days = await _days_left(url, now, context)
        return [good("public address", msg("Trang {url} mở được."), **values), *_judged(days, url)]
    if found.status in (502, 503, 504):
        what = msg("nginx ở {url} không gọi được bot (mã {status}).")
        mend = msg("Xem bot có chạy không: `systemctl status langso`. Cổng trong nginx phải đúng `BOT_PORT`.")
    else:
        what = msg("{url} là trang khác, không phải trang của bot (mã {status}).")
        mend = msg("Trỏ tên miền về máy này và thêm khối nginx trong tài liệu. Hoặc sửa `BOT_PUBLIC_URL`.")
    return [bad("public address", what, mend, **values, status=found.status)]


def _untrusted(error: ssl.SSLCertVerificationError, url: str) -> Diagnosis:
    if error.verify_code == _EXPIRED:
        what = msg("Chứng chỉ của {url} đã hết hạn: ứng dụng và bà con không vào được.")
        mend = msg("Gia hạn: `certbot renew`, rồi `systemctl reload nginx`.")
        return bad("certificate", what, mend, url=url)
    what = msg("Chứng chỉ của {url} không đáng tin: {why}.")
    mend = msg("Lấy chứng chỉ đúng tên miền bằng certbot, cả chuỗi (`fullchain.pem`), rồi `systemctl reload nginx`.")
    return bad("certificate", what, mend, url=url, why=error.verify_message)


async def _days_left(url: str, now: datetime, context: ssl.SSLContext | None) -> int | None:
    """Return how many whole days the certificate lasts; None without one, or when the address is gone again."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            secure = context or ssl.create_default_context()
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=secure)
    except (OSError, TimeoutError):
        return None
    shown = writer.get_extra_info("peercert")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    return (until - now).days


def _judged(days: int | None, url: str) -> list[Diagnosis]:
    if days is None:
        return []
    values: dict[str, Value] = {"days": days, "url": url}
    mend = msg("Gia hạn ngay: `certbot renew`, rồi `systemctl reload nginx`. Xem `systemctl status certbot.timer`.")
    if days < VERY_LATE:
        return [bad("certificate", msg("Chứng chỉ của {url} chỉ còn {days} ngày."), mend, **values)]
    if days < LATE:
        return [soon("certificate", msg("Chứng chỉ của {url} còn {days} ngày mà chưa tự gia hạn."), mend, **values)]
    return [good("certificate", msg("Chứng chỉ của {url} còn {days} ngày."), **values)]


async def at_work(address: str) -> list[Diagnosis]:
    """Ask the bot on this machine whether it runs and can work; `address` is where it listens."""
    values = {"address": address}
    try:
        found = await ask(f"{address}{READY}")
    except NoAnswer:
        what = msg("Bot không chạy: ở {address} không có ai trả lời.")
        mend = msg("Chạy: `systemctl start langso`. Không được thì xem `journalctl -u langso -n 50`.")
        return [bad("at work", what, mend, **values)]
    if found.status == 200 and found.text.strip() == "ok":
        return [good("at work", msg("Bot đang chạy ở {address}."), **values)]
    if found.status == 503:
        mend = msg("Sửa điều ấy, rồi khởi động lại: `systemctl restart langso`.")
        lines = [line for line in found.text.splitlines() if line.strip()]
        return [bad("at work", msg("Bot đang chạy mà báo: {line}."), mend, line=line.rstrip(".")) for line in lines]
    what = msg("Cổng {address} đang do chương trình khác dùng (mã {status}).")
    mend = msg("Tắt chương trình ấy, hoặc đổi `BOT_PORT` và cổng trong nginx.")
    return [bad("at work", what, mend, **values, status=found.status)]
