"""Findings of the checker about a guide, and all their codes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Literal

from msgspec import Struct
from msgspec import field as struct_field

Severity = Literal["error", "warning"]


class Code(Enum):
    """Stable id, severity, one line of explanation."""

    # the file
    NOT_UTF8 = "not-utf8", "error", "the file is not UTF-8"
    NOT_NFC = "not-nfc", "error", "a line is not in Unicode NFC: its letters look right but do not compare equal"
    BINARY = "binary-file", "error", "the file is not text"
    EMPTY = "empty-file", "error", "nothing stands in the file"
    TOO_LARGE = "too-large", "error", "the file is over 1 MB"
    BAD_SLUG = "bad-slug", "error", "the file name is not lower-case ASCII words joined by hyphens"
    DUPLICATE_SLUG = "duplicate-slug", "error", "two files have the same name"
    NESTED_FILE = "nested-file", "error", "a guide lies in a subfolder, where it is not read"
    # the front matter
    NO_FRONT_MATTER = "no-front-matter", "error", "the file does not begin with a front matter"
    BROKEN_FRONT_MATTER = "broken-front-matter", "error", "the front matter is not closed or not YAML"
    DUPLICATE_KEY = "duplicate-key", "error", "a key of the front matter stands twice"
    UNKNOWN_KEY = "unknown-key", "error", "a key of the front matter is not known"
    MISSING_KEY = "missing-key", "error", "a key of the front matter is missing"
    BAD_VALUE = "bad-value", "error", "a value of the front matter has the wrong form"
    FEW_ASKS = "few-asks", "error", "a guide says how people ask for it, but in fewer than 30 ways"
    ASKED_TWICE = "asked-twice", "error", "the same question stands twice, in one guide or in two"
    BAD_REDIRECT = "bad-redirect", "error", "a redirect leads nowhere, in a circle, or from a step that exists"
    # the shape of the body
    NO_STEP = "no-step", "error", "the guide has no step"
    BEFORE_FIRST_STEP = "before-first-step", "error", "text before the first step is never shown"
    BAD_HEADING = "bad-heading", "error", "a heading is neither a step nor the scenarios"
    MISSING_ID = "missing-id", "error", "a step has no id"
    BAD_ID = "bad-id", "error", "a step id is not lower-case ASCII words joined by hyphens"
    DUPLICATE_ID = "duplicate-id", "error", "two steps have the same id"
    LONG_ID = "long-id", "error", "slug + step id + 4 is over 64 bytes"
    RAW_HTML = "raw-html", "error", "raw HTML"
    UNSUPPORTED = "unsupported-block", "error", "Markdown that no messenger can show"
    UNKNOWN_CALLOUT = "unknown-callout", "error", "a quote is none of the call-outs"
    MIXED_LIST = "mixed-list", "error", "a list mixes options with something else"
    # ways
    DEAD_LINK = "dead-link", "error", "a link leads to a step or guide that does not exist"
    OUTSIDE_LINK = "outside-link", "error", "a link leaves the guides folder or has an unknown scheme"
    TEXT_LINK = "text-link", "warning", "a link to a step stands in a text, where nobody can press it"
    UNREACHABLE = "unreachable-step", "error", "no way leads to a step"
    NO_END = "no-end", "error", "no way leads from the start to an end"
    ENDLESS_CYCLE = "endless-cycle", "error", "a circle of steps has no way out"
    REMOVED_ID = "removed-id", "error", "a step id that was published is gone without a redirect"
    REMOVED_GUIDE = "removed-guide", "warning", "a guide that was published is gone"
    BAD_INDEX = "bad-index", "error", "the index of published ids cannot be read"
    SAME_WAY = "same-way", "warning", "two options of a step lead to the same step without a reason"
    # lengths
    CROWDED_START = "crowded-start", "warning", "the first page has over 5 sentences or over 4 options"
    TOO_MANY_OPTIONS = "too-many-options", "error", "over 8 options"
    LONG_OPTION = "long-option", "error", "an option is over 40 UTF-16 units"
    LONG_CHOICE = "long-choice", "error", "a quiz option is over 60 UTF-16 units"
    EMPTY_OPTION = "empty-option", "error", "an option has no label"
    DUPLICATE_OPTION = "duplicate-option", "error", "two options of a step have the same label"
    LONG_TEXT = "long-text", "error", "the text of a step is over 600 UTF-16 units"
    LONG_STEP = "long-step", "error", "a step with its call-outs is over 1,800 UTF-16 units"
    # pictures
    PICTURE_ALT = "picture-alt", "error", "a picture has no alternative text"
    PICTURE_MISSING = "picture-missing", "error", "a picture's file does not exist"
    PICTURE_OUTSIDE = "picture-outside", "error", "a picture lies outside guides/img"
    PICTURE_LARGE = "picture-large", "error", "a picture is over 1 MB"
    PICTURE_PLACE = "picture-place", "error", "a picture stands inside a line, or is a step's second one"
    # drawn screens and papers
    DRAWN_LINE = "drawn-line", "error", "a line of a drawing has no known key, or nothing behind it"
    DRAWN_LONG = "drawn-long", "error", "a drawing has over 8 lines, or a line of over 40 characters"
    DRAWN_PRESS = "drawn-press", "error", "a drawing shows two buttons to press"
    # facts
    BAD_FACTS = "bad-facts", "error", "the file of facts cannot be read"
    UNKNOWN_FACT = "unknown-fact", "error", "a text names a fact that is in no file"
    UNUSED_FACT = "unused-fact", "warning", "no guide names a fact"
    OLD_FACT = "old-fact", "warning", "a fact should have been looked at again"
    TYPED_FACT = "typed-fact", "warning", "a text has a number that is a fact, and would keep the old one"
    # recordings
    AUDIO_NAME = "audio-name", "error", "a file among the recordings has a name that tells no step and language"
    AUDIO_STEP = "audio-step", "error", "a recording of a step that does not exist"
    AUDIO_FORMAT = "audio-format", "error", "a recording is no MP3, whatever its name says"
    AUDIO_LONG = "audio-long", "error", "a recording is over two minutes"
    AUDIO_LARGE = "audio-large", "error", "a recording is over 3 MB"
    AUDIO_INDEX = "audio-index", "error", "the notes on recordings cannot be read"
    AUDIO_UNNOTED = "audio-unnoted", "warning", "nobody noted what a recording says, so it is not offered"
    AUDIO_UNHEARD = "audio-unheard", "warning", "a machine spoke it and nobody heard it yet, so it is not offered"
    AUDIO_STALE = "audio-stale", "warning", "a step was rewritten after it was recorded, so it is not offered"
    # quizzes
    QUIZ_ANSWER = "quiz-answer", "error", "a quiz has other than exactly one [x]"
    QUIZ_CHOICES = "quiz-choices", "error", "a quiz has fewer than 2 options"
    QUIZ_EXPLANATION = "quiz-explanation", "error", "a quiz has no explanation"
    QUIZ_WAYS = "quiz-ways", "error", "a quiz has more than one way on, or one that leaves the guide"
    LONG_EXPLANATION = "long-explanation", "error", "an explanation is over 200 UTF-16 units"
    # what is said
    UNKNOWN_HOST = "unknown-host", "error", "a web address off the allow-list"
    UNKNOWN_PHONE = "unknown-phone", "error", "a phone number off the allow-list"
    ASKS_SECRET = (
        "asks-secret",
        "error",
        "the text asks people to hand over an OTP, password, PIN, ID or account number",
    )
    LONG_SENTENCE = "long-sentence", "warning", "a sentence is over 20 syllables"
    OFFICE_WORD = "office-word", "warning", "a word of offices for which people have a plain one"
    TWO_TASKS = "two-tasks", "warning", "a sentence tells to do several things one after another"
    JARGON = "jargon", "warning", "a word that many people do not know"
    FOREIGN_WORD = "foreign-word", "warning", "a word that is not Vietnamese and not marked as one on a screen"
    # scenarios
    SCENARIO_LIST = "scenario-list", "error", "something other than a list stands among the scenarios"
    BAD_SCENARIO = "bad-scenario", "error", "a scenario cannot be read"
    FAILING_SCENARIO = "failing-scenario", "error", "a scenario does not arrive where it says"
    # upkeep
    UNVERIFIED = "unverified", "warning", "nobody has tried the guide yet"
    REVIEW_OVERDUE = "review-overdue", "warning", "the guide should have been tried again"
    VERIFIED_FUTURE = "verified-future", "warning", "the guide was tried on a day that has not come yet"
    UNKNOWN_OWNER = "unknown-owner", "warning", "an owner or helper role that is not known"
    UNTRANSLATED = "untranslated", "warning", "texts have no translation"
    FUZZY = "fuzzy-translation", "warning", "translations may no longer fit"

    def __init__(self, ident: str, severity: Severity, meaning: str) -> None:
        self.ident = ident
        self.severity = severity
        self.meaning = meaning


@dataclass(frozen=True, slots=True)
class GuideFinding:
    """`path` as reached from the folder that was given, `line` from 1, `message` a Vietnamese sentence."""

    path: str
    line: int
    severity: Severity
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.code} {self.message}"

    def to_json(self) -> dict[str, str | int]:
        return asdict(self)


class FindingCollector(Struct):
    """Collects the findings of one file."""

    path: str
    findings: list[GuideFinding] = struct_field(default_factory=list)

    def add(self, code: Code, line: int, message: str) -> None:
        finding = GuideFinding(self.path, line, code.severity, code.ident, message)
        if finding not in self.findings:
            self.findings.append(finding)
