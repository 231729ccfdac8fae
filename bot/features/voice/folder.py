"""The voice that somebody put into the data folder: which files it needs, and the first thing that is not right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from bot.core.lean import patterns

from . import metadata
from .metadata import NotOnnx
from .order import Spelling

FOLDER = "voice"
_TOKENS = "tokens.txt"
_NEEDED = ("sample_rate", "n_speakers", "comment")
"""Notes of a model without which sherpa-onnx ends its process."""
_ACCENT = patterns.compile(r"vi(-[a-z0-9-]{1,20})?")


class VoiceProblem(Exception):
    """The voice cannot be used; the text is one Vietnamese sentence for the person who put it there."""


class VoiceFiles(Struct, frozen=True):
    """A voice whose files are all there. `rate` in samples a second; `accent` is the voice of espeak-ng it learned."""

    name: str
    model: Path
    tokens: Path
    spelling: Spelling
    accent: str
    rate: int
    speakers: int


def find(data_dir: Path) -> VoiceFiles | None:
    """Return the voice of a data folder; None if nobody put one there. Raises VoiceProblem."""
    folder = data_dir / FOLDER
    try:
        return _found(folder) if folder.is_dir() and any(folder.iterdir()) else None
    except OSError as error:
        raise VoiceProblem(f"{error.filename or folder}: không đọc được; đổi chủ tệp cho người dùng chạy bot") from None


def _found(folder: Path) -> VoiceFiles:
    # A voice comes as an archive with one folder in it: both that folder and its content may have been put here.
    models = sorted((*folder.glob("*.onnx"), *folder.glob("*/*.onnx")))
    if not models:
        raise VoiceProblem(f"{folder}: chưa có tệp .onnx của giọng đọc")
    if len(models) > 1:
        names = ", ".join(str(model.relative_to(folder)) for model in models)
        raise VoiceProblem(f"{folder}: có nhiều giọng đọc ({names}); chỉ để lại một")
    model = models[0].resolve()
    tokens = model.parent / _TOKENS
    if not tokens.is_file():
        raise VoiceProblem(f"{tokens}: thiếu tệp này, nó đi kèm giọng đọc trong cùng gói")
    try:
        notes = metadata.read(model)
    except NotOnnx:
        raise VoiceProblem(f"{model}: không phải tệp ONNX, hoặc tải chưa hết; tải lại") from None
    return _described(model, tokens, notes)


def _described(model: Path, tokens: Path, notes: Mapping[str, str]) -> VoiceFiles:
    missing = [name for name in _NEEDED if name not in notes]
    if missing:
        raise VoiceProblem(
            f"{model}: thiếu ghi chú {', '.join(missing)} nên sherpa-onnx không mở được; "
            "lấy gói đã đổi sẵn cho sherpa-onnx (tên bắt đầu bằng vits-), không lấy tệp gốc"
        )
    language = notes.get("language", "")
    if language and not language.lower().startswith("viet"):
        raise VoiceProblem(f"{model}: giọng này đọc tiếng khác ({language}), không phải tiếng Việt")
    if not (notes["sample_rate"].isdecimal() and notes["n_speakers"].isdecimal()):
        raise VoiceProblem(f"{model}: ghi chú về tần số hay số giọng không phải là số; tải lại")
    spelling = _spelling(notes)
    if spelling is None:
        raise VoiceProblem(f"{model}: không phải giọng Piper hay MMS; bot chưa đọc được loại giọng này")
    accent = notes.get("voice", "vi")
    return VoiceFiles(
        re.sub(r"[^A-Za-z0-9._-]", "_", model.stem), model, tokens, spelling,
        accent if _ACCENT.fullmatch(accent) else "vi", int(notes["sample_rate"]), int(notes["n_speakers"]),
    )  # fmt: skip


def _spelling(notes: Mapping[str, str]) -> Spelling | None:
    if notes.get("frontend") == "characters":
        return "letters"
    return "phonemes" if "piper" in notes["comment"] else None
