"""Words on a terminal, in a pipe or a file: Vietnamese, whatever alphabet the system has for those."""

from __future__ import annotations

import sys
from io import TextIOWrapper

_SAMPLE = "Ưng thuận: bật đường truyền ở thôn Đồng Phú"


def speak_vietnamese() -> None:
    """Read and write UTF-8 where the system's own alphabet lacks letters of ours, as Windows' for Vietnamese does.

    A console of Windows shows every letter by itself; this is about what is piped or written to a file.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not _can_say(stream.encoding, _SAMPLE):
            stream.reconfigure(encoding="utf-8")


def _can_say(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
