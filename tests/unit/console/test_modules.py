"""The console's modules that need no browser. Their tests are written in JavaScript, in `modules/`."""

from pathlib import Path

import pytest

from tests.support.console.node import run_node

FOLDER = Path(__file__).parent / "modules"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.test.mjs")))
def test_module(name: str) -> None:
    done = run_node("--test", "--test-reporter=spec", FOLDER / name, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ℹ pass 0" not in done.stdout, "the file holds no test"
