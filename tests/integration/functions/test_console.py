"""`console`: the page, its files, and the headers that they are sent with."""

import base64
import gzip
import html
import json
import re
from typing import Any

import pytest
from email_channels.bootstrap.console import console_settings
from email_channels.errors import SettingsError

from functions.console import app
from functions.console.issuer import Endpoints, IssuerUnavailable
from tests.support.lambda_context import lambda_context

VARIABLES = {
    "JWT_ISSUER": "https://login.example/realms/acme",
    "CONSOLE_CLIENT_ID": "console",
    "CONSOLE_SCOPES": "openid profile email",
    "OWN_USER_POOL": "false",
    "FILES_URL": "https://mail.s3.eu-west-1.amazonaws.com",
}
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data: https://mail.s3.eu-west-1.amazonaws.com; "
    "connect-src 'self' https://tokens.example https://mail.s3.eu-west-1.amazonaws.com; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types dompurify"
)


class IssuerStandIn:
    def __init__(self) -> None:
        self.down = False

    def endpoints(self) -> Endpoints:
        if self.down:
            raise IssuerUnavailable("the discovery document cannot be read: TimeoutError")
        return Endpoints("https://login.example/auth", "https://tokens.example/token", "https://login.example/logout")


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> IssuerStandIn:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    stand_in = IssuerStandIn()
    monkeypatch.setattr(app, "_issuer", lambda url: stand_in)
    console_settings.cache_clear()
    return stand_in


def answer(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    event = {
        "rawPath": path,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method}},
    }
    return app.handler(event, lambda_context())


def text(result: dict[str, Any]) -> str:
    content = base64.b64decode(result["body"])
    return (gzip.decompress(content) if "content-encoding" in result["headers"] else content).decode()


def assets(page: str) -> str:
    found = re.search(r'src="(/assets/[0-9a-f]{16}/)app\.js"', page)
    assert found
    return found[1]


@pytest.mark.usefixtures("issuer")
class TestPage:
    def test_policy(self) -> None:
        """The page is never stored unchecked, may do only what its policy says, and is not framed."""
        headers = answer("/")["headers"]
        assert headers["content-security-policy"] == PAGE_POLICY
        assert headers["cache-control"] == "no-cache"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"

    def test_configuration(self) -> None:
        """The page knows its issuer, and there is no script in it."""
        page = text(answer("/"))
        found = re.search(r'<meta name="console" content="([^"]+)">', page)
        assert found
        told = json.loads(html.unescape(found[1]))
        assert told == {
            "version": assets(page).split("/")[2],
            "local": False,
            "files": "https://mail.s3.eu-west-1.amazonaws.com",
            "issuer": "https://login.example/realms/acme",
            "authorization_endpoint": "https://login.example/auth",
            "token_endpoint": "https://tokens.example/token",
            "end_session_endpoint": "https://login.example/logout",
            "sign_out": "standard",
            "client_id": "console",
            "scopes": "openid profile email",
            "token": "access",
        }
        assert re.findall(r"<script[^>]*>[^<]", page) == []
        assert " style=" not in page

    def test_own_user_pool(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With a user pool, ID tokens are sent, and sign-out is Cognito's."""
        monkeypatch.setenv("OWN_USER_POOL", "true")
        console_settings.cache_clear()
        page = html.unescape(text(answer("/")))
        assert '"token": "id"' in page
        assert '"sign_out": "cognito"' in page

    def test_unchanged(self) -> None:
        """A browser that has the page gets no second copy."""
        first = answer("/")
        again = answer("/", if_none_match=first["headers"]["etag"])
        assert (again["statusCode"], again["body"]) == (304, "")
        assert again["headers"]["content-security-policy"] == PAGE_POLICY
        assert answer("/", if_none_match='"other"')["statusCode"] == 200

    def test_head(self) -> None:
        """HEAD has the headers of GET."""
        head, get = answer("/", "HEAD"), answer("/")
        assert (head["statusCode"], head["body"], head["headers"]) == (200, "", get["headers"])

    @pytest.mark.parametrize("path", ["/", "/assets/x/app.js"])
    def test_methods(self, path: str) -> None:
        refused = answer(path, "POST")
        assert (refused["statusCode"], refused["headers"]["allow"]) == (405, "GET, HEAD")


@pytest.mark.usefixtures("issuer")
class TestAssets:
    def test_for_ever(self) -> None:
        """All that the page names is there, and is kept for ever."""
        page = text(answer("/"))
        names = re.findall(r'(?:href|src)="(/[^"]+)"', page)
        assert len(names) == 3
        for name in names:
            found = answer(name)
            assert found["statusCode"] == 200
            assert found["headers"]["cache-control"] == "public, max-age=31536000, immutable"

    @pytest.mark.parametrize(
        ("name", "content_type"),
        [
            ("app.js", "text/javascript; charset=utf-8"),
            ("views/cases.js", "text/javascript; charset=utf-8"),
            ("vendor/ui.js", "text/javascript; charset=utf-8"),
            ("styles/index.css", "text/css; charset=utf-8"),
            ("mail/mail.css", "text/css; charset=utf-8"),
            ("vendor/LICENCES.txt", "text/plain; charset=utf-8"),
        ],
    )
    def test_types(self, name: str, content_type: str) -> None:
        found = answer(assets(text(answer("/"))) + name)
        assert (found["statusCode"], found["headers"]["content-type"]) == (200, content_type)
        assert found["headers"]["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"

    @pytest.mark.parametrize(
        "path",
        [
            "/assets/0123456789abcdef/app.js",  # an older release
            "{assets}nothing.js",
            "{assets}index.html",
            "{assets}../app.py",
            "{assets}tsconfig.json",
            "{assets}vendor/ui.d.ts",
            "{assets}shell/frame.js",  # it is part of app.js
            "/assets/",
        ],
    )
    def test_missing(self, path: str) -> None:
        """An open page of an older release gets 404 when it loads a further module."""
        missing = answer(path.format(assets=assets(text(answer("/")))))
        assert (missing["statusCode"], missing["headers"]["cache-control"]) == (404, "no-store")

    def test_compressed(self) -> None:
        """Browsers that take gzip get it, others the same content as it is."""
        name = assets(text(answer("/"))) + "app.js"
        small, plain = answer(name, accept_encoding="br, gzip"), answer(name, accept_encoding="gzip;q=0")
        assert (small["headers"]["content-encoding"], small["headers"]["vary"]) == ("gzip", "accept-encoding")
        assert "content-encoding" not in plain["headers"]
        assert plain["headers"]["vary"] == "accept-encoding"
        assert text(small) == text(plain)
        assert len(small["body"]) < len(plain["body"]) / 2

    def test_styles(self) -> None:
        """One file with all styles."""
        styles = text(answer(assets(text(answer("/"))) + "styles/index.css"))
        assert "@import" not in styles
        assert "light-dark(" in styles

    @pytest.mark.parametrize(("name", "images"), [("mail.html", ""), ("mail-images.html", " https:")])
    def test_mail_pages(self, name: str, images: str) -> None:
        """The pages in which emails are shown run no script, and fetch nothing but images, if at all."""
        found = answer(assets(text(answer("/"))) + f"mail/{name}")
        assert found["headers"]["content-security-policy"] == (
            "default-src 'none'; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data: blob: https://mail.s3.eu-west-1.amazonaws.com{images}; form-action 'none'; "
            "base-uri 'self'; frame-ancestors 'self'; "
            "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        )
        assert '<base target="_blank">' in text(found)


def test_issuer_down(issuer: IssuerStandIn) -> None:
    """Without the issuer nobody can sign in: the answer says so. The files are served all the same."""
    page = text(answer("/"))
    issuer.down = True
    down = answer("/")
    assert (down["statusCode"], down["headers"]["retry-after"]) == (503, "30")
    assert "https://login.example/realms/acme cannot be used" in text(down)
    assert answer(assets(page) + "app.js")["statusCode"] == 200


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CONSOLE_CLIENT_ID", "", "ConsoleClientId: required"),
        ("CONSOLE_SCOPES", "profile", "ConsoleScopes: must contain the scope openid"),
        ("CONSOLE_SCOPES", 'openid "x"', "ConsoleScopes: .* is not a scope"),
        ("JWT_ISSUER", "", "JwtIssuer: required"),
        ("OWN_USER_POOL", "perhaps", "OwnUserPool: must be true or false"),
    ],
)
@pytest.mark.usefixtures("issuer")
def test_settings(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    """A wrong parameter is named, and the browser gets a short answer with the request's id."""
    monkeypatch.setenv(name, value)
    console_settings.cache_clear()
    with pytest.raises(SettingsError, match=words):
        console_settings()
    failed = answer("/")
    assert failed["statusCode"] == 500
    assert "request id" in failed["body"]
