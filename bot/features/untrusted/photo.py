"""A photo that somebody sent, as a JPEG that every phone shows and that tells nothing but what is seen."""

from __future__ import annotations

import io
from collections.abc import Mapping

from bot.core.text import msg

from .limits import MEGABYTE, ProcessLimits
from .reader import FileRefused, IsolatedReader, Nothing, WireModel

MEGAPIXEL = 1_000_000
MOST_MEGAPIXELS = 40
"""A few hundred kilobytes can unfold into gigabytes of memory."""
MOST_MEGAPIXELS_OF: Mapping[str, int] = {"WEBP": 16}
"""Its decoder holds four copies of a picture at once."""
_LONGEST_SIDE = 2560
_LIMITS = ProcessLimits(memory=512 * MEGABYTE)
"""Forty megapixels at four bytes are 160 MB, twice while the colours are changed; 256 MB hold about twenty."""

TOO_MANY_PIXELS = msg("Ảnh lớn quá {most} triệu điểm ảnh nên tôi không nhận được. Bác thu nhỏ ảnh rồi gửi lại.")
WRONG_TYPE = msg(
    "Tôi chỉ nhận ảnh, bản ghi âm (MP3, M4A, OGG, WAV), tệp PDF, Word và Excel. Bác gửi loại khác giúp tôi."
)
_KINDS = ("JPEG", "PNG", "WEBP")
"""The library knows forty more, each with faults of its own."""


class Jpeg(WireModel):
    data: bytes


def upright(data: bytes, question: Nothing) -> Jpeg:
    """Convert a photo to JPEG of a sensible size, without the camera's metadata (place, device, time).

    Raises Refused for what is no photo, and before anything is unpacked for one of too many pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=_KINDS) as picture:
            most = MOST_MEGAPIXELS_OF.get(picture.format or "", MOST_MEGAPIXELS)
            if picture.width * picture.height > most * MEGAPIXEL:
                raise FileRefused(TOO_MANY_PIXELS, most=most)
            picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))  # a large JPEG is unpacked small at once
            small = picture if picture.mode == "RGB" else picture.convert("RGB")
            small.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            turned = ImageOps.exif_transpose(small)
    except Image.DecompressionBombError:
        raise FileRefused(TOO_MANY_PIXELS, most=MOST_MEGAPIXELS) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):  # the last two: damaged, or a bomb, inside
        raise FileRefused(WRONG_TYPE) from None
    out = io.BytesIO()
    turned.info.clear()  # a comment of the camera would be written again
    turned.save(out, "JPEG", quality=88)
    return Jpeg(data=out.getvalue())


PHOTO = IsolatedReader(f"{__name__}:upright", Nothing, Jpeg, frozenset({TOO_MANY_PIXELS, WRONG_TYPE}), _LIMITS)
