"""The book of a viewer: the files of all provinces in a folder, one for each province and month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .signed import LARGEST, Refused, read
from .sums import ProvinceSums


class CountryFiles:
    """`keys` are the provinces that are known, by code; a file is kept as it came and read again with its key."""

    def __init__(self, folder: Path, keys: Mapping[str, bytes]) -> None:
        self._folder = folder
        self._keys = keys

    def take(self, province: str, data: bytes) -> ProvinceSums:
        """Keep the file of a province. Raises Refused.

        A month is told once: a file with other sums of a month that is known is refused, and so is an older month.
        """
        if province not in self._keys:
            raise Refused(f"chưa có khóa của tỉnh {province}")
        sums = read(data, self._keys[province])
        if sums.province != province:
            raise Refused(f"tệp này là của {sums.province}, không phải của {province}")
        kept = self._folder / f"{province}.{sums.month}.json"
        months = [one.month for one in self.of(province)]
        if kept.exists() and kept.read_bytes() != data:
            raise Refused(f"tháng {sums.month} đã có, với số khác")
        if months and sums.month < max(months):
            raise Refused(f"tháng {sums.month} cũ hơn tháng đã có")
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".part")
        partial.write_bytes(data)
        partial.replace(kept)
        return sums

    def of(self, province: str) -> Sequence[ProvinceSums]:
        """Return all months of a province, the oldest first. Raises Refused for a file that was changed since."""
        files = sorted(self._folder.glob(f"{province}.20??-??.json"))
        return [read(_begin_of(file), self._keys[province]) for file in files]

    def latest(self) -> Mapping[str, ProvinceSums | None]:
        """Return the last month of each province that is known; None for one that has told nothing."""
        return {code: next(reversed(self.of(code)), None) for code in sorted(self._keys)}


def _begin_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)
