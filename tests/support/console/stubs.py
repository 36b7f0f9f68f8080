"""What the API answers to some requests of a page, in place of the running system."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, Route

Answer = Callable[[Route], None]

EMPTY: dict[str, object] = {"items": [], "next_cursor": None}

REQUEST_ID = "7f4a90"


def answered(status: int, document: object) -> Answer:
    """A JSON document."""
    return lambda route: route.fulfill(status=status, content_type="application/json", body=json.dumps(document))


def failed(route: Route) -> None:
    """The API failed."""
    detail = "An unexpected error occurred. The log explains it under this request id."
    problem = {"type": "/problems/internal_error", "title": "x", "status": 500, "detail": detail}
    answered(500, problem | {"request_id": REQUEST_ID})(route)


def unreachable(route: Route) -> None:
    """The server is not reached."""
    route.abort("internetdisconnected")


def session_ended(route: Route) -> None:
    """The token is refused; so is its renewal (`Stubs.end_session`)."""
    route.fulfill(status=401, content_type="application/json", body='{"message":"Unauthorized"}')


class Stubs:
    """Answers requests of a page whose method and path (with the query) match a pattern. Others go to the system."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._pattern = re.compile("$^")
        self._answer: Answer | None = None
        self._held: list[Route] = []
        self.seen: list[str] = []
        page.route(re.compile(r"^https?://[^/]+/(?!assets/|local/oidc/)\w"), self._route)
        page.route("**/local/oidc/token", self._renewal)
        self._ended = False

    def answer(self, pattern: str, answer: Answer) -> None:
        """From now on, requests such as `GET /cases?limit=50` that match are answered so."""
        self._pattern, self._answer, self._ended = re.compile(pattern), answer, answer is session_ended

    def hold(self, pattern: str) -> None:
        """From now on, requests that match wait until `release`."""
        self.answer(pattern, self._held.append)

    def release(self) -> None:
        """From now on, all requests go to the system, also those that wait."""
        self._answer, self._ended = None, False
        waiting, self._held = self._held, []
        for route in waiting:
            route.continue_()

    def _route(self, route: Route) -> None:
        request = route.request
        place = f"{request.method} /{request.url.split('/', 3)[3]}"
        if self._answer is not None and self._pattern.search(place):
            self.seen.append(place)
            self._answer(route)
        else:
            route.continue_()

    def _renewal(self, route: Route) -> None:
        if self._ended:
            route.fulfill(status=400, content_type="application/json", body='{"error":"invalid_grant"}')
        else:
            route.continue_()
