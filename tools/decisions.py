"""Write the index of the decisions: `python -m tools.decisions`.

`docs/decisions/SUBJECT.md` holds the entries, newest first: `## DATE: title`, then what was decided and why. One that
no longer holds says so in its first paragraph, in italics: `*Replaced by [title](file.md#heading): of what.*`,
`*In part replaced by …*` or `*Withdrawn: why.*`. All others are in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "docs" / "decisions"
INDEX = FOLDER / "README.md"
IN_FORCE = "in force"
_HEADING = re.compile(r"^## (\d{4}-\d\d-\d\d): (.+)$", re.MULTILINE)
_STATE = re.compile(r"\*((?:Replaced by|In part replaced by) \[[^\]]+\]\(([^)]*)\)[^*]*|Withdrawn: [^*]+)\.\*")
_HEAD = """# Decisions

What was decided, when and why, by subject; `python -m tools.decisions` writes this page from the files beside it. A new
entry stands on top of its subject, a few lines long: `## DATE: what holds now`, then the reason, and what was weighed
and left. An entry that no longer holds stays and says so in its first line: `*Replaced by [title](file.md#heading).*`,
`*In part replaced by …*` or `*Withdrawn: why.*`.
"""


class DecisionError(Exception):
    """An entry whose state cannot be read; the message names it."""


@dataclass(frozen=True)
class Entry:
    """One decision. `to` is the entry that replaces it, as a link from the folder; "" for none."""

    subject: str
    date: str
    title: str
    state: str
    to: str

    @property
    def anchor(self) -> str:
        return slug(f"{self.date}: {self.title}")

    @property
    def address(self) -> str:
        return f"{self.subject}.md#{self.anchor}"


def slug(heading: str) -> str:
    """Return the part of an address by which GitHub finds a heading."""
    return "".join(sign for sign in heading.lower() if sign.isalnum() or sign in "-_ ").replace(" ", "-")


def entries(subject: str, text: str) -> Iterator[Entry]:
    """Read the entries of one file. Raises DecisionError for a first line in italics that is no known state."""
    found = list(_HEADING.finditer(text))
    for heading, end in zip(found, [one.start() for one in found[1:]] + [len(text)], strict=True):
        date, title = heading.groups()
        first = text[heading.end() : end].strip().partition("\n\n")[0].replace("\n", " ")
        state, to = IN_FORCE, ""
        if first.startswith("*") and not first.startswith("**"):
            known = _STATE.fullmatch(first)
            if known is None:
                raise DecisionError(f"{subject}: {title}: {first!r} is no state")
            to = known[2] or ""
            to = f"{subject}.md{to}" if to.startswith("#") else to
            state = known[1] if not to else known[1].replace(f"({known[2]})", f"({to})")
        yield Entry(subject, date, title, state[0].lower() + state[1:], to)


def index(texts: Mapping[str, str]) -> str:
    """Return the index of all files, by subject."""
    parts = [_HEAD]
    for subject, text in texts.items():
        name, about = text.removeprefix("# ").split("\n\n", 2)[:2]
        rows = [f"| {one.date} | [{one.title}]({one.address}) | {one.state} |" for one in entries(subject, text)]
        parts.append(
            f"## [{name}]({subject}.md)\n\n{about}\n\n| date | decision | state |\n|---|---|---|\n" + "\n".join(rows)
        )
    return "\n".join([parts[0], "\n\n".join(parts[1:]), ""])


def read() -> dict[str, str]:
    """Return the text of each subject, by the name of its file."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md")) if path != INDEX}


if __name__ == "__main__":
    INDEX.write_text(index(read()), "utf-8")
