"""Links to the pages of the agents' console, which is served where the API answers."""

from __future__ import annotations


class ConsoleLinks:
    """Makes the links. `url` is the address of the API; None if the console is not enabled: then there are no links."""

    def __init__(self, url: str | None) -> None:
        self._url = url.rstrip("/") if url else None

    def case(self, case_id: str) -> str | None:
        """The page of a case."""
        return self._page(f"cases/{case_id}")

    def email(self, case_id: str, email_id: str) -> str | None:
        """The page of an email in the history of a case."""
        return self._page(f"cases/{case_id}/emails/{email_id}")

    def unprocessed(self, record_id: str) -> str | None:
        """The page of an unprocessed email."""
        return self._page(f"unprocessed/{record_id}")

    def _page(self, path: str) -> str | None:
        return f"{self._url}/#/{path}" if self._url else None
