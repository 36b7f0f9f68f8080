"""Servers to which the client's mail server sends: the system, over a connection that tests can disturb, and others."""

from __future__ import annotations

import datetime
import selectors
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

_CHUNK = 65536


class Line:
    """A TCP port that forwards to another one on 127.0.0.1. Tests can forward it elsewhere, or close it.

    The other end sees the address of the client, or `source` if it is set.
    """

    def __init__(self, to: int) -> None:
        self.to: int | None = to
        self.source: str | None = None
        self.drop_answer_after: int | None = None
        """After a connection sent this number of bytes, it breaks instead of carrying the next answer. Happens once."""
        self._listener: socket.socket | None = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        self._accepting = self._serve(self._listener)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Within the block, refuses connections."""
        self._close()
        try:
            yield
        finally:
            self._listener = self._listen(self.port)
            self._accepting = self._serve(self._listener)

    @contextmanager
    def leading_to(self, port: int) -> Iterator[None]:
        """Within the block, forwards to another server."""
        before, self.to = self.to, port
        try:
            yield
        finally:
            self.to = before

    @contextmanager
    def coming_from(self, address: str) -> Iterator[None]:
        """Within the block, the other end sees this address as the client's."""
        self.source = address
        try:
            yield
        finally:
            self.source = None

    def close(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
            self._accepting.join()
            self._listener.close()
            self._listener = None

    @staticmethod
    def _listen(port: int) -> socket.socket:
        return socket.create_server(("127.0.0.1", port), backlog=50)

    def _serve(self, listener: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        thread.start()
        return thread

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, peer = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near, peer[0]), daemon=True).start()

    def _carry(self, near: socket.socket, peer: str) -> None:
        assert self.to is not None
        limit, out = self.drop_answer_after, 0
        with near, selectors.DefaultSelector() as ready:
            try:
                far = socket.create_connection(("127.0.0.1", self.to), source_address=(self.source or peer, 0))
            except OSError:
                return
            with far:
                ready.register(near, selectors.EVENT_READ, far)
                ready.register(far, selectors.EVENT_READ, near)
                while True:
                    for key, _ in ready.select():
                        assert isinstance(key.fileobj, socket.socket)
                        try:
                            data = key.fileobj.recv(_CHUNK)
                            if not data:
                                return
                            if key.fileobj is near:
                                out += len(data)
                            elif limit is not None and out >= limit:
                                self.drop_answer_after = None
                                return
                            key.data.sendall(data)
                        except OSError:
                            return


@dataclass(frozen=True)
class Taken:
    """An email that a receiver accepted."""

    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool


class Receiver:
    """An SMTP server that accepts every email. With a TLS context it requires STARTTLS."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.taken: list[Taken] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=tls, require_starttls=tls is not None
        )

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        encrypted = server.transport is not None and server.transport.get_extra_info("ssl_object") is not None
        sender = "" if envelope.mail_from in (None, "<>") else envelope.mail_from
        self.taken.append(Taken(sender, list(envelope.rcpt_tos), bytes(envelope.content), encrypted))
        return "250 OK"

    def about(self, word: str) -> list[Taken]:
        """The accepted emails that contain this word."""
        return [each for each in self.taken if word.encode() in each.content]

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        self._controller.start()
        try:
            yield self
        finally:
            self._controller.stop()


def context_of(name: str, ca_file: Path) -> ssl.SSLContext:
    """A TLS context for a server of this name. The authority of `ca_file` (its key lies there, too) signs the
    certificate."""
    authority = trustme.CA.from_pem(ca_file.read_bytes(), ca_file.with_name("ca-key.pem").read_bytes())
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)  # trustme needs a UTC time without zone
    certificate = authority.issue_cert(
        name,
        common_name=name,
        not_before=now - datetime.timedelta(minutes=5),
        not_after=now + datetime.timedelta(days=1),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
