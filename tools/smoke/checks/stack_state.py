"""The stack must be deployed completely."""

from __future__ import annotations

from collections.abc import Iterator

from tools.smoke.findings import Finding
from tools.smoke.run import Run

# After UPDATE_ROLLBACK_COMPLETE, the version before is in service, whole, and can be updated again.
_GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"})


def look(run: Run) -> Iterator[Finding]:
    if run.stack.status not in _GOOD:
        yield Finding(
            f"The stack is in the state {run.stack.status}.",
            "If a deployment runs, wait for its end. Otherwise read the events of the stack in the CloudFormation "
            "console: docs/runbooks/accidents.md says how to get out of a failed rollback.",
        )
