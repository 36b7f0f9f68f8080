"""The certificate of the local SMTP server, and the certificate authority that signs it. Both are made by `trustme`.

Real mail programs refuse TLS that they cannot verify. They can verify the local server if they trust `ca_file`. The
authority is made at the first start and kept in the data directory, so a mail program has to be told only once to trust
it.
"""

import os
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.exceptions import InvalidSignature

_NAMES = ("localhost", "127.0.0.1", "::1")
_SERVER_VALIDITY = timedelta(days=397)
"""The longest that mail programs and browsers accept."""
_RENEW_BEFORE = timedelta(days=30)
_CLOCK_SKEW = timedelta(minutes=5)
"""The clocks of virtual machines differ a little."""


class Certificates:
    """The authority and the server certificate, loaded from `directory` or made there.

    Without a directory, they are in a temporary one until `close`. Raises OSError if the directory cannot be written.
    A file that cannot be used (half-written, signed by another authority, about to expire) is replaced.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="email-channels-ca-") if directory is None else None
        home = Path(self._temporary.name) if self._temporary else directory
        assert home is not None
        home.mkdir(parents=True, exist_ok=True)
        self.ca_file = home / "ca.pem"
        self._ca_key_file = home / "ca-key.pem"
        self._server_file = home / "server.pem"
        authority = self._load_authority() or self._make_authority()
        if not self._server_is_usable():
            self._make_server(authority)

    def server_context(self) -> ssl.SSLContext:
        """A TLS context for a server on localhost."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._server_file)
        return context

    def close(self) -> None:
        """Removes the temporary directory, if there is one."""
        if self._temporary:
            self._temporary.cleanup()

    def _load_authority(self) -> trustme.CA | None:
        """The authority that an earlier start made. None if there is none that can be used."""
        try:
            # Raises SSLError if the key is not that of the certificate.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.ca_file, self._ca_key_file)
            certificate = self.ca_file.read_bytes()
            if _expires_soon(x509.load_pem_x509_certificate(certificate)):
                return None
            return trustme.CA.from_pem(certificate, self._ca_key_file.read_bytes())
        except (FileNotFoundError, ssl.SSLError, ValueError):
            return None

    def _make_authority(self) -> trustme.CA:
        authority = trustme.CA(
            path_length=0,
            organization_name="Email Channels",
            organization_unit_name="Email Channels local certificate authority",
        )
        # The key first: a crash between the two leaves a pair that does not match, and the next start replaces both.
        _write(self._ca_key_file, authority.private_key_pem)
        _write(self.ca_file, authority.cert_pem)
        return authority

    def _server_is_usable(self) -> bool:
        try:
            certificate = x509.load_pem_x509_certificate(self._server_file.read_bytes())
            certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(self.ca_file.read_bytes()))
            self.server_context()
        except (FileNotFoundError, ssl.SSLError, ValueError, TypeError, InvalidSignature):
            return False
        return not _expires_soon(certificate)

    def _make_server(self, authority: trustme.CA) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)  # trustme takes UTC without a zone
        certificate = authority.issue_cert(
            *_NAMES,
            common_name="localhost",
            organization_name="Email Channels",
            organization_unit_name="Email Channels local SMTP server",
            not_before=now - _CLOCK_SKEW,
            not_after=now + _SERVER_VALIDITY,
        )
        _write(self._server_file, certificate.private_key_and_cert_chain_pem)


def _expires_soon(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_after_utc < datetime.now(UTC) + _RENEW_BEFORE


def _write(path: Path, content: trustme.Blob) -> None:
    """Writes the file completely or not at all. Only its owner can read it."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content.bytes())
    Path(name).replace(path)
