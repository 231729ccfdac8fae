"""Which voice this machine reads with: one from the data folder, else espeak-ng, else none."""

from __future__ import annotations

import logging
import shutil
from importlib.util import find_spec
from pathlib import Path

from . import folder
from .espeak import PROGRAM, Espeak
from .folder import VoiceFiles, VoiceProblem
from .port import Voice
from .sherpa import SherpaOnnx

log = logging.getLogger(__name__)


def find(data_dir: Path) -> Voice | None:
    """Return the voice of this machine; loads nothing.

    One in the data folder that cannot be used is told in the log and passed over.
    """
    try:
        files = usable(data_dir)
    except VoiceProblem as problem:
        log.warning("the voice in the data folder is not used: %s", problem)
        files = None
    if files is not None:
        return SherpaOnnx(files)
    program = shutil.which(PROGRAM)
    return None if program is None else Espeak(program)


def usable(data_dir: Path) -> VoiceFiles | None:
    """Return the voice of the data folder if this machine can read with it; None if there is none.

    Raises VoiceProblem.
    """
    files = folder.find(data_dir)
    if files is None:
        return None
    if find_spec("sherpa_onnx") is None:
        raise VoiceProblem("chưa cài sherpa-onnx: pip install --require-hashes -r requirements/voice.txt")
    if files.spelling == "phonemes" and shutil.which(PROGRAM) is None:
        raise VoiceProblem(f"giọng Piper cần chương trình {PROGRAM} để đổi chữ ra âm: apt install {PROGRAM}")
    return files
