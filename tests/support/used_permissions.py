"""Reads the used permissions and refused calls that a run recorded (`local.judging.call_record.CallRecord`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.judging.policies import allowing
from tests.support import permissions


def refusals(folder: Path) -> list[str]:
    """The refusals that the local stacks of one process have recorded so far."""
    return [note["refusal"] for note in _notes(folder, "refused-*.jsonl")]


def unused(folder: Path) -> list[str]:
    """The permissions that no call used in the whole run. Each is a line with function, action and resource."""
    # Imported here, because it takes most of a second, and only the end of a run needs it.
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    used = set()
    for note in _notes(folder, "**/used-*.jsonl"):
        action, resource = note["pattern"]
        # The evaluator is ours; that of moto must allow the same calls. Moto knows no "?": it reads the resource as a
        # regular expression, in which a dot stands for any one character.
        statement = IAMPolicyStatement({"Effect": "Allow", "Action": action, "Resource": resource.replace("?", ".")})
        assert statement.is_action_permitted(*note["need"]) is PermissionResult.PERMITTED, note
        used.add((note["function"], note["permission"]))
    lines = []
    for function in permissions.functions():
        granted = permissions.permissions(function)
        for need in permissions.needs_of_lambda(function):
            permission = allowing(granted, need)
            assert permission is not None, f"{function}: Lambda needs {need.action} on {need.resource}"
            used.add((function, permission.id))
        left = [permission for permission in granted if (function, permission.id) not in used]
        lines += [f"{function}: {permission.action} on {permission.resource}" for permission in left]
    return lines


def _notes(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob(pattern)):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
