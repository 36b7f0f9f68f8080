"""The API and the console must answer, and the API must refuse who has no token."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx

from tools.smoke.findings import Finding
from tools.smoke.run import Run
from tools.smoke.web import WebFailed, fetch


def look(run: Run) -> Iterator[Finding]:
    api = run.stack.outputs["ApiUrl"].rstrip("/")
    yield from _expect(
        f"{api}/health",
        lambda answer: answer.status_code == 200 and answer.text.replace(" ", "") == '{"status":"ok"}',
        "Read the log of public_api and the access log of the API.",
    )
    yield from _expect(
        f"{api}/cases",
        lambda answer: answer.status_code == 401,
        "Without a token, it must be 401. Check the authorizer of the API: deploy the stack again.",
    )
    console = run.stack.outputs.get("ConsoleUrl")
    if console:
        yield from _expect(
            console,
            lambda answer: answer.status_code == 200 and "text/html" in answer.headers.get("content-type", ""),
            "Read the log of console.",
        )


def _expect(url: str, right: Callable[[httpx.Response], bool], do: str) -> Iterator[Finding]:
    try:
        answer = fetch("GET", url)
    except WebFailed as error:
        yield Finding(str(error), "Check the address, and whether a proxy is in between.")
        return
    if not right(answer):
        yield Finding(f"GET {url} answered {answer.status_code}: {answer.text[:200]}", do)
