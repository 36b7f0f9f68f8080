"""What the browser may do with each page: its Content-Security-Policy, and the headers beside it (docs/security.md)."""

from __future__ import annotations

MAIL_PAGE, MAIL_PAGE_WITH_IMAGES = "mail/mail.html", "mail/mail-images.html"
"""The page into which the HTML of an email is written, under two names: its policy depends on the name."""

MAIL_PAGES = {MAIL_PAGE: False, MAIL_PAGE_WITH_IMAGES: True}
"""Whether remote images are allowed there."""

COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
}
"""Headers of every answer."""

PAGE = {
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}
"""Further headers of the page."""


def page_policy(files: str, token: str) -> str:
    """The policy of the page. `files` is the origin of signed links, `token` that of the issuer's token endpoint."""
    return _policy(
        ("default-src", "'none'"),
        ("script-src", "'self'"),
        ("style-src", "'self'"),
        ("img-src", f"'self' blob: data: {files}"),
        ("connect-src", f"'self' {token} {files}"),
        ("frame-src", "'self'"),
        ("form-action", "'self'"),
        ("base-uri", "'none'"),
        ("frame-ancestors", "'none'"),
        ("require-trusted-types-for", "'script'"),
        ("trusted-types", "dompurify"),
    )


def mail_policy(files: str, *, remote_images: bool) -> str:
    """The policy of a page that shows the HTML of an email: inline styles and images, nothing else.

    The sandbox stands here as well as at the frame, so that the page is harmless, too, when it is opened by itself.
    """
    return _policy(
        ("default-src", "'none'"),
        ("style-src", "'self' 'unsafe-inline'"),
        ("img-src", f"'self' data: blob: {files}{' https:' if remote_images else ''}"),
        ("form-action", "'none'"),
        ("base-uri", "'self'"),
        ("frame-ancestors", "'self'"),
        ("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox"),
    )


def asset_policy() -> str:
    """The policy of all other files, should one be opened by itself."""
    return _policy(("default-src", "'none'"), ("frame-ancestors", "'none'"))


def _policy(*directives: tuple[str, str]) -> str:
    return "; ".join(" ".join(directive) for directive in directives)
