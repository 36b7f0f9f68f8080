"""What a check of the account found, before anything in it is changed."""

from email_channels.values import dataclass


@dataclass(frozen=True)
class Finding:
    """A text for the person who deploys. If it `refuses`, nothing is deployed; else it is only reported."""

    text: str
    refuses: bool = False


def refused(text: str) -> Finding:
    """A finding with which the deployment must not begin."""
    return Finding(text, refuses=True)
