"""The files and folders of the project that tests read."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATE: Final = ROOT / "template.yaml"
PACKAGE: Final = ROOT / "layers" / "common" / "email_channels"
FUNCTIONS: Final = ROOT / "functions"
EMAILS: Final = ROOT / "tests" / "emails"
EVENTS: Final = ROOT / "tests" / "events"
