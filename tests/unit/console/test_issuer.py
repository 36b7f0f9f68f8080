"""Reading the issuer's discovery document."""

from typing import Any

import pytest

from functions.console import issuer
from functions.console.issuer import Endpoints, Issuer, IssuerUnavailable, read_endpoints

URL = "https://login.example/realms/acme"
DOCUMENT = {
    "issuer": URL,
    "authorization_endpoint": f"{URL}/auth",
    "token_endpoint": "https://tokens.example:8443/token",
    "end_session_endpoint": f"{URL}/logout",
}
ENDPOINTS = Endpoints(f"{URL}/auth", "https://tokens.example:8443/token", f"{URL}/logout")


def test_endpoints() -> None:
    assert read_endpoints(URL, DOCUMENT) == ENDPOINTS
    assert read_endpoints(f"{URL}/", DOCUMENT) == ENDPOINTS
    without = {name: value for name, value in DOCUMENT.items() if name != "end_session_endpoint"}
    assert read_endpoints(URL, without).end_session is None


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": None},
        {"token_endpoint": None},
        {"token_endpoint": "http://login.example/token"},
        {"token_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "https://login.example; script-src *"},
        {"token_endpoint": "https://login.example@evil.example/"},
        {"token_endpoint": ["https://login.example"]},
        {"end_session_endpoint": "ftp://login.example"},
    ],
)
def test_unusable(change: dict[str, Any]) -> None:
    """A document of another issuer, without an endpoint, or with one that would weaken the page's policy."""
    with pytest.raises(IssuerUnavailable):
        read_endpoints(URL, {**DOCUMENT, **change})


@pytest.mark.parametrize("document", [None, [], "text", 3, {}])
def test_no_document(document: Any) -> None:
    with pytest.raises(IssuerUnavailable):
        read_endpoints(URL, document)


def test_issuer_on_this_machine() -> None:
    """Only there, TLS is not needed."""
    url = "http://127.0.0.1:8080/local/oidc"
    document = {"issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token"}
    assert read_endpoints(url, document) == Endpoints(f"{url}/authorize", f"{url}/token", None)


def test_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read once an hour; if the issuer is not reached then, the last answer stays."""
    clock, answers = [0.0], [DOCUMENT]
    monkeypatch.setattr("functions.console.issuer.time.monotonic", lambda: clock[0])

    def fetch(_url: str) -> Any:
        if not answers:
            raise IssuerUnavailable("down")
        return answers.pop()

    monkeypatch.setattr(issuer, "_fetch", fetch)
    one = Issuer(URL)
    assert [one.endpoints(), one.endpoints()] == [ENDPOINTS] * 2
    assert answers == []
    clock[0] = issuer.KEPT + 1.0
    assert one.endpoints() == ENDPOINTS


def test_never_reached() -> None:
    with pytest.raises(IssuerUnavailable, match="cannot be read"):
        Issuer("http://127.0.0.1:9/nothing").endpoints()
