"""The certificates of the local SMTP server."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from local.smtp.certificates import Certificates


def handshake(certificates: Certificates, host: str) -> ssl.SSLObject:
    """A TLS handshake in memory, with a client that trusts only the authority and checks strictly."""
    client_context = ssl.create_default_context(cafile=str(certificates.ca_file))
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=host)
    server = certificates.server_context().wrap_bio(to_server, to_client, server_side=True)
    waiting = [client, server]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    assert not waiting
    return client


def test_local_names(tmp_path: Path) -> None:
    """A strict client that trusts the authority accepts each local name."""
    certificates = Certificates(tmp_path)
    for host in ("localhost", "127.0.0.1", "::1"):
        assert handshake(certificates, host).version() in ("TLSv1.2", "TLSv1.3")


def test_kept(tmp_path: Path) -> None:
    """The next start uses the same certificates."""
    Certificates(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    Certificates(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert sorted(before) == ["ca-key.pem", "ca.pem", "server.pem"]


def test_key_permissions(tmp_path: Path) -> None:
    """Only the owner can read the keys."""
    Certificates(tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_damaged_certificate(tmp_path: Path) -> None:
    """A damaged server certificate is replaced, by the same authority."""
    authority = Certificates(tmp_path).ca_file.read_bytes()
    server = tmp_path / "server.pem"
    server.write_bytes(server.read_bytes()[:100])
    certificates = Certificates(tmp_path)
    assert certificates.ca_file.read_bytes() == authority
    assert handshake(certificates, "localhost")


def test_renewal(tmp_path: Path) -> None:
    """The same authority renews a certificate that expires soon, for longer than a month."""
    Certificates(tmp_path)
    authority = trustme.CA.from_pem((tmp_path / "ca.pem").read_bytes(), (tmp_path / "ca-key.pem").read_bytes())
    soon = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=20)
    expiring = authority.issue_cert("localhost", not_after=soon)
    (tmp_path / "server.pem").write_bytes(expiring.private_key_and_cert_chain_pem.bytes())

    peer = handshake(Certificates(tmp_path), "localhost").getpeercert()

    assert peer is not None
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(peer["notAfter"])), UTC)
    assert timedelta(days=390) < ends - datetime.now(UTC) < timedelta(days=398)


def test_key_without_authority(tmp_path: Path) -> None:
    """A key without its authority comes from an interrupted start: all files are made again."""
    authority = Certificates(tmp_path).ca_file.read_bytes()
    (tmp_path / "ca-key.pem").write_bytes((Certificates(tmp_path / "other").ca_file.parent / "ca-key.pem").read_bytes())
    certificates = Certificates(tmp_path)
    assert certificates.ca_file.read_bytes() != authority
    assert handshake(certificates, "localhost")


def test_without_directory() -> None:
    """Without a directory the certificates are deleted at the end."""
    certificates = Certificates()
    assert handshake(certificates, "localhost")
    certificates.close()
    assert not certificates.ca_file.parent.exists()
