"""The scripts of the web chat are what their modules make, and a module that cannot be bundled says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.bundle import ENTRIES, STATIC, BundleError, bundle


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_script_is_made_of_its_modules(entry: str) -> None:
    assert (STATIC / entry).read_text("utf-8") == bundle(entry), "run `python -m tools.bundle`"


def made(folder: Path, **modules: str) -> str:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return bundle("main.js", folder)


def test_each_module_stands_once_before_those_that_use_it_and_keeps_its_own_to_itself(tmp_path: Path) -> None:
    (tmp_path / "told.json").write_text('[\n {"a": "ă"}\n]')
    script = made(
        tmp_path,
        main='import { one } from "./a.js";\nimport { two } from "./b.js";\n'
        'import told from "./told.json";\none(two, told);\n',
        a='import { two } from "./b.js";\nconst own = two;\nexport function one() {}\n',
        b="var own=2;export{own as two};\n",
    )
    assert script.partition("\n")[2] == (
        "const module_b = (() => {\nvar own=2;\nreturn { two: own };\n})();\n"
        "const module_a = (() => {\nconst { two } = module_b;\n"
        "const own = two;\nfunction one() {}\nreturn { one };\n})();\n"
        'const module_told_json = [{"a":"ă"}];\n'
        "(() => {\nconst { one } = module_a;\nconst { two } = module_b;\nconst told = module_told_json;\n"
        "one(two, told);\n})();\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        'import { a as b } from "./a.js";\n',
        'import * as a from "./a.js";\n',
        'const { a } = await import("./a.js");\n',
        "export default 1;\n",
        "export let a = 1;\n",
        'export { a } from "./a.js";\n',
    ],
)
def test_a_form_that_is_not_known_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(BundleError, match=r"main\.js: "):
        made(tmp_path, main=text, a="export const a = 1;\n")


def test_modules_that_import_each_other_are_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"main\.js imports itself"):
        made(tmp_path, main='import "./a.js";\n', a='import "./main.js";\n')
