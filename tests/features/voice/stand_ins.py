"""Stand-ins for what a machine that runs the tests need not have: the library sherpa_onnx, and espeak-ng."""

from __future__ import annotations

import stat
from pathlib import Path

LIBRARY = """\
import os, signal, sys, time


class OfflineTtsVitsModelConfig:
    def __init__(self, *, model, tokens):
        self.signs = len(open(tokens, encoding="utf-8").read().splitlines())
        open(model, "rb").close()


class OfflineTtsModelConfig:
    def __init__(self, *, vits, num_threads):
        self.vits = vits


class OfflineTtsConfig:
    def __init__(self, *, model):
        self.model = model


class GenerationConfig:
    phoneme_codepoints = None


class Said:
    def __init__(self, samples):
        self.samples = samples


class OfflineTts:
    sample_rate = 16_000

    def __init__(self, config):
        pass

    def generate(self, text, how):
        signs = how.phoneme_codepoints[0] if how.phoneme_codepoints else [ord(sign) for sign in text]
{body}
"""
SPEAKS = "return Said([(-1) ** at * 0.4 for at in range(800 * len(signs))])"


def library(folder: Path, *lines: str) -> None:
    """Put a module in the library's place, whose voice does this with `signs`; without lines it speaks."""
    body = "\n".join(f"        {line}" for line in lines or (SPEAKS,))
    folder.mkdir(exist_ok=True)
    (folder / "sherpa_onnx.py").write_text(LIBRARY.format(body=body), "utf-8")


def program(folder: Path, body: str) -> Path:
    """Put a shell script in the place of espeak-ng."""
    path = folder / "espeak-ng"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
