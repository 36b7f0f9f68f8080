"""The sample emails arrive over SMTP, and the welcome text names their outcomes."""

import re
import signal
import subprocess
import sys
from pathlib import Path

from local.system import TEMPLATE


def welcome(data: Path) -> str:
    """What the system prints until it is ready. The system is then ended, and ``data`` keeps its state."""
    ports = ["--smtp-port", "0", "--smtps-port", "0", "--http-port", "0"]
    command = [sys.executable, "-m", "local", *ports, "--data", str(data)]
    with subprocess.Popen(command, cwd=TEMPLATE.parent, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line == "Ctrl-C ends it.\n":
                    break
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        finally:
            process.kill()
    return "".join(lines)


def test_samples(tmp_path: Path) -> None:
    """Each sample has the expected outcome, and is not sent again at the next start."""
    first = welcome(tmp_path)
    second = welcome(tmp_path)

    said = re.search(r"Sample emails have arrived over SMTP:\n\n(.*?)\n\n", first, re.DOTALL)
    assert said is not None, first
    number = r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}"
    assert re.fullmatch(
        r'  An employee wrote "Überstunden im Oktober fehlen 🕐" to payroll@acme\.example\n'
        rf"    -> case {number} of Zoë Hartmann, topic General\n"
        r'  A form was filled in "Change of dental plan" to benefits@acme\.example\n'
        rf"    -> case {number} of Zoë Hartmann, topic Benefits, regarding Marcus Webb\n"
        r'  A stranger wrote "Your toner is running low" to payroll@acme\.example\n'
        r"    -> no case, sender_not_found, the admins are told",
        said[1],
    ), said[1]
    # The same cases, with the same numbers.
    assert said[1] in second
