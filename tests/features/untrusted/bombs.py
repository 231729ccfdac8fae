"""Files that a stranger might send to hurt: bombs and broken ones, the same in each run.

Each is for one reader and must end as a refusal. Zips that lie about a size are made by hand: no library writes one.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import xlsxwriter
from docx import Document
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.kit import png_that_claims

SEED = 26
Kind = Literal["signed", "workbook", "guide", "photo", "recording", "voice note"]

WORD = "word/document.xml"
SHEET = "xl/worksheets/sheet1.xml"
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Bomb:
    kind: Kind
    name: str
    data: bytes


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def lying(name: str, zeros: int, says: int, others: dict[str, bytes] | None = None) -> bytes:
    """A zip with a part of so many zeros that says it is of another size, in both places where it can say so."""
    made = bytearray(packed({name: bytes(zeros), **(others or {})}))
    made[22:26] = struct.pack("<I", says)
    at = made.index(b"PK\x01\x02")
    made[at + 24 : at + 28] = struct.pack("<I", says)
    made[14:18] = made[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(bytes(says)) if says < zeros else 0)
    return bytes(made)


def overlapping(name: str, count: int, each: int) -> bytes:
    """Many entries of the directory that all mean the same bytes."""
    made = packed({name: bytes(each)})
    at, end = made.index(b"PK\x01\x02"), made.index(b"PK\x05\x06")
    entries = b"".join(
        made[at : at + 46] + f"xl/{n:0{len(name) - 7}}.xml".encode()[: len(name)] for n in range(count)
    )  # fmt: skip
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(entries), at, 0)
    assert end > at
    return made[:at] + entries + tail


def laughs(depth: int = 9) -> bytes:
    """A document type whose entities fill each other in, ten times each."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth + 1))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{entities}]><x>&l{depth};</x>'.encode()


def nested(levels: int, inside: bytes) -> bytes:
    for level in range(levels):
        inside = packed({f"{level}.zip": inside})
    return inside


def _workbook() -> dict[str, bytes]:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Một").write_string(0, 0, "chữ")
    with zipfile.ZipFile(out) as made:
        return {name: made.read(name) for name in made.namelist()}


def _word() -> dict[str, bytes]:
    document = Document()
    document.add_paragraph("Bước", style="Heading 1")
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as made:
        return {name: made.read(name) for name in made.namelist()}


def _pictures() -> dict[str, bytes]:
    made = {}
    for kind in ("JPEG", "PNG", "WEBP"):
        out = io.BytesIO()
        Image.effect_noise((200, 150), 90).convert("RGB").save(out, kind)
        made[kind] = out.getvalue()
    return made


def signed(chance: random.Random) -> Iterator[Bomb]:
    for zeros, says in ((40, 100), (40, 0), (40, 3_000_000_000), (30, 21), (19, 20_000_000)):
        yield Bomb("signed", f"{zeros} MB that say {says}", lying(WORD, zeros * MEGABYTE, says))
    whole = packed({WORD: b"<w:t>" + "Số: 12/QĐ".encode() * 200 + b"</w:t>"})
    for at in sorted(chance.sample(range(10, len(whole) - 22), 12)):
        yield Bomb("signed", f"cut at {at}", whole[:at])
    begins = whole.index(WORD.encode()) + len(WORD)
    for _ in range(8):
        at = begins + chance.randrange(20)
        yield Bomb("signed", f"changed at {at}", whole[:at] + bytes([whole[at] ^ 0xFF]) * 3 + whole[at + 3 :])
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield Bomb("signed", f"packed by {method}", packed({WORD: bytes(MEGABYTE)}, method))
    yield Bomb("signed", "too long", packed({WORD: b" " * 21 * MEGABYTE}))
    for level in (1, 3, 9):
        yield Bomb("signed", f"a zip in a zip, {level}", nested(level, whole))
    yield Bomb("signed", "encrypted", _encrypted(whole))


def _encrypted(whole: bytes) -> bytes:
    made = bytearray(whole)
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def workbooks(chance: random.Random) -> Iterator[Bomb]:
    parts = _workbook()
    whole = packed(parts)

    def with_sheet(xml: bytes) -> bytes:
        return packed({**parts, SHEET: xml})

    def with_cells(cells: str) -> bytes:
        return with_sheet(f'<worksheet xmlns="x"><sheetData>{cells}</sheetData></worksheet>'.encode())

    for at in sorted(chance.sample(range(4, len(whole) - 22), 15)):
        yield Bomb("workbook", f"cut at {at}", whole[:at])
    yield Bomb("workbook", "sixty-one megabytes", with_sheet(parts[SHEET] + b" " * 61 * MEGABYTE))
    for zeros, says in ((40, 100), (61, 9), (61, 59_000_000), (30, 61_000_000)):
        yield Bomb("workbook", f"{zeros} MB that say {says}", lying(SHEET, zeros * MEGABYTE, says, parts))
    for depth in (1, 3, 9, 30):
        yield Bomb("workbook", f"laughs {depth}", with_sheet(laughs(depth)))
    for system in ("file:///etc/passwd", "http://127.0.0.1/x", "/dev/zero"):
        evil = f'<!DOCTYPE a [<!ENTITY b SYSTEM "{system}">]><worksheet>&b;</worksheet>'.encode()
        yield Bomb("workbook", f"entity {system}", with_sheet(evil))
    for mark in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        yield Bomb("workbook", mark, with_sheet(parts[SHEET].decode().encode(mark)))
    for _ in range(10):
        row, column = chance.randrange(900_000, 1_048_576), chance.choice(("XFD", "AAA", "ZZZ"))
        cells = f'<row r="1"><c r="A1"><v>1</v></c><c r="{column}{row}"><v>1</v></c></row>'
        yield Bomb("workbook", f"a cell at {column}{row}", with_cells(cells))
    for reference in ("A0x", "4294967297", "A4294967297", "AAAA1", "", "-1"):
        yield Bomb("workbook", f"cell {reference!r}", with_cells(f'<row><c r="{reference}"><v>1</v></c></row>'))
    for count in (2_000, 60_000):
        yield Bomb("workbook", f"{count} parts that are one", overlapping("xl/worksheets/a.xml", count, 100_000))
    for level in (1, 4):
        yield Bomb("workbook", f"a zip in a zip, {level}", nested(level, whole))
    for tag in (b"</sheetData>", b"</worksheet>", b"<sheetData"):
        yield Bomb("workbook", f"without {tag!r}", with_sheet(parts[SHEET].replace(tag, b"", 1)))
    yield Bomb("workbook", "deep", with_sheet(b"<worksheet>" + b"<a>" * 300_000))
    yield Bomb("workbook", "encrypted", _encrypted(whole))
    yield Bomb("workbook", "bzip2", packed(parts, zipfile.ZIP_BZIP2))


def guides(chance: random.Random) -> Iterator[Bomb]:
    parts = _word()
    whole = packed(parts)
    for at in sorted(chance.sample(range(len(whole) - 22), 15)):
        yield Bomb("guide", f"cut at {at}", whole[:at])
    for zeros, says in ((40, 100), (40, 0), (20, 9_000_000), (9, 11_000_000)):
        others = {name: content for name, content in parts.items() if name != WORD}
        yield Bomb("guide", f"{zeros} MB that say {says}", lying(WORD, zeros * MEGABYTE, says, others))
    for depth in (1, 9):
        yield Bomb("guide", f"laughs {depth}", packed({**parts, WORD: laughs(depth)}))
    for tags in (b"<w:p>" * 1_000, b"<w:p/>" * 3_001, b"<w:p>" * 100_000):
        yield Bomb("guide", f"{len(tags)} of tags", packed({**parts, WORD: parts[WORD].replace(b"<w:p>", tags, 1)}))
    yield Bomb("guide", "pictures of a hundred megabytes", packed({**parts, "word/media/a.png": bytes(101 * MEGABYTE)}))
    yield Bomb("guide", "six thousand parts", packed({**parts, **{f"word/{n}.xml": b"" for n in range(6_000)}}))
    yield Bomb("guide", "macros", packed({**parts, "word/vbaProject.bin": b"x"}))
    for name in (WORD, "[Content_Types].xml", "_rels/.rels"):
        yield Bomb("guide", f"without {name}", packed({one: data for one, data in parts.items() if one != name}))
        yield Bomb("guide", f"{name} is none", packed({**parts, name: chance.randbytes(500)}))
    for level in (1, 5):
        yield Bomb("guide", f"a zip in a zip, {level}", nested(level, whole))
    yield Bomb("guide", "encrypted", _encrypted(whole))


def photos(chance: random.Random) -> Iterator[Bomb]:
    made = _pictures()
    for kind, data in made.items():
        for at in sorted(chance.sample(range(len(data) * 3 // 4), 12)):
            yield Bomb("photo", f"{kind} cut at {at}", data[:at])
        yield Bomb("photo", f"{kind} and then noise", data[:12] + chance.randbytes(5_000))
    for width, height in ((6_400, 6_400), (65_535, 65_535), (2**31 - 1, 2), (0, 0), (2**31 - 1, 2**31 - 1), (1, 10**8)):
        yield Bomb("photo", f"{width} × {height}", png_that_claims(width, height))
    for kind in ("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA", "PCX"):
        out = io.BytesIO()
        Image.new("RGB", (16, 16)).save(out, kind)
        yield Bomb("photo", kind, out.getvalue())
    yield Bomb("photo", "EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file\n")
    for size in (2, 60):
        words = PngInfo()
        words.add_text("k", "a" * size * MEGABYTE, zip=True)
        out = io.BytesIO()
        Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=words)
        yield Bomb("photo", f"words of {size} MB", out.getvalue())
    out = io.BytesIO()
    Image.new("L", (6_000, 3_000)).save(out, "WEBP", lossless=True, method=0)
    yield Bomb("photo", "a WebP of 18 megapixels", out.getvalue())


def sounds(chance: random.Random, kind: Kind, silence: bytes, sent: dict[str, bytes]) -> Iterator[Bomb]:
    """`silence` is an MP3 file of a second without a sound, `sent` are good files of some kinds."""
    heads = {"ogg": b"OggS", "m4a": b"\0\0\0\x1cftypM4A ", "mp3": b"ID3\x04\0\0\x7f\x7f\x7f\x7f", "wav": b"RIFF"}
    for name, head in heads.items():
        for size in (0, 40, 4_000):
            yield Bomb(kind, f"{name} and {size} of noise", head + chance.randbytes(size))
    for says in (0, 1, 2**31, 2**32 - 1):
        yield Bomb(kind, f"wav that says {says}", _wav(says))
    for rate, channels in ((0, 1), (2**32 - 1, 1), (8_000, 0), (8_000, 65_535)):
        yield Bomb(kind, f"wav of {rate} Hz, {channels} channels", _wav(0, rate, channels))
    for name, data in sent.items():
        for at in sorted(chance.sample(range(4, 60), 3)):
            yield Bomb(kind, f"{name} cut at {at}", data[:at])
    for size in (8, 2**31, 2**32 - 1):
        atom = b"\0\0\0\x1cftypM4A " + bytes(16) + struct.pack(">I4s", size, b"moov") + chance.randbytes(60)
        yield Bomb(kind, f"m4a with a part of {size}", atom)
    yield Bomb(kind, "an hour of silence", silence * 3_600)
    for text in ("#EXTM3U\nfile:///etc/passwd\n", "ffconcat version 1.0\nfile /etc/passwd\n", "<svg/>"):
        yield Bomb(kind, text[:8], text.encode())


def _wav(says: int, rate: int = 8_000, channels: int = 1) -> bytes:
    """Only the head of one."""
    form = struct.pack("<HHIIHH", 1, channels, rate, 0, 2, 16)
    size = struct.pack("<I", says)
    return b"RIFF" + size + b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + size
