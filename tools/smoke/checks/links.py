"""The signed links by which browsers upload and download files must work, at the address of the region.

The address without a region redirects for a day after the bucket was made, and for ever in newer regions. The redirect
breaks the signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from tools.smoke.findings import Finding
from tools.smoke.run import Run
from tools.smoke.web import WebFailed, fetch

_CONTENT = b"A smoke test uploaded this.\r\n"


def look(run: Run) -> Iterator[Finding]:
    place = run.workplace
    made = place.case
    file = {"filename": "smoke.eml", "content_type": "message/rfc822", "size": len(_CONTENT), "purpose": "try"}
    upload = place.api.request("POST", "/attachments", file, accepted=(201,)).document
    key = f"uploads/{upload['upload_id']}"
    run.cleanup.later(f"the upload {key}", lambda: place.delete_object(key))
    headers = {name: value for name, value in upload["headers"].items() if name.lower() != "content-length"}
    yield from use(run, "PUT", upload["url"], _CONTENT, headers)
    link = place.api.get(f"/cases/{made.case_id}/emails/{made.email_id}/original")
    yield from use(run, "GET", link["url"], expected=made.content)


def use(
    run: Run,
    method: str,
    url: str,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
    expected: bytes | None = None,
) -> Iterator[Finding]:
    """Uses a link; `expected` is what it must return, if that is known."""
    host = urlsplit(url).netloc
    allowed = _hosts(run)
    if host not in allowed:
        yield Finding(
            f"The link for {method} leads to {host}, not to {allowed[0]}.",
            "Such links fail in newer regions, and for a day after a bucket was made. Deploy a version whose functions "
            "sign links for the region (addressing style virtual).",
        )
    try:
        answer = fetch(method, url, content, headers)
    except WebFailed as error:
        yield Finding(f"The link for {method} does not work: {error}", "Check whether a proxy is in between.")
        return
    if 300 <= answer.status_code < 400:
        to = urlsplit(answer.headers.get("location", "")).netloc
        yield Finding(
            f"The link for {method} is redirected to {to or 'nowhere'} ({answer.status_code}): its signature breaks.",
            "Deploy a version whose functions sign links for the region. With a new bucket, try again in a day.",
        )
    elif answer.status_code != 200:
        yield Finding(
            f"The link for {method} answered {answer.status_code}: {answer.text[:200]}",
            "The function that signed it needs the permission for the object and for the key of the bucket.",
        )
    elif expected is not None and answer.content != expected:
        yield Finding(
            f"The link for {method} returned {len(answer.content)} other bytes than those of the object.",
            "Check whether a proxy is in between.",
        )


def _hosts(run: Run) -> list[str]:
    """The hosts that a link may have. With an endpoint of one's own (AWS_ENDPOINT_URL), it is that."""
    client, region, suffix = run.clients.s3, run.stack.region, run.clients.url_suffix
    given = urlsplit(client.meta.endpoint_url)
    if not given.netloc.endswith(suffix):
        return [given.netloc, f"{run.stack.bucket}.{given.netloc}"]
    hosts = [f"{run.stack.bucket}.s3.{region}.{suffix}"]
    # In the oldest region, both are the same.
    return [*hosts, f"{run.stack.bucket}.s3.{suffix}"] if region == "us-east-1" else hosts
