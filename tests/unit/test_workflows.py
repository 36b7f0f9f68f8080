"""The workflows: every action is pinned by its commit, and prod gets what passed on stage."""

import re
from typing import Any, cast

import pytest
import yaml

from tests.support.paths import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs(name: str) -> dict[str, Any]:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    return cast("dict[str, Any]", workflow["jobs"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_pinned(path: Any) -> None:
    """A tag can be moved to other code; a commit cannot. The tag is named beside it."""
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for each in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


def test_order() -> None:
    """Checks and build, stage, smoke test, prod, smoke test."""
    made = jobs("deploy.yml")
    assert [(name, job.get("needs")) for name, job in made.items()] == [
        ("build", None),
        ("stage", "build"),
        ("prod", "stage"),
    ]
    assert "bash .ci/run" in [step.get("run") for step in made["build"]["steps"]]
    for name in ("stage", "prod"):
        assert made[name]["environment"] == name
        assert [step["run"] for step in made[name]["steps"] if "run" in step] == [
            "tar -xzf build.tar.gz",
            f"make deploy ENV={name} ARGS=--no-confirm-changeset",
            f"make smoke STACK=email-channels-{name}",
        ]


def test_no_stored_keys() -> None:
    """AWS trusts GitHub's own token (OIDC)."""
    for path in WORKFLOWS:
        assert "secrets." not in path.read_text(encoding="utf-8"), path.name
    assert jobs("deploy.yml")["stage"]["permissions"]["id-token"] == "write"
