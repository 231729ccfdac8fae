"""The public Vietnamese voices that fit: where each is from, and on which terms. Nothing here is downloaded by the bot.

The terms are those that the model's own card states; who has asked the owner may know better.
"""

from __future__ import annotations

from msgspec import Struct


class PublicVoice(Struct, frozen=True):
    """`terms` say the licence, and what it means for a commune that plays the sound in public."""

    name: str
    sound: str
    where: str
    terms: str


_SHERPA = "github.com/k2-fsa/sherpa-onnx, Releases, thẻ tts-models"

VOICES = (
    PublicVoice(
        "vits-piper-vi_VN-vais1000-medium",
        "một giọng, 22.050 Hz, chừng 63 MB",
        _SHERPA,
        "thu âm VAIS-1000: CC BY 4.0, dùng được nếu ghi nguồn; thẻ ghi là luyện tiếp từ giọng tiếng Anh “lessac”, "
        "giọng ấy có điều kiện riêng, hãy đọc trước khi dùng nơi công cộng",
    ),
    PublicVoice(
        "vits-piper-vi_VN-25hours_single-low",
        "một giọng, 16.000 Hz, chừng 63 MB",
        _SHERPA,
        "thẻ ghi “License: Unknown”: chưa hỏi được chủ bản thu (InfoRe) thì không dùng nơi công cộng",
    ),
    PublicVoice(
        "vits-piper-vi_VN-vivos-x_low",
        "65 giọng, 16.000 Hz, chừng 28 MB, tiếng kém hơn",
        _SHERPA,
        "CC BY-NC-SA 4.0: chỉ việc phi lợi nhuận, có ghi nguồn; nên hỏi AILAB (ĐHQG TP.HCM) trước",
    ),
    PublicVoice(
        "mms-tts-vie",
        "một giọng, 16.000 Hz; phải đổi sang ONNX theo tài liệu MMS của sherpa-onnx",
        "huggingface.co/facebook/mms-tts-vie",
        "CC BY-NC 4.0: chỉ việc phi lợi nhuận, có ghi nguồn; nên hỏi trước khi phát ở loa",
    ),
)
