"""What the log holds of an error."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from email_channels.errors import Unreadable
from email_channels.observability import raised

REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "jo@elsewhere.example"}}, "PutObject")


@pytest.mark.parametrize(
    ("error", "name", "code"),
    [
        (ValueError("jo@elsewhere.example"), "ValueError", None),
        (REFUSED, "ClientError", "AccessDenied"),
        (ReadTimeoutError(endpoint_url="https://s3.example"), "ReadTimeoutError", None),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_raised(error: Exception, name: str, code: str | None, *, wrapped: bool) -> None:
    """The type, the place and AWS's code of the first error; no message."""

    def fail() -> None:
        raise error

    def wrap() -> None:
        try:
            fail()
        except Exception as cause:
            raise Unreadable("jo@elsewhere.example") from cause

    with pytest.raises(Exception) as caught:
        wrap() if wrapped else fail()
    found = raised(caught.value)
    assert (found["error"], found["code"]) == (name, code)
    assert str(found["where"]).endswith(" fail']")
    assert "jo@" not in str(found)
