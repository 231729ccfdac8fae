"""The data folder's key: whole or not there, and a fault that says where."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bot.storage import data_folder


def test_a_full_disk_leaves_no_half_a_key_and_says_which_file_had_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as refused:
        data_folder.kept_key(tmp_path)
    assert refused.value.filename == str(tmp_path / "secret_key")
    assert list(tmp_path.iterdir()) == []
