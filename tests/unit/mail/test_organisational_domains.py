"""The organisational domain of a domain, from the public suffix list."""

from __future__ import annotations

import subprocess
import sys

import pytest
from email_channels.mail.organisational_domains import organisational_domain, same_organisation
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("domain", "organisation"),
    [
        ("example.org", "example.org"),
        ("a.b.example.org", "example.org"),
        ("a.example.co.uk", "example.co.uk"),
        ("co.uk", None),
        ("a.acme.github.io", "acme.github.io"),
        ("github.io", None),
        ("org", None),
        ("a.b.unlisted", "b.unlisted"),
        ("a.xn--55qx5d.cn", "a.xn--55qx5d.cn"),
        ("xn--55qx5d.cn", None),
        ("", None),
        (".", None),
        ("a..org", None),
    ],
)
def test_organisational_domain(domain: str, organisation: str | None) -> None:
    assert organisational_domain(domain) == organisation


def test_public_suffix() -> None:
    """A public suffix belongs to the same organisation only as itself."""
    assert same_organisation("co.uk", "co.uk")
    assert not same_organisation("co.uk", "uk")
    assert not same_organisation("org", "com")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text(one: str, other: str) -> None:
    """No text raises an exception."""
    assert same_organisation(one, other) == same_organisation(other, one)


def test_lazy_load() -> None:
    """The public suffix list is read when it is first needed."""
    program = (
        "import sys; from email_channels.mail import ses_headers as r; "
        "assert r.SesHeaders(dkim_domains=('acme.example',)).aligned('a@acme.example'); "
        "assert 'publicsuffixlist' not in sys.modules; "
        "assert r.SesHeaders(dkim_domains=('m.acme.example',)).aligned('a@acme.example'); "
        "assert 'publicsuffixlist' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
