"""The kinds of sound that are accepted, and the reasons for which a file is refused."""

from __future__ import annotations

from typing import Literal

from bot.i18n import msg

Kind = Literal["ogg", "mov", "mp3", "aac", "wav"]
"""Names of FFmpeg's readers. A file is read as what it is, never as what FFmpeg would guess it to be: among its guesses
are play lists that open other files and addresses."""

CODECS = frozenset({"opus", "vorbis", "aac", "mp3", "mp3float", "alac", "flac"})
"""What may be inside; plain samples (`pcm_*`) besides."""

MOST_BYTES = 20_000_000
MOST_SECONDS = 600


class SoundError(Exception):
    """The sound cannot be used. `template` is one Vietnamese sentence for the person who sent it, with no fields."""

    template = msg("Tôi không dùng được tệp này.")


class UnknownSound(SoundError):
    template = msg("Tệp này không phải tệp tiếng mà tôi đọc được. Bác gửi tin thoại, hoặc tệp mp3, m4a, ogg hay wav.")


class TooLarge(SoundError):
    template = msg("Tệp tiếng lớn quá 20 MB nên tôi không nhận được. Bác gửi tệp ngắn hơn.")


class TooLong(SoundError):
    template = msg("Bản thu dài quá 10 phút, bà con khó theo dõi. Bác thu lại ngắn hơn.")


class Silent(SoundError):
    template = msg("Tôi không nghe thấy tiếng nói trong bản thu. Bác để máy gần miệng rồi thu lại.")


class BrokenSound(SoundError):
    template = msg("Tệp tiếng này bị hỏng, tôi không mở được. Bác thu lại hoặc gửi lại tệp.")


class NoSoundTools(SoundError):
    """The optional packages of sound are not installed."""

    template = msg("Máy chủ của xã chưa cài phần âm thanh nên tôi chưa làm được bản phát loa. Bác nhờ người quản trị.")


def kind_of(data: bytes) -> Kind:
    """Recognize a sound by its first bytes, as name and type are not reliable; raises UnknownSound."""
    if data.startswith(b"OggS"):
        return "ogg"
    if data[4:8] == b"ftyp":
        return "mov"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "wav"
    if data.startswith(b"ID3"):
        return "mp3"
    if len(data) > 2 and data[0] == 0xFF:
        # The first word of a frame: twelve ones; MPEG layer 0 is ADTS, which carries AAC.
        if data[1] & 0xF6 == 0xF0:
            return "aac"
        if data[1] & 0xE0 == 0xE0 and data[1] & 0x06 == 0x02:
            return "mp3"
    raise UnknownSound
