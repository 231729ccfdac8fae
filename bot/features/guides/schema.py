"""The front matter of a guide: its keys, and the line in the file of each value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

import yaml
from msgspec import Struct, field
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from bot.core.lean import patterns

from .findings import Code, FindingCollector
from .model import SLUG

UNVERIFIED = "chưa kiểm tra"
OWNERS = frozenset(
    {"cb-vhxh", "cong-an-xa", "tram-y-te", "to-cong-nghe-thon", "trung-tam-hcc", "truong-hoc", "buu-dien"}
)
MAX_BYTES = 16_384

_DAY = patterns.compile(r"\d{4}-\d{2}-\d{2}")
# All scalars stay strings (no YAML 1.1 booleans, dates or octal numbers): the model decides what they mean.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_ADVICE = {
    "title": "một dòng chữ, nhiều nhất 120 chữ cái",
    "area": "một trong: chính quyền số, kinh tế số, xã hội số, an toàn thông tin, bản lưu",
    "owner": "mã vai trò viết thường không dấu, ví dụ cb-vhxh",
    "verified": f"ngày dạng 2026-11-20, hoặc {UNVERIFIED}",
    "review_every": "số ngày kèm chữ d, ví dụ 90d",
    "keywords": "danh sách trong ngoặc vuông, ví dụ [vneid, cai vneid]",
    "minutes": "số phút từ 1 đến 600",
    "audience": "một dòng chữ, ví dụ người dân",
    "sources": "danh sách trong ngoặc vuông, ví dụ [Bộ Công an]",
    "stuck": "mã vai trò viết thường không dấu, ví dụ to-cong-nghe-thon",
    "redirects": "các cặp {mã-cũ: mã-mới}",
    "asks": "danh sách câu hỏi, mỗi câu một dòng “- …”",
}


def _day_or_never(value: object) -> object:
    if isinstance(value, str) and value != UNVERIFIED and not _DAY.fullmatch(value):
        raise ValueError("not a day")
    return value


Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Ident = Annotated[str, StringConstraints(pattern=f"^{SLUG}$", max_length=60)]


class FrontMatter(BaseModel, defer_build=True):
    """Keys of the front matter; nothing else may stand there."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Phần đầu của một hướng dẫn")

    title: Annotated[Line, Field(max_length=120, description="Tên hướng dẫn")]
    area: Annotated[
        Literal["chính quyền số", "kinh tế số", "xã hội số", "an toàn thông tin", "bản lưu"],
        Field(description="Lĩnh vực"),
    ]
    owner: Annotated[Ident, Field(description="Vai trò chịu trách nhiệm nội dung")]
    verified: Annotated[
        date | Literal["chưa kiểm tra"],
        BeforeValidator(_day_or_never),
        Field(description="Ngày có người làm thử trên máy thật"),
    ]
    review_every: Annotated[
        str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}d$"), Field(description="Bao lâu phải thử lại")
    ]
    keywords: Annotated[tuple[Line, ...], Field(min_length=1, description="Những từ bà con hay gõ khi tìm")]
    minutes: Annotated[int, Field(ge=1, le=600, description="Làm mất bao nhiêu phút")]
    audience: Annotated[Line, Field(description="Dành cho ai")]
    sources: Annotated[tuple[Line, ...], Field(min_length=1, description="Căn cứ")]
    stuck: Annotated[Ident, Field(description="Vai trò nhận “Tôi bị kẹt”")]
    redirects: Annotated[
        dict[str, Ident], Field(default_factory=dict, description="Bước đã bỏ dẫn sang bước nào: {cu: moi}")
    ]
    asks: Annotated[tuple[Line, ...], Field(default=(), description="Bà con hỏi việc này bằng những câu nào")]


class ParsedFrontMatter(Struct, frozen=True):
    """Valid front matter, the line of each key and of each item of a list."""

    values: FrontMatter
    lines: Mapping[str, int]
    places: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def line(self, key: str) -> int:
        return self.lines.get(key, 1)

    def place(self, key: str, at: int) -> int:
        """Return the line of an item of a list."""
        return self.places.get((key, at), self.line(key))


def json_schema() -> str:
    """Return the JSON Schema of the front matter, for editors; a copy lies in the guides folder."""
    return json.dumps(FrontMatter.model_json_schema(), ensure_ascii=False, indent=2) + "\n"


def read(source: str, first_line: int, report: FindingCollector) -> ParsedFrontMatter | None:
    """Read front matter; `source` is the YAML between the two `---`, `first_line` its line in the file."""
    node = _compose(source, first_line, report)
    if node is None:
        return None
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    places: dict[tuple[str | int, ...], int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), first_line + key_node.start_mark.line
        if key in values:
            report.add(Code.DUPLICATE_KEY, line, f"Khóa “{key}” viết hai lần, hãy bỏ một dòng.")
        values[key], lines[key] = _value(value_node), line
        if isinstance(value_node, yaml.SequenceNode):
            places |= {(key, at): first_line + item.start_mark.line for at, item in enumerate(value_node.value)}
    try:
        return ParsedFrontMatter(FrontMatter.model_validate(values), lines, places)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False):
            key = str(problem["loc"][0])
            _complain(key, problem["type"], places.get(problem["loc"][:2], lines.get(key, 1)), report)
        return None


def _compose(source: str, first_line: int, report: FindingCollector) -> yaml.MappingNode | None:
    code = Code.BROKEN_FRONT_MATTER
    if len(source.encode()) > MAX_BYTES:
        report.add(code, first_line, "Phần đầu dài quá 16 kB, hãy rút gọn.")
        return None
    try:
        node = yaml.compose(source, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        report.add(
            code, line, "Phần đầu viết chưa đúng: mỗi dòng là “khóa: giá trị”, chữ có dấu : phải đặt trong ngoặc kép."
        )
        return None
    except (yaml.YAMLError, RecursionError):
        report.add(code, first_line, "Phần đầu có ký tự lạ, hãy gõ lại.")
        return None
    if not isinstance(node, yaml.MappingNode):
        report.add(code, first_line, "Phần đầu phải gồm các dòng “khóa: giá trị”.")
        return None
    return node


def _value(node: yaml.Node) -> object:
    """Convert a scalar, a list of scalars or a mapping of scalars.

    Anything deeper becomes None, which no key allows.
    """
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [str(item.value) if isinstance(item, yaml.ScalarNode) else None for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): str(value.value) for key, value in node.value}
    return None


def _complain(key: str, kind: str, line: int, report: FindingCollector) -> None:
    if kind == "extra_forbidden":
        report.add(Code.UNKNOWN_KEY, line, f"Không có khóa “{key}”. Các khóa được dùng: {', '.join(_ADVICE)}.")
    elif kind == "missing":
        report.add(Code.MISSING_KEY, 1, f"Thiếu khóa “{key}”: cần {_ADVICE[key]}.")
    else:
        report.add(Code.BAD_VALUE, line, f"Giá trị của “{key}” chưa đúng: cần {_ADVICE[key]}.")
