"""A VITS model of four kilobytes, written here: the signs of a sentence come out as beeps, each louder than its number.

What is in it is what sherpa-onnx asks of a voice: its inputs, its output, and the notes by which it is known.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

RATE = 16_000
BEEP = 800
"""Samples for each sign."""
PIPER = {
    "model_type": "vits", "comment": "piper", "language": "Vietnamese", "voice": "vi", "has_espeak": "1",
    "n_speakers": "1", "sample_rate": str(RATE),
}  # fmt: skip
MMS = {
    "model_type": "vits", "comment": "mms", "language": "Vietnamese", "add_blank": "1", "frontend": "characters",
    "n_speakers": "1", "sample_rate": str(RATE),
}  # fmt: skip
SIGNS = "_^$ abcdefghijklmnopqrstuvwxyzàáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ,.?!:;"
SOUNDS = "ˈˌː1234567ŋɔɗəɛɜɲʃɯɤɓʈɣʒɪæʊɹðʂɑɐɨʲʰ̪"
_FLOAT, _INT64 = 1, 7


def put(folder: Path, notes: Mapping[str, str] = PIPER, signs: str = SIGNS + SOUNDS) -> Path:
    """Write a voice as it is unpacked: a folder with the model and its tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokens.txt").write_text("".join(f"{sign} {at}\n" for at, sign in enumerate(signs)), "utf-8")
    model = folder / "giong-thu.onnx"
    model.write_bytes(onnx(notes))
    return model


def onnx(notes: Mapping[str, str]) -> bytes:
    """As protobuf: ModelProto of ir version 8, opset 13, one graph, and the notes."""
    opset = _bytes(8, _number(2, 13))
    return _number(1, 8) + _bytes(7, _graph("piper" in notes.get("comment", ""))) + opset + _notes(notes)


def _notes(notes: Mapping[str, str]) -> bytes:
    return b"".join(_bytes(14, _text(1, key) + _text(2, value)) for key, value in notes.items())


def _graph(piper: bool) -> bytes:
    wave = [math.sin(2 * math.pi * 200 * at / RATE) for at in range(BEEP)]
    nodes = (
        _node("Cast", ["x"], "as_float", _bytes(5, _text(1, "to") + _number(3, _FLOAT) + _number(20, 2))),
        _node("Mul", ["as_float", "step"], "loud"),
        _node("Unsqueeze", ["loud", "last"], "each"),
        _node("Mul", ["each", "wave"], "beeps"),
        _node("Reshape", ["beeps", "flat"], "y"),
    )
    constants = (
        _floats("step", [1], [0.006]), _integers("last", [1], [2]), _floats("wave", [1, 1, BEEP], wave),
        _integers("flat", [3], [1, 1, -1]),
    )  # fmt: skip
    scales = [("scales", 3)] if piper else [("noise_scale", 1), ("length_scale", 1), ("noise_scale_w", 1)]
    inputs = [_value("x", _INT64, [1, "length"]), _value("x_length", _INT64, [1])]
    inputs += [_value(name, _FLOAT, [count]) for name, count in scales]
    return b"".join(
        (
            *(_bytes(1, node) for node in nodes),
            _text(2, "beeps"),
            *(_bytes(5, constant) for constant in constants),
            *(_bytes(11, one) for one in inputs),
            _bytes(12, _value("y", _FLOAT, [1, 1, "samples"])),
        )
    )


def _node(kind: str, inputs: Iterable[str], output: str, attribute: bytes = b"") -> bytes:
    return b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind) + attribute


def _value(name: str, kind: int, shape: Iterable[int | str]) -> bytes:
    sizes = (_text(2, size) if isinstance(size, str) else _number(1, size) for size in shape)
    tensor = _number(1, kind) + _bytes(2, b"".join(_bytes(1, size) for size in sizes))
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _floats(name: str, shape: Iterable[int], values: list[float]) -> bytes:
    return _tensor(name, shape, _FLOAT, struct.pack(f"<{len(values)}f", *values))


def _integers(name: str, shape: Iterable[int], values: list[int]) -> bytes:
    return _tensor(name, shape, _INT64, struct.pack(f"<{len(values)}q", *values))


def _tensor(name: str, shape: Iterable[int], kind: int, raw: bytes) -> bytes:
    return b"".join(_number(1, size) for size in shape) + _number(2, kind) + _text(8, name) + _bytes(9, raw)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())
