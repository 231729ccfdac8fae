"""`python -m bot understanding`: what officers named of the words that were not understood, for training."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.cli import office as office_commands
from bot.features.unheard import words
from bot.settings import Settings

VOICE = "commune"


async def export(settings: Settings, out: Path) -> int:
    """Write a line for each text that was named: text, meaning, voice; nothing of who said it.

    Raises DatabaseError and OSError.
    """
    async with office_commands.opened(settings):
        named = await words.named()
    lines = [f"{text}\t{meaning}\t{VOICE}\n" for text, meaning in named]
    await asyncio.to_thread(_write, out, "".join(lines))
    print(f"{out}: {len(lines)} câu", file=sys.stderr)
    if not lines:
        print("chưa có câu nào được nói nghĩa; cán bộ gõ “lời chưa hiểu” trong trò chuyện", file=sys.stderr)
    return 0


def _write(out: Path, text: str) -> None:
    """Write a file that only its owner reads, also in place of one that others could read."""
    out.write_text(text, "utf-8")
    out.chmod(0o600)
