"""Cut the font of the web chat: `python tools/page_font.py FOLDER`, with fonttools 4.68.0 and brotli 1.2.1 installed.

FOLDER has `BeVietnamPro-Regular.ttf` and `BeVietnamPro-Bold.ttf`, as in the package `fontpkg-be-vietnam-pro`. They are
cut at release, in an environment of its own: nothing that the bot or its tests install knows fonts of the web.

The outlines of the two weights do not match, so no weight between them can be made. But a browser asks for one file
less if both are in one: a font with an axis of weight that changes no outline, only puts the bold glyph in the place of
the regular one from the middle of the axis on (OpenType's `rvrn`).
"""

from __future__ import annotations

import sys
import tempfile
import unicodedata
from pathlib import Path

from fontTools import merge, subset
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._f_v_a_r import Axis
from fontTools.varLib.featureVars import addFeatureVariations

TO = Path(__file__).parents[1] / "bot" / "platforms" / "web" / "static" / "be-vietnam-pro.woff2"
_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_VIETNAMESE = {unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS + _VOWELS.upper() for tone in _TONES}
LETTERS = {*map(chr, range(0x20, 0x7F)), *_VIETNAMESE, *"đĐ\u00a0«»“”‘’…–—•·°±×÷²³½§©€₫"}
"""All others come from the fonts of the phone."""
_FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl"]
_NAMES = [0, 1, 2, 3, 4, 6, 13, 14]
"""Copyright, names and licence."""


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    regular, bold = (_cut(folder / f"BeVietnamPro-{weight}.ttf") for weight in ("Regular", "Bold"))
    font = _both(regular, bold)
    font.recalcTimestamp = False  # the same font is the same bytes
    font["head"].created = font["head"].modified = regular["head"].modified
    font.flavor = "woff2"
    font.save(TO)
    print(f"{TO.name}: {TO.stat().st_size} bytes")
    return 0


def _cut(path: Path) -> TTFont:
    """Return the font with our letters only, without the hints of old screens."""
    font = TTFont(path, recalcTimestamp=False)
    options = subset.Options()
    options.layout_features, options.name_IDs = _FEATURES, _NAMES
    options.hinting, options.glyph_names, options.notdef_outline = False, True, True
    cut = subset.Subsetter(options)
    cut.populate(unicodes=sorted(map(ord, LETTERS)))
    cut.subset(font)
    return font


def _both(regular: TTFont, bold: TTFont) -> TTFont:
    """Return one font of both, in which the bold glyphs are reached by weight alone."""
    for table in bold["cmap"].tables:
        table.cmap = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, name)) for name in ("regular.ttf", "bold.ttf")]
        regular.save(paths[0])
        bold.save(paths[1])
        font = merge.Merger(merge.Options(drop_tables=["gasp"])).merge(paths)
    renamed = font.getGlyphOrder()[len(regular.getGlyphOrder()) :]
    of_bold = dict(zip(bold.getGlyphOrder(), renamed, strict=True))
    instead = {name: of_bold[name] for name in regular.getGlyphOrder() if name in of_bold and name != ".notdef"}
    _give_weight(font)
    addFeatureVariations(font, [([{"wght": (0.5, 1.0)}], instead)], featureTag="rvrn")
    return font


def _give_weight(font: TTFont) -> None:
    axis = Axis()
    axis.axisTag, axis.axisNameID = "wght", font["name"].addName("Weight")
    axis.minValue, axis.defaultValue, axis.maxValue = 400, 400, 700
    font["fvar"] = newTable("fvar")
    font["fvar"].axes, font["fvar"].instances = [axis], []
    # Without this table, though nothing is in it, some engines take no weight.
    font["gvar"] = newTable("gvar")
    font["gvar"].version, font["gvar"].reserved, font["gvar"].variations = 1, 0, {}


if __name__ == "__main__":
    sys.exit(main())
