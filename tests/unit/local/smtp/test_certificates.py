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


def test_a_strict_client_that_trusts_the_authority_accepts_each_local_name(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    for host in ("localhost", "127.0.0.1", "::1"):
        assert handshake(certificates, host).version() in ("TLSv1.2", "TLSv1.3")


def test_the_next_start_has_the_same_certificates(tmp_path: Path) -> None:
    Certificates(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    Certificates(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert sorted(before) == ["ca-key.pem", "ca.pem", "server.pem"]


def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    Certificates(tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_damaged_server_certificate_is_made_anew_by_the_same_authority(tmp_path: Path) -> None:
    authority = Certificates(tmp_path).ca_file.read_bytes()
    server = tmp_path / "server.pem"
    server.write_bytes(server.read_bytes()[:100])
    certificates = Certificates(tmp_path)
    assert certificates.ca_file.read_bytes() == authority
    assert handshake(certificates, "localhost")


def test_a_server_certificate_that_expires_soon_is_renewed(tmp_path: Path) -> None:
    """By the same authority, and for more than the month in which it would be renewed again."""
    Certificates(tmp_path)
    authority = trustme.CA.from_pem((tmp_path / "ca.pem").read_bytes(), (tmp_path / "ca-key.pem").read_bytes())
    soon = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=20)
    expiring = authority.issue_cert("localhost", not_after=soon)
    (tmp_path / "server.pem").write_bytes(expiring.private_key_and_cert_chain_pem.bytes())

    peer = handshake(Certificates(tmp_path), "localhost").getpeercert()

    assert peer is not None
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(peer["notAfter"])), UTC)
    assert timedelta(days=390) < ends - datetime.now(UTC) < timedelta(days=398)


def test_a_key_without_its_authority_is_a_start_that_broke_off_and_all_is_made_anew(tmp_path: Path) -> None:
    authority = Certificates(tmp_path).ca_file.read_bytes()
    (tmp_path / "ca-key.pem").write_bytes((Certificates(tmp_path / "other").ca_file.parent / "ca-key.pem").read_bytes())
    certificates = Certificates(tmp_path)
    assert certificates.ca_file.read_bytes() != authority
    assert handshake(certificates, "localhost")


def test_without_a_directory_they_are_gone_after_closing() -> None:
    certificates = Certificates()
    assert handshake(certificates, "localhost")
    certificates.close()
    assert not certificates.ca_file.parent.exists()
