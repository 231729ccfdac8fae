"""The commune that runs this installation: its name and whom to call. Read from `commune.toml` in the data folder."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FILE = "commune.toml"


class CommuneError(Exception):
    """The file is there and cannot be used; the text names file, key and fault."""


class Commune(BaseModel):
    """`name` and `province` without "xã" and "tỉnh"; `hours` as people say them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="(chưa đặt tên)", min_length=1, max_length=80)
    kind: str = Field(default="xã", pattern="^(xã|phường|đặc khu)$")
    province: str = Field(default="(chưa đặt tên)", min_length=1, max_length=80)
    phone: str = Field(default="", max_length=40)
    hours: str = Field(default="", max_length=200)
    centre: str = Field(default="Trung tâm Phục vụ hành chính công", max_length=120)

    @property
    def full_name(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def values(self) -> Mapping[str, str]:
        """What guides write as `{xa}` and `{tinh}`."""
        return {"xa": self.name, "tinh": self.province}


DEMO = Commune(
    name="Yên Mô",
    province="Ninh Bình",
    phone="0229 000 0000 (số ví dụ)",
    hours="thứ Hai đến thứ Sáu, 7 giờ 30 đến 17 giờ",
)


def load(folder: Path) -> Commune:
    """The commune of an installation; raises CommuneError."""
    path = folder / FILE
    if not path.exists():
        return Commune()
    try:
        return Commune.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommuneError(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise CommuneError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
