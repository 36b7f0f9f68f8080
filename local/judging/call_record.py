"""Records, for tests, which permissions the functions used and which calls were refused."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from local.judging.judge import Refusal
from local.judging.policies import Permission
from local.judging.required_permissions import RequiredPermission


class CallRecord:
    """Writes the first use of each permission, and all refusals, to files of this process in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}.jsonl"
        self._noted: set[tuple[str, str]] = set()

    def used(self, function: str, permission: Permission, need: RequiredPermission) -> None:
        if (function, permission.id) in self._noted:
            return
        self._noted.add((function, permission.id))
        line = {"function": function, "permission": permission.id, "pattern": [permission.action, permission.resource]}
        self._append("used", line | {"need": [need.action, need.resource]})

    def refused(self, refusal: Refusal) -> None:
        self._append("refused", {"refusal": str(refusal)})

    def _append(self, kind: str, line: Mapping[str, object]) -> None:
        with (self._folder / f"{kind}-{self._name}").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
