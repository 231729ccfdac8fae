"""Every step id that was ever published, kept beside the guides: old buttons and QR codes never break unseen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from .findings import Code, FindingCollector, GuideFinding
from .model import Guide

INDEX = ".index.json"
_INDEX = TypeAdapter(dict[str, tuple[str, ...]])


def write_index(folder: Path, guides: Iterable[Guide]) -> None:
    """Publish the ids of `guides`. Ids that redirects replace are kept: they were published once."""
    ids = {guide.slug: sorted({*guide.steps, *guide.redirects}) for guide in guides}
    text = json.dumps(dict(sorted(ids.items())), ensure_ascii=False, indent=1)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def check_index(
    folder: Path, guides: Mapping[str, Guide], known: frozenset[str], reports: Mapping[str, FindingCollector]
) -> list[GuideFinding]:
    """Report published ids that are gone in their guide's report; return findings that belong to no file."""
    file = folder / INDEX
    own = FindingCollector(str(file))
    if not file.exists():
        return []
    try:
        index = _INDEX.validate_json(file.read_bytes())
    except ValidationError:
        own.add(Code.BAD_INDEX, 1, "Danh mục mã bước bị hỏng. Hãy chạy check với --update-index để ghi lại.")
        return own.findings
    for slug, ids in index.items():
        if slug not in known:
            own.add(Code.REMOVED_GUIDE, 1, f"Hướng dẫn “{slug}” đã bỏ: nút và mã QR cũ của nó không mở được nữa.")
            continue
        guide = guides.get(slug)
        for ident in ids if guide is not None else ():
            if guide is not None and ident not in guide.steps and ident not in guide.redirects:
                message = f"Bước “{ident}” đã bỏ. Hãy thêm vào phần đầu: redirects: {{{ident}: mã-bước-thay-thế}}."
                reports[slug].add(Code.REMOVED_ID, 1, message)
    return own.findings
