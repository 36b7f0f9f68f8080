"""A certificate authority of the local stack's own, and the certificate of its SMTP server.

Real mail programs refuse TLS that they cannot verify; with `ca_file` in their trust store they can. The authority is
made at the first start and kept in the data directory, so that a program that trusts it once trusts it for good.
Extensions are complete enough for `ssl.VERIFY_X509_STRICT`, which Python 3.13 turns on by default (RFC 5280, 4.2).
"""

import datetime
import ipaddress
import os
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CA_DAYS = 3650
_SERVER_DAYS = 397  # the longest that mail programs and browsers accept
_RENEW_BEFORE_DAYS = 30
_DNS_NAMES = ("localhost",)
_ADDRESSES = ("127.0.0.1", "::1")


class Certificates:
    """The authority and the server certificate, loaded from `directory` or made there.

    Without a directory they live in a temporary one until `close`. Raises OSError where the directory cannot be
    written. What is there but cannot be used (half-written, foreign, expired) is made anew.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="email-channels-ca-") if directory is None else None
        home = Path(self._temporary.name) if self._temporary else directory
        assert home is not None
        home.mkdir(parents=True, exist_ok=True)
        self.ca_file = home / "ca.pem"
        self._ca_key_file = home / "ca-key.pem"
        self._server_file = home / "server.pem"
        ca = self._load_authority()
        if ca is None:
            ca = self._make_authority()
        if not self._server_is_usable(ca[0]):
            self._make_server(*ca)

    def server_context(self) -> ssl.SSLContext:
        """A TLS context for a server on localhost."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._server_file)
        return context

    def close(self) -> None:
        """Removes the temporary directory, if it was one."""
        if self._temporary:
            self._temporary.cleanup()

    def _load_authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
        try:
            certificate = x509.load_pem_x509_certificate(self.ca_file.read_bytes())
            key = serialization.load_pem_private_key(self._ca_key_file.read_bytes(), None)
        except (FileNotFoundError, ValueError):
            return None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
            return None
        return None if _expires_soon(certificate) else (certificate, key)

    def _make_authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Email Channels local certificate authority")
        certificate = (
            _builder(name, name, key, _CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        # The key first: a crash in between leaves a pair that does not match, which the next start makes anew.
        _write(self._ca_key_file, _pem(key))
        _write(self.ca_file, certificate.public_bytes(serialization.Encoding.PEM))
        return certificate, key

    def _server_is_usable(self, ca: x509.Certificate) -> bool:
        try:
            pem = self._server_file.read_bytes()
            certificate = x509.load_pem_x509_certificate(pem)
            key = serialization.load_pem_private_key(pem, None)
            certificate.verify_directly_issued_by(ca)
        except (FileNotFoundError, ValueError, TypeError, InvalidSignature):
            return False
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key.public_key() == certificate.public_key() and not _expires_soon(certificate)

    def _make_server(self, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in _DNS_NAMES]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES]
        certificate = (
            _builder(_name("localhost"), ca.subject, key, _SERVER_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        _write(self._server_file, _pem(key) + certificate.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))  # clocks of virtual machines differ a little
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _expires_soon(certificate: x509.Certificate) -> bool:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=_RENEW_BEFORE_DAYS)
    return certificate.not_valid_after_utc < soon


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and readable by its owner only (the authority's certificate needs no more either)."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).replace(path)
