"""What keeps the bot from listening is one line that names the setting. Directly: the tests may run as root, and not
every version of Python meets each of these."""

from __future__ import annotations

import asyncio
import errno
import re
import socket

import pytest

from bot.cli import commands
from bot.framework import gate
from bot.settings import Settings


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            PermissionError(errno.EACCES, "while binding"),
            "cổng dưới 1024 chỉ root mở được; đổi cổng (BOT_PORT), ví dụ 8080",
        ),
        (OSError(errno.EADDRNOTAVAIL, "while binding"), "máy này không có địa chỉ ấy; sửa BOT_HOST"),
    ],
)
def test_what_keeps_the_bot_from_listening_is_told_with_the_setting(error: OSError, line: str) -> None:
    assert commands._says_of_start(error, Settings(host="10.9.8.7", port=80)) == f"10.9.8.7:80: {line}"


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        OSError("could not bind on any address out of [('10.9.8.7', 80)]"),
    ],
)
async def test_an_address_of_another_machine_is_one_failure_with_a_number(error: OSError) -> None:
    async def opening() -> asyncio.Server:
        raise error

    with pytest.raises(OSError, match=re.escape(str(error))) as caught:
        await gate.bound(opening())
    assert caught.value.errno == errno.EADDRNOTAVAIL
