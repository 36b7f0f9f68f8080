"""Checks the template and the workflows with checkov, and that each exception is still needed: part of
`make check-template`.

    python -m tools.checkov_scan [checkov]

An exception is a comment beside a resource, `# checkov:skip=CKV_AWS_1: reason`. The exit status is 1 if a check fails,
an exception has no reason, or an exception excepts from nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

TEMPLATE = Path("template.yaml")
SCANNED = {"cloudformation": ["--file", str(TEMPLATE)], "github_actions": ["--directory", ".github"]}

_EXCEPTION = re.compile(r"^\s*# checkov:skip=(\w+)(?:: *(.*))?$", re.MULTILINE)


def main() -> int:
    checkov = sys.argv[1] if len(sys.argv) > 1 else ".tools/checkov/bin/checkov"
    problems: list[str] = []
    passed = skipped = 0
    for framework, where in SCANNED.items():
        found = _scan(checkov, framework, where)
        problems += failures(found)
        if framework == "cloudformation":
            problems += exceptions_in_vain(TEMPLATE.read_text(encoding="utf-8"), found)
        passed += len(found["passed_checks"])
        skipped += len(found["skipped_checks"])
    for problem in problems:
        print(problem)
    print(f"checkov: {passed} checks passed, {skipped} excepted with a reason, {len(problems)} problems")
    return 1 if problems else 0


def failures(found: dict[str, Any]) -> list[str]:
    """A line for each failed check, and for each file that checkov could not read."""
    return [
        f"{each['file_path'].lstrip('/')}:{each['file_line_range'][0]}: {each['resource']}: "
        f"{each['check_id']}: {each['check_name']}"
        for each in found["failed_checks"]
    ] + [f"checkov cannot read {file}" for file in found["parsing_errors"]]


def exceptions_in_vain(text: str, found: dict[str, Any]) -> list[str]:
    """A line for each exception of the template that has no reason, or that excepts from nothing."""
    written = _EXCEPTION.findall(text)
    without_reason = [f"an exception from {check} has no reason" for check, reason in written if len(reason) < 20]
    used = Counter(each["check_id"] for each in found["skipped_checks"])
    in_vain = Counter(check for check, _ in written) - used
    return without_reason + [f"{count} exceptions from {check} are not needed" for check, count in in_vain.items()]


def _scan(checkov: str, framework: str, where: list[str]) -> dict[str, Any]:
    """checkov's results. Raises CalledProcessError if it could not run (1 is its status if a check fails)."""
    command = [checkov, *where, "--framework", framework, "--skip-download", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        results: dict[str, Any] = json.loads(done.stdout)["results"]
    except (ValueError, KeyError, TypeError):
        print(done.stdout, done.stderr, file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, command) from None
    return results


if __name__ == "__main__":
    sys.exit(main())
