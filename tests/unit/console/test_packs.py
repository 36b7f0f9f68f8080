"""Joining the console's modules: what a file holds, and what breaks the rules for modules."""

import json
import re
from pathlib import Path

import pytest

from functions.console.packs import PackError, pack, read_module
from tests.support.console.node import run_node
from tests.support.paths import ROOT

APP = 'import { a } from "./a.js";\nconst later = () => import("./views/cases.js");\na(later);\n'


def packed(**modules: str) -> dict[str, str]:
    """The packed files of a small console. `__` in a name stands for a slash."""
    return pack({"app.js": APP, **{f"{name.replace('__', '/')}.js": text for name, text in modules.items()}})


def test_module() -> None:
    """A module without its imports, exports and comments of types."""
    text = """/** What it is for. */
import def, { one, two as other } from "../one.js";
import "./styles.js";
/** @param {import("./types.js").X} x */
export function view(x) {
  return import("./late.js");
}
export const size = 3;
export default class Big {}
"""
    module = read_module("views/big.js", text)
    assert module.imports == (
        ("one.js", (("default", "def"), ("one", "one"), ("two", "other"))),
        ("views/styles.js", ()),
    )
    assert module.loads == ("views/late.js",)
    assert set(module.exports) == {("view", "view"), ("size", "size"), ("default", "Big")}
    assert module.code == ('function view(x) {\n  return import("./late.js");\n}\nconst size = 3;\nclass Big {}')


def test_shared_modules() -> None:
    """No module is in two files: what the first view shares is in app.js, what others share is in a file of its own."""
    files = packed(
        a="export const a = (load) => load;\n",
        views__cases='import { b } from "../b.js";\nimport { row } from "./row.js";\n'
        'export const more = [() => import("./case.js"), () => import("./try.js"), b, row];\n',
        views__row="export const row = 1;\n",
        views__case='import { b } from "../b.js";\nimport { c } from "../c.js";\nexport default [b, c];\n',
        views__try='import { c } from "../c.js";\nexport default c;\n',
        b="export const b = 2;\n",
        c="export const c = 3;\n",
    )
    holders = {
        module: [name for name, text in files.items() if f"// {module}\n" in text]
        for module in ("a.js", "b.js", "c.js", "views/row.js", "views/case.js", "views/try.js")
    }
    assert holders == {
        "a.js": ["app.js"],
        "b.js": ["app.js"],
        "c.js": ["shared-1.js"],
        "views/row.js": ["views/cases.js"],
        "views/case.js": ["views/case.js"],
        "views/try.js": ["views/try.js"],
    }


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        ({"a": "export let a = 1;\n"}, "a.js: this import or export has another form.*export let a"),
        ({"a": 'export * from "./b.js";\n'}, "another form"),
        ({"a": 'import * as b from "./b.js";\nexport const a = b;\n', "b": ""}, "imports are by name: \\* as b"),
        ({"a": 'import { b } from "./b.js";\nexport const a = b;\n'}, "a.js: there is no module b.js"),
        (
            {
                "a": 'import { b } from "./b.js";\nexport const a = b;\n',
                "b": 'import { a } from "./a.js";\nexport const b = a;\n',
            },
            "modules import each other: .*a.js -> b.js -> a.js",
        ),
        (
            {"a": 'import v from "./views/cases.js";\nexport const a = v;\n'},
            "views/cases.js: loaded later, but another module imports it",
        ),
    ],
)
def test_broken_rules(modules: dict[str, str], words: str) -> None:
    with pytest.raises(PackError, match=words):
        packed(**{"views__cases": "export default 1;\n", **modules})


def test_meaning(tmp_path: Path) -> None:
    """The packed modules do what the modules do: names, defaults, addresses relative to the module, loading later."""
    files = packed(
        a='import whole, { part as piece } from "./deep/b.js";\nexport function a(load) {\n'
        "  load().then((v) => console.log(JSON.stringify([whole(), piece, v.default, v.named, v.here])));\n}\n",
        deep__b='export default function whole() { return "whole"; }\nexport const part = hoisted();\n'
        'function hoisted() { return "part"; }\n',
        views__cases='import { part } from "../deep/b.js";\nexport default `view of ${part}`;\n'
        'export const named = "named";\n'
        'export const here = new URL("x.html", import.meta.url).pathname;\n',
    )
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    *values, here = json.loads(run_node(tmp_path / "app.js").stdout)
    assert values == ["whole", "part", "view of part", "named"]
    assert here == f"{tmp_path}/views/x.html"


def test_console() -> None:
    """The console's modules keep to the rules. What people see first is in few files."""
    folder = ROOT / "console"
    sources = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.js")}
    files = pack(sources)
    modules = {path for path in sources if not path.startswith("vendor/")}
    found = re.findall(r"^// ([\w/.-]+\.js)$", "\n".join(files.values()), re.MULTILINE)
    assert sorted(found) == sorted(modules)
