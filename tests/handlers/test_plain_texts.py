"""docs/plain-texts.md holds what a person hears whose phone shows only text. UPDATE_DOCS=1 writes it anew."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from bot.features.guides.markdown import plain
from bot.features.guides.model import AREAS
from bot.handlers.guides.page import PageReader
from bot.handlers.guides.preview import preview
from bot.handlers.kit.base import Content
from bot.testing import PLAIN

FILE = Path(__file__).parents[2] / "docs" / "plain-texts.md"
SLUGS = (
    "vneid-cai-dat-muc-2",
    "dvc-nop-ho-so",
    "quay-ho-tro-khong-smartphone",
    "postmart-ban-hang",
    "nhan-don-dong-goi-cam-ket",
    "thanh-toan-qr-dien-nuoc",
    "bhyt-vneid-vssid",
    "dien-thoai-co-ban",
    "phong-lua-dao-gia-danh",
    "lo-bam-link-la",
)
HEAD = """# Mười bài hướng dẫn, đúng như bà con nghe đọc

Trên điện thoại chỉ có chữ (như Zalo Bot), mỗi bước là một tin nhắn như dưới đây. Hình được thay bằng lời tả, nút được
thay bằng số. Đọc to lên để biết câu nào còn vướng: câu dài, chữ lạ, hai việc trong một bước.

Bước nào cũng kết thúc bằng các số như ở bước đầu mỗi bài: “Tiếp”, “Quay lại”, “Đọc lại”, “Tôi bị kẹt”, “Thoát”. Từ bước
thứ hai chỉ ghi các số riêng của bước ấy. Ở câu đố chỉ đáp án có số, các việc khác thì gõ chữ, ví dụ THOÁT.

Tệp này do `tests/handlers/test_plain_texts.py` viết ra từ các bài trong `guides/`, đừng sửa bằng tay.
"""
_SAME_EVERYWHERE = re.compile(
    r"\n*(?:^\d+\. (?:Tiếp|Quay lại|Đọc lại|Tôi bị kẹt|Thoát)$|^\(Bác gõ số để chọn\.\)$|^Bác có thể gõ: .+$)",
    re.MULTILINE,
)


def document(content: Content) -> str:
    return HEAD + "".join(_sections(content))


def _sections(content: Content) -> Iterator[str]:
    reader = PageReader("vi", content.catalogues.translate, content.commune.values)
    guides = [content.guides.guides[slug] for slug in SLUGS]
    for one in preview(guides, reader, {"plain": PLAIN["private"]}):
        yield f"\n## {one.guide.title}\n"
        for step, profiles in one.pages.items():
            heard = "\n\n".join(part.text.plain for part in profiles["plain"])
            if step != one.guide.start:
                heard = _SAME_EVERYWHERE.sub("", heard)
            yield f"\n### {plain(one.guide.steps[step].title)}\n\n```text\n{heard}\n```\n"


def test_the_ten_guides_are_of_all_four_areas(shipped: Content) -> None:
    assert len(SLUGS) == 10
    assert {shipped.guides.guides[slug].area for slug in SLUGS} == set(AREAS[:4])


def test_the_plain_texts_in_the_documents_are_those_of_today(shipped: Content) -> None:
    if os.environ.get("UPDATE_DOCS"):
        FILE.write_text(document(shipped), encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == document(shipped), "run the test with UPDATE_DOCS=1"
