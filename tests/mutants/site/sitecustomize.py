"""Python imports this by itself where the folder is on its path: so programs that a test starts are the mutant, too."""

from __future__ import annotations

import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

NAME = "MUTANT"


def import_instead(file: str, changed: Path) -> None:
    """Wherever `file` is imported from now on, take what stands in `changed`."""
    as_ever = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        if self.path != file:
            return as_ever(self, fullname)
        code: CodeType = compile(changed.read_text("utf-8"), file, "exec", dont_inherit=True)
        return code

    SourceFileLoader.get_code = get_code  # type: ignore[assignment]


if named := os.environ.get(NAME):
    import_instead(named.partition("=")[0], Path(named.partition("=")[2]))
