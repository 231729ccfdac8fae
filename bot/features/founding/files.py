"""The files that answers become, and the one that keeps them: written whole or not at all, never reformatted.

A line that an operator wrote stays as it is: only the values of settings that were answered change.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.core.lean import patterns

from .kept import KEPT
from .problem import AnswerProblem
from .questions import WORKBOOK, Question

_HEAD = (
    "# Câu trả lời lúc cài đặt bot. Gõ lại lệnh init, hoặc mở trang /bat-dau, để sửa.\n"
    "# Mã của ứng dụng và tên người chỉ nằm ở đây cho tới khi cài xong.\n"
)
_DONE = "xong"
_PLAIN = patterns.compile(r"[A-Za-z0-9_:@%+,./-]*")


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file by another content, with the rights and the owner it had; only its owner may read a new one.

    Raises OSError that names the file; then the old content stands.
    """
    number, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, partial)
            # Only root gives files away, and Windows has no owners of this kind.
            if sys.platform != "win32":
                with suppress(OSError):
                    os.chown(partial, path.stat().st_uid, path.stat().st_gid)
        os.replace(partial, path)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        Path(partial).unlink(missing_ok=True)


@dataclass
class KeptAnswers:
    """The answers so far, in the data folder. `done`: everything was written where it belongs."""

    folder: Path
    answers: dict[str, str]
    done: bool = False

    @classmethod
    def of(cls, folder: Path) -> KeptAnswers:
        """Read what was kept; raise AnswerProblem for a file that cannot be read, and OSError."""
        path = folder / KEPT
        if not path.exists():
            return cls(folder, {})
        return cls(folder, *read_answers(path))

    def save(self) -> None:
        """Keep the answers. Raises OSError."""
        lines = [f"{key} = {quoted(value)}" for key, value in self.answers.items()]
        if self.done:
            lines.append(f"{_DONE} = true")
        write_whole(self.folder / KEPT, ("\n".join([_HEAD, *lines]) + "\n").encode())

    def finish(self, private: Mapping[str, Question]) -> None:
        """Keep what may be asked again, and nothing of people or secrets. Raises OSError."""
        self.answers = {key: value for key, value in self.answers.items() if key not in private}
        self.done = True
        self.save()
        (self.folder / WORKBOOK).unlink(missing_ok=True)


def read_answers(path: Path) -> tuple[dict[str, str], bool]:
    """Return the answers of a file by their keys, and whether they were all used. Raises AnswerProblem and OSError."""
    return parse_answers(path.read_bytes(), str(path))


def parse_answers(content: bytes, name: str) -> tuple[dict[str, str], bool]:
    """Return the answers written in TOML, `key = "text"`; `name` is where they came from. Raises AnswerProblem."""
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise AnswerProblem(f"{name}: lưu lại tệp này bằng UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise AnswerProblem(f'{name}: viết chưa đúng; mỗi mục là tên = "chữ trong ngoặc kép" ({error}).') from None
    done = found.pop(_DONE, False) is True
    wrong = next((key for key, value in found.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise AnswerProblem(f"{name}: {wrong} phải là chữ trong ngoặc kép.")
    return {key: str(value) for key, value in found.items()}, done


def quoted(text: str) -> str:
    """Return a TOML string."""
    one_line = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    if "\n" not in text:
        return one_line
    inner = one_line[1:-1].replace("\\n", "\n")
    return f'"""\n{inner}"""'


def env_with(text: str, values: Mapping[str, str | None], why: Mapping[str, str]) -> str:
    """Return the text of `.env` with these values; None takes a setting out. New lines come with a comment of `why`."""
    lines, left = text.splitlines(), dict(values)
    changed: list[str] = []
    for line in lines:
        name = line.partition("=")[0].strip().removeprefix("export ").strip()
        if "=" not in line or name.startswith("#") or name not in values:
            changed.append(line)
        elif name in left and (value := left.pop(name)) is not None:
            changed.append(f"{name}={_env_value(value)}")
    for name, value in left.items():
        if value is not None:
            changed += [f"# {why[name]}"] if name in why else []
            changed.append(f"{name}={_env_value(value)}")
    return "\n".join(changed) + "\n"


def _env_value(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def toml_with(text: str, top: Mapping[str, str], tables: Mapping[str, Mapping[str, str]], path: Path) -> str:
    """Return the text of a TOML file with these values, given as TOML writes them.

    Raises AnswerProblem for a file written in a way that this cannot change; then a person has to.
    """
    parts = re.split(r"(?m)^(?=\s*\[)", text)
    parts[0] = _with_keys(parts[0], top)
    for name, keys in tables.items():
        head = re.compile(rf"\s*\[{re.escape(name)}\]")
        at = next((at for at, part in enumerate(parts) if head.match(part)), None)
        if at is None and keys:
            parts[-1] = parts[-1].rstrip("\n") + "\n\n"
            parts.append(_with_keys(f"[{name}]\n", keys))
        elif at is not None:
            parts[at] = _with_keys(parts[at], keys)
    made = "".join(parts)
    _check_only_that_changed(text, made, top, tables, path)
    return made


def _with_keys(part: str, keys: Mapping[str, str]) -> str:
    for key, value in keys.items():
        line = re.compile(rf'(?m)^(\s*{re.escape(key)}\s*=\s*)("(?:[^"\\]|\\.)*"|[^#\n"]*?)(\s*(?:#.*)?)$')
        if (found := line.search(part)) is not None:
            part = f"{part[: found.start()]}{found[1]}{value}{found[3]}{part[found.end() :]}"
        else:
            trail = part[len(part.rstrip()) :]
            part = f"{part.rstrip()}\n{key} = {value}\n{trail[1:]}" if part.strip() else f"{part}{key} = {value}\n"
    return part


def _check_only_that_changed(
    before: str, after: str, top: Mapping[str, str], tables: Mapping[str, Mapping[str, str]], path: Path
) -> None:
    try:
        wanted = tomllib.loads(before)
        for key, value in top.items():
            wanted[key] = tomllib.loads(f"v = {value}")["v"]
        for name, keys in tables.items():
            for key, value in keys.items():
                wanted.setdefault(name, {})[key] = tomllib.loads(f"v = {value}")["v"]
        if tomllib.loads(after) == wanted:
            return
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        pass
    raise AnswerProblem(
        f"{path}: tệp này viết tay theo cách bot không sửa hộ được: sửa tay, hoặc đổi tên tệp rồi chạy lại."
    )
