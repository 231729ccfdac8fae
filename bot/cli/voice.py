"""`python -m bot voice`: the public voices that fit, whether the one that is here speaks, and guides read by it."""

from __future__ import annotations

import asyncio
import sys
import wave
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from subprocess import SubprocessError

from bot.assembly import app
from bot.features import step_readings
from bot.features.audio.ear import for_ear
from bot.features.audio.sound import SoundError
from bot.features.commune import settings as commune
from bot.features.guides import recordings
from bot.features.guides.model import Guide, GuideStep
from bot.features.loudspeaker import mastering
from bot.features.voice import folder, installed, spelling
from bot.features.voice.folder import VoiceFiles, VoiceProblem
from bot.features.voice.port import Voice
from bot.features.voice.public_voices import VOICES
from bot.features.voice.sherpa import SherpaOnnx
from bot.i18n import SOURCE, Catalogues, number
from bot.settings import Settings, SettingsError

_TEST = (
    "Kính thưa bà con. 8 giờ sáng 25/11, mời bà con ra NVH làm CCCD và cài VNeID, mang theo thẻ BHYT. "
    "Việc này 0 đồng. Không đọc mã OTP cho ai. ĐT: 0229 000 0000, có người trực 24/7."
)
_LONGEST_OFFICE = 60


def look(settings: Settings, out: Path | None) -> int:
    """List the public voices, check the one of the data folder, and let it say a sentence; 1 if it cannot be used.

    With `out` the sentence is written there as WAV. Raises OSError.
    """
    print("Giọng tiếng Việt công khai dùng được (bot không tự tải; xem giấy phép trước):")
    for one in VOICES:
        print(f"  {one.name}: {one.sound}\n    lấy ở: {one.where}\n    giấy phép: {one.terms}")
    place = settings.data_dir / folder.FOLDER
    print(f"Giải nén một giọng vào {place}/, cho người dùng chạy bot đọc được, rồi gõ lại lệnh này.")
    try:
        files = installed.usable(settings.data_dir)
        if files is None:
            raise VoiceProblem(_without(settings, place))
        _tell(files)
        wav = _said(files)
    except VoiceProblem as problem:
        print(f"Chưa dùng được: {problem}")
        return 1
    print(f"Đọc thử được {_seconds(wav):.1f} giây: {for_ear(_TEST)}")
    if out is not None:
        out.write_bytes(wav)
        print(f"Nghe thử ở {out} trước khi dùng: máy này không biết giọng hay hay dở.")
    return 0


def _without(settings: Settings, place: Path) -> str:
    other = installed.find(settings.data_dir)
    now = "máy không có giọng đọc nào" if other is None else f"bot đang đọc bằng {other.name}"
    return f"{place}: chưa có giọng đọc; {now}"


def _tell(files: VoiceFiles) -> None:
    reads = "đọc âm do espeak-ng viết (Piper)" if files.spelling == "phonemes" else "đọc thẳng chữ (MMS)"
    print(f"Đang có: {files.name}, {number(files.rate, SOURCE)} Hz, {files.speakers} giọng, {reads}.")


def _said(files: VoiceFiles) -> bytes:
    words = for_ear(_TEST)
    try:
        spelled = spelling.sentences(words, files.spelling, files.accent)
        unknown = spelling.unknown(spelled, files.tokens)
    except (OSError, ValueError, SubprocessError) as error:
        raise VoiceProblem(f"không đổi được chữ ra âm hay không đọc được {files.tokens}: {error}") from None
    if unknown:
        raise VoiceProblem(f"{files.tokens}: giọng không biết các âm {' '.join(unknown)}; tệp này có đúng gói không?")
    try:
        return asyncio.run(SherpaOnnx(files).speak(words))
    except SoundError as error:
        raise VoiceProblem(f"sherpa-onnx không đọc được: {error}") from None
    except TimeoutError:
        raise VoiceProblem("sherpa-onnx đọc lâu quá; máy yếu hơn giọng này cần") from None


def _seconds(wav: bytes) -> float:
    with wave.open(BytesIO(wav)) as file:
        return float(file.getnframes() / file.getframerate())


def read(settings: Settings, slug: str, steps: Sequence[str], out: Path) -> int:
    """Have the steps of a guide (all, if none is named) read into `out`, to be heard.

    Raises VoiceProblem, CommuneError and OSError.
    """
    guide = _guide(settings, slug)
    unknown = [step for step in steps if step not in guide.steps]
    if unknown:
        raise SettingsError(f"{slug}: không có bước {', '.join(unknown)}")
    voice = installed.find(settings.data_dir)
    if voice is None:
        raise VoiceProblem("máy không có giọng đọc nào; gõ lệnh voice để xem cách thêm")
    if not mastering.installed():
        raise VoiceProblem("chưa cài phần âm thanh: pip install --require-hashes -r requirements/voice.txt")
    values, catalogues = commune.load(settings.data_dir).values, Catalogues.load()
    (out / slug).mkdir(parents=True, exist_ok=True)
    for step in [guide.steps[name] for name in steps] or list(guide.steps.values()):
        path = out / slug / f"{step.id}.{SOURCE}.mp3"
        path.write_bytes(_step(voice, guide, step, catalogues, values))
        print(path)
    print("Nghe hết từng tệp; bản nào được thì: voice approve TỆP --heard-by CHỨC_VỤ", file=sys.stderr)
    return 0


def _step(voice: Voice, guide: Guide, step: GuideStep, catalogues: Catalogues, values: Mapping[str, str]) -> bytes:
    try:
        return asyncio.run(step_readings.read_aloud(voice, guide, step, catalogues.translate, values))
    except (SoundError, TimeoutError) as error:
        raise VoiceProblem(f"{guide.slug}/{step.id}: giọng {voice.name} không đọc được: {error}") from None


def approve(settings: Settings, files: Sequence[Path], heard_by: str) -> int:
    """Put readings that somebody heard among the recordings of the guides. Raises NotApproved and OSError."""
    office = " ".join(heard_by.split())
    if not 2 <= len(office) <= _LONGEST_OFFICE:
        raise SettingsError(f"--heard-by: ghi chức vụ người đã nghe, từ 2 đến {_LONGEST_OFFICE} chữ cái")
    guides = list(app.read_content(settings).guides)
    where, translate = app.guides_folder(settings), Catalogues.load().translate
    for file in files:
        print(recordings.approve(where, file, office, guides, translate))
    print("Khởi động lại bot để bà con nghe được.", file=sys.stderr)
    return 0


def _guide(settings: Settings, slug: str) -> Guide:
    guide = app.read_content(settings).guides.get(slug)
    if guide is None:
        raise SettingsError(f"không có bài {slug}; lệnh find tìm được mã bài")
    return guide
