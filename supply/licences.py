"""Write `docs/licences.md` from the SBOM: each package that an installation may hold, with the licence it names."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences of what is installed

Written by `make sbom` from the packages' own metadata, for all parts together (`servers`, `audio`, `speech`,
`voice`), on Linux x86_64 with Python {python}. The same list, for machines, is `dist/langso.cdx.json` (CycloneDX).
Our own code is MIT. What only tests and linters need is not listed: no commune installs it.

| package | version | licence |
|---|---|---|
"""
ONLY_IN_ITS_FILE = {"resvg_py": "MIT", "sherpa_onnx": "Apache-2.0"}
"""Whose metadata names no licence: read in the LICENSE file that comes with the package."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Named(_Strict):
    id: str = ""
    name: str = ""


class Licence(_Strict):
    """As CycloneDX has it: an SPDX expression, or one licence by its SPDX id or by the name that the package gives."""

    expression: str = ""
    license: Named = Named()

    @property
    def text(self) -> str:
        return self.expression or self.license.id or self.license.name


class Component(_Strict):
    name: str
    version: str
    licenses: tuple[Licence, ...] = ()

    @property
    def licence(self) -> str:
        # Some packages put the whole text of a licence where its name belongs: its first line is the name.
        names = [licence.text.strip().partition("\n")[0] for licence in self.licenses]
        spoken = [name for name in names if not name.startswith("License ::")] or names
        told = "; ".join(dict.fromkeys(name.rpartition(":: ")[2] for name in spoken if name))
        return told or ONLY_IN_ITS_FILE.get(self.name, "UNKNOWN")


class Bom(_Strict):
    components: tuple[Component, ...] = Field(min_length=1)


def page(bom: Bom, python: str) -> str:
    rows = sorted(bom.components, key=lambda each: each.name.lower())
    lines = [f"| {row.name} | {row.version} | {row.licence} |" for row in rows]
    return HEAD.format(python=python) + "\n".join(lines) + "\n"


def main() -> None:
    bom = Bom.model_validate_json(Path(sys.argv[1]).read_bytes())
    PAGE.write_text(page(bom, f"{sys.version_info.major}.{sys.version_info.minor}"), "utf-8")


if __name__ == "__main__":
    main()
