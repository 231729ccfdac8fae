"""`python -m bot files-move`: the files of people from the data folder to the store of BOT_FILES_URL, or back."""

from __future__ import annotations

import sys
from collections import Counter

from bot.core.platform import FilesAway
from bot.framework.installation import objects_of
from bot.settings import Settings

_TOLD_EVERY = 100


class NotMoved(Exception):
    """The files that are not moved yet wait; the text is for the person at the terminal."""


async def move(settings: Settings, to: str) -> int:
    """Move all files; 1 if some had to stay. Raises SettingsError, NotMoved and OSError."""
    objects = objects_of(settings)
    from bot.storage.files.moving import NOT_OURS, Moving, NotTheSame

    moving = Moving(settings.data_dir / "media", objects)
    moved, size, left = 0, 0, Counter[str]()
    try:
        async for one in moving.to_store() if to == "s3" else moving.to_folder():
            if one.left:
                left[one.left] += 1
                continue
            moved, size = moved + 1, size + one.size
            if moved % _TOLD_EVERY == 0:
                print(f"đã chuyển {moved} tệp, {size / 1e6:.0f} MB", file=sys.stderr)
    except FilesAway:
        raise NotMoved(f"kho tệp không trả lời; đã chuyển {moved} tệp, chạy lại lệnh này để chuyển tiếp") from None
    except NotTheSame as error:
        raise NotMoved(f"{error}: đọc lại khác với lúc ghi; tệp cũ còn nguyên, kiểm tra kho rồi chạy lại") from None
    print(f"đã chuyển và kiểm tra {moved} tệp, {size / 1e6:.1f} MB")
    if left:
        said = ", ".join(f"{count} {'tên lạ' if why == NOT_OURS else 'quá lớn'}" for why, count in sorted(left.items()))
        print(f"để nguyên tại chỗ: {said}", file=sys.stderr)
    return 1 if left else 0
