"""The region and the service that a request to AWS is signed for (Signature Version 4).

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
"""

import io
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SCOPE = re.compile(r"Credential=[^/,\s=]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")


class Scope(NamedTuple):
    region: str
    service: str


def scope_of(environ: "WSGIEnvironment") -> Scope | None:
    """What the request is signed for. None if its header is not signed, as in presigned links."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return Scope(found[1], found[2]) if found else None


def query_parameters(request: Request) -> dict[str, str]:
    """The parameters of a request of the Query API. The body stays readable for the next application."""
    body = request.get_data(cache=True)
    request.environ["wsgi.input"] = io.BytesIO(body)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
