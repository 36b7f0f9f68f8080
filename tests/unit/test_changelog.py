"""`CHANGELOG.md` tells operators first what they must do."""

import re

from tests.support.paths import ROOT


def test_upgrading() -> None:
    """Each version but the first one begins with what an update asks of an operator, even if that is nothing."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert versions[-1].startswith("[0.1.0]")
    for version in versions[:-1]:
        first = next(line for line in version.splitlines()[1:] if line.strip())
        assert first == "### Upgrading", version.splitlines()[0]
