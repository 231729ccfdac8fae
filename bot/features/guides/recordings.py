"""Steps read aloud: `audio/GUIDE/STEP.LANGUAGE.mp3` beside the guides, one file for each step and language.

A note beside the files records the words of a step when it was recorded. A recording whose step has other words by now
is not offered: better no voice than one that tells people to press a button that is gone. One that a machine spoke is
offered once somebody has heard it to its end (`approve`); a person's is noted as it is.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from bot.core.context import Translate
from bot.core.lean import patterns
from bot.features.audio.by_machine import mark_of
from bot.features.audio.sound import SoundError, kind_of
from bot.i18n import SOURCE

from . import pages
from .findings import Code, FindingCollector, GuideFinding
from .model import SLUG, Guide, GuideStep

log = logging.getLogger(__name__)

FOLDER = "audio"
INDEX = ".index.json"
MOST_SECONDS = 120
MOST_BYTES = 3_000_000
"""Two minutes at 192 kbit/s, and less than any messenger takes; villages pay for what they download."""
_NAME = patterns.compile(rf"(?P<step>{SLUG})\.(?P<locale>[a-z]{{2,3}}(?:-[A-Za-z]{{2,4}})?)\.mp3")
_HEAD = 16

Key = tuple[str, str, str]
"""Guide, step, language."""


class _Note(BaseModel, defer_build=True):
    """The words of a step when its recording, the file with this digest, was noted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: str
    sound: str
    heard_by: str = ""
    """The office, never the name, of who heard what a machine spoke; these notes are no place for personal data."""


class _Notes(RootModel[dict[str, _Note]], defer_build=True):
    """By `GUIDE/STEP.LANGUAGE.mp3`."""


class StepRecording(Struct, frozen=True):
    """`file` is relative to the guides folder, `size` in bytes, `words` the digest of what the step said then.

    `by_machine`: a machine spoke it, which is said to who listens."""

    file: str
    locale: str
    size: int
    words: str
    by_machine: bool = False

    @property
    def media(self) -> str:
        return f"guides/{self.file}"


class Recordings(Struct, frozen=True):
    """All recordings that can be offered, as long as the words of their steps stay the same."""

    known: Mapping[Key, StepRecording] = field(default_factory=dict)

    def of(self, guide: Guide, step: GuideStep, locale: str, translate: Translate) -> StepRecording | None:
        """Return the recording of an untranslated step in this language, else in Vietnamese.

        None if there is neither.
        """
        for language in dict.fromkeys((locale, SOURCE)):
            found = self.known.get((guide.slug, step.id, language))
            if found is not None and found.words == words_of(guide, step, language, translate):
                return found
        return None


def words_of(guide: Guide, step: GuideStep, locale: str, translate: Translate) -> str:
    """Return a digest of the words that a reader of this step says: title, text and choices (12 hex digits)."""
    shown = pages.localised(guide, step, locale, translate)
    choices = shown.quiz.choices if shown.quiz is not None else tuple(option.label for option in shown.options)
    words = (shown.title, tuple((block.kind, block.text) for block in shown.blocks), choices)
    return hashlib.sha256(repr(words).encode()).hexdigest()[:12]


def read(folder: Path) -> Recordings:
    """Read the recordings of a guides folder, without those that `check` would report."""
    try:
        notes = _notes(folder)
    except ValidationError:
        log.warning("%s cannot be read: no step is read aloud", folder / FOLDER / INDEX)
        return Recordings()
    known: dict[Key, StepRecording] = {}
    for path in _files(folder):
        key, size = _key(folder, path), path.stat().st_size
        note = notes.get(_inside(folder, path))
        if key is None or note is None or size > MOST_BYTES or not _is_mp3(path):
            continue
        by_machine = mark_of(path) is not None
        if not by_machine or _was_heard(path, note):
            known[key] = StepRecording(f"{FOLDER}/{_inside(folder, path)}", key[2], size, note.words, by_machine)
    return Recordings(known)


def check(folder: Path, guides: Iterable[Guide], locales: Sequence[str], translate: Translate) -> list[GuideFinding]:
    """Check the recordings. Measuring their length needs the optional package for sound."""
    own = FindingCollector(str(folder / FOLDER / INDEX))
    try:
        notes = _notes(folder)
    except ValidationError:
        own.add(Code.AUDIO_INDEX, 1, "Sổ ghi bản thu bị hỏng. Hãy chạy check với --update-audio để ghi lại.")
        notes = {}
    by_slug = {guide.slug: guide for guide in guides}
    findings = own.findings
    for path in _files(folder):
        report = FindingCollector(str(path))
        step = _checked(folder, path, by_slug, locales, report)
        if step is not None:
            _check_sound(path, report)
            _check_note(path, notes.get(_inside(folder, path)), words_of(*step, translate), report)
        findings += report.findings
    return findings


def update(folder: Path, guides: Iterable[Guide], translate: Translate) -> None:
    """Note the current words of steps, for recordings that are new or were made anew.

    An older recording keeps its note, which is what reveals that its step was rewritten since.
    """
    by_slug = {guide.slug: guide for guide in guides}
    try:
        old = _notes(folder)
    except ValidationError:
        old = {}
    notes: dict[str, _Note] = {}
    for path in _files(folder):
        key = _key(folder, path)
        guide = None if key is None else by_slug.get(key[0])
        if key is None or guide is None or key[1] not in guide.steps:
            continue
        name, sound = _inside(folder, path), _digest(path)
        known = old.get(name)
        if known is not None and known.sound == sound:
            notes[name] = known
        elif mark_of(path) is None:
            notes[name] = _Note(words=words_of(guide, guide.steps[key[1]], key[2], translate), sound=sound)
    if notes or old:
        _write(folder, notes)


class NotApproved(Exception):
    """A machine's reading cannot be offered; the text is one Vietnamese sentence."""


def approve(folder: Path, reading: Path, heard_by: str, guides: Iterable[Guide], translate: Translate) -> Path:
    """Put a machine's reading among the recordings, for somebody of the office `heard_by` heard it to its end.

    `reading` is named `GUIDE/STEP.LANGUAGE.mp3`, as it was made. Raises NotApproved, ValidationError and OSError.
    """
    mark, match = mark_of(reading), _NAME.fullmatch(reading.name)
    if mark is None or match is None:
        raise NotApproved(f"{reading}: không phải bản máy đọc do lệnh voice read ghi ra")
    slug, data = reading.resolve().parent.name, reading.read_bytes()
    guide = next((one for one in guides if one.slug == slug), None)
    if guide is None or match["step"] not in guide.steps:
        raise NotApproved(f"{reading}: không có bài hay bước này")
    if words_of(guide, guide.steps[match["step"]], match["locale"], translate) != mark.words:
        raise NotApproved(f"{reading}: bước này đã sửa chữ sau khi máy đọc; cho máy đọc lại rồi nghe lại")
    target = folder / FOLDER / slug / reading.name
    if target.exists() and mark_of(target) is None:
        raise NotApproved(f"{target}: bước này đã có người thu tiếng; giữ bản của người")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    note = _Note(words=mark.words, sound=_digest(target), heard_by=heard_by)
    _write(folder, {**_notes(folder), _inside(folder, target): note})
    return target


def _was_heard(path: Path, note: _Note) -> bool:
    """Tell whether the very sound that somebody heard is in the file."""
    return bool(note.heard_by) and note.sound == _digest(path)


def _write(folder: Path, notes: Mapping[str, _Note]) -> None:
    text = _Notes(dict(sorted(notes.items()))).model_dump_json(indent=1, exclude_defaults=True)
    (folder / FOLDER / INDEX).write_text(text + "\n", "utf-8")


def _checked(
    folder: Path, path: Path, guides: Mapping[str, Guide], locales: Sequence[str], report: FindingCollector
) -> tuple[Guide, GuideStep, str] | None:
    """Return guide, step and language of a recording; None if its name does not tell a step."""
    key = _key(folder, path)
    if key is None or key[2] not in locales:
        known = ", ".join(locales)
        report.add(
            Code.AUDIO_NAME, 1, f"Tên tệp phải là audio/tên-bài/mã-bước.ngôn-ngữ.mp3; ngôn ngữ là một trong: {known}."
        )
        return None
    slug, step, locale = key
    guide = guides.get(slug)
    if guide is None or step not in guide.steps:
        where = f"Không có bài “{slug}”" if guide is None else f"Bài “{slug}” không có bước “{step}”"
        report.add(Code.AUDIO_STEP, 1, f"{where}. Hãy đổi tên bản thu hoặc bỏ đi.")
        return None
    return guide, guide.steps[step], locale


def _check_sound(path: Path, report: FindingCollector) -> None:
    if path.stat().st_size > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        report.add(Code.AUDIO_LARGE, 1, f"Bản thu lớn hơn {most} MB. Hãy lưu lại ở 64 kbit/s, một kênh.")
        return
    seconds = _seconds(path) if _is_mp3(path) else 0.0
    if seconds is not None and seconds <= 0:
        report.add(Code.AUDIO_FORMAT, 1, "Đây không phải tệp MP3, dù tên là .mp3. Hãy lưu lại dạng MP3.")
    elif seconds is not None and seconds > MOST_SECONDS:
        report.add(Code.AUDIO_LONG, 1, f"Bản thu dài hơn {MOST_SECONDS // 60} phút. Hãy đọc gọn, hoặc chia bước.")


def _check_note(path: Path, note: _Note | None, words: str, report: FindingCollector) -> None:
    if mark_of(path) is not None and (note is None or not _was_heard(path, note)):
        report.add(
            Code.AUDIO_UNHEARD,
            1,
            "Bản này máy đọc, chưa ai nghe duyệt nên không được phát. Nghe hết rồi voice approve.",
        )
    elif note is None or note.sound != _digest(path):
        report.add(
            Code.AUDIO_UNNOTED, 1, "Chưa ghi sổ bản thu này nên bà con chưa nghe được. Hãy chạy check --update-audio."
        )
    elif note.words != words:
        report.add(
            Code.AUDIO_STALE, 1, "Bước này đã sửa chữ sau khi thu nên bản thu không được phát. Hãy thu lại bước này."
        )


def _files(folder: Path) -> Iterator[Path]:
    """Yield all files among the recordings, except hidden ones and those for authors."""
    for path in sorted((folder / FOLDER).rglob("*")):
        if path.is_file() and not path.name.startswith(".") and path.stem.upper() != "README":
            yield path


def _key(folder: Path, path: Path) -> Key | None:
    """Parse the name of a recording; None for any other name."""
    parent = path.parent
    match = _NAME.fullmatch(path.name)
    if match is None or parent.parent != folder / FOLDER or re.fullmatch(SLUG, parent.name) is None:
        return None
    return parent.name, match["step"], match["locale"]


def _inside(folder: Path, path: Path) -> str:
    return path.relative_to(folder / FOLDER).as_posix()


def _notes(folder: Path) -> Mapping[str, _Note]:
    """Load the notes. Raises ValidationError."""
    file = folder / FOLDER / INDEX
    return _Notes.model_validate_json(file.read_bytes()).root if file.exists() else {}


def _is_mp3(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    try:
        return kind_of(head) == "mp3"
    except SoundError:
        return False


def _seconds(path: Path) -> float | None:
    """Return the length of an MP3, 0 if it is none; None without the optional package for sound."""
    if find_spec("av") is None:
        return None
    import av

    try:
        with av.open(str(path), "r", format="mp3") as container:
            packets = container.demux(container.streams.audio[0])
            return float(sum((one.duration or 0) * one.time_base for one in packets if one.time_base is not None))
    except (av.FFmpegError, ValueError, IndexError):
        return 0.0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
