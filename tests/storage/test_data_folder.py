"""The data folder's key: whole or not there, and a fault that says where."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bot.storage import data_folder
from bot.storage.database import DatabaseError


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


@pytest.mark.parametrize("length", [31, 32])
def test_a_key_that_was_cut_is_refused_and_the_shortest_whole_one_is_taken(tmp_path: Path, length: int) -> None:
    (tmp_path / "secret_key").write_text("k" * length)
    if length == 32:
        assert data_folder.kept_key(tmp_path) == b"k" * 32
        return
    with pytest.raises(DatabaseError, match="empty or cut short"):
        data_folder.kept_key(tmp_path)
