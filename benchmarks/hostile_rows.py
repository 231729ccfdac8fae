"""Rows of what a stranger's file may cost: a zip of a megabyte that says it is small and unpacks to a gigabyte."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

from benchmarks.report import Goal, Line, Section
from benchmarks.side import ROOT, Bench, ours_python

MEGABYTES = 1_000
SAYS = 100
"""Bytes, in both directories of the file."""
_PART = "word/document.xml"

IN_ONE_PIECE = f"""
import io, sys, zipfile
data = open(sys.argv[1], "rb").read()
def work():
    try:
        zipfile.ZipFile(io.BytesIO(data)).read("{_PART}")
    except zipfile.BadZipFile:
        pass
"""
"""As the bot read it until November 2026, within itself."""
IN_A_CHILD = """
import asyncio, sys
from bot.features.jobs.queue import JobRefused
from bot.features.papers.signed_word import SIGNED
from bot.features.untrusted.pool import ask
from bot.features.untrusted.reader import Nothing
data = open(sys.argv[1], "rb").read()
def work():
    try:
        asyncio.run(ask(SIGNED, data, Nothing()))
    except JobRefused:
        pass
"""
_MEASURE = """
import json, resource, time
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
work()
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([time.perf_counter() - began, grown / 1e3]))
"""


def bomb(bench: Bench) -> Section:
    file = bench.path("bomb.docx")
    file.write_bytes(lying_zip(bench.scaled(MEGABYTES)))
    before = [_cost(IN_ONE_PIECE, file) for _ in range(bench.rounds)]
    after = [_cost(IN_A_CHILD, file) for _ in range(bench.rounds)]
    size = file.stat().st_size / 1e6
    name = f"a zip of {size:.1f} MB that unpacks to {bench.scaled(MEGABYTES)} MB"
    return Section(
        (
            Line(f"{name}: memory of the bot, read in one piece", tuple(one[1] for one in before), unit="MB"),
            Line(f"{name}: its time, read in one piece", tuple(one[0] for one in before), unit="s"),
            Line(f"{name}: memory of the bot now", tuple(one[1] for one in after), Goal(20, 10, most=True), "MB"),
            Line(f"{name}: time now, with the start of the other process", tuple(one[0] for one in after),
                 Goal(10, 3, most=True), "s"),
        )
    )  # fmt: skip


def lying_zip(megabytes: int) -> bytes:
    """Zeros, packed; both of its directories say that they are SAYS bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made, made.open(_PART, "w") as part:
        for _ in range(megabytes):
            part.write(bytes(1_000_000))
    data = bytearray(out.getvalue())
    sizes = struct.pack("<I", SAYS)
    checksum = struct.pack("<I", zlib.crc32(bytes(SAYS)))
    at = data.index(b"PK\x01\x02")
    data[at + 16 : at + 20], data[at + 24 : at + 28] = checksum, sizes
    data[14:18], data[22:26] = checksum, sizes
    return bytes(data)


def _cost(work: str, file: Path) -> tuple[float, float]:
    """(seconds, megabytes that the process has grown by)."""
    done = subprocess.run(
        [str(ours_python()), "-c", work + _MEASURE, str(file)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    seconds, megabytes = json.loads(done.stdout)
    return float(seconds), float(megabytes)
