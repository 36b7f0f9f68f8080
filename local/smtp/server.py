"""The SMTP server: SES's endpoint for receiving, with one port for STARTTLS and one for implicit TLS."""

import asyncio
import errno
import logging
import ssl
import threading
import weakref
from typing import TYPE_CHECKING

from local.errors import UserError
from local.smtp.certificates import Certificates
from local.smtp.receiving_endpoint import ReceivingEndpoint
from local.smtp.session import SmtpSession

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ses import SESClient

_HOST = "127.0.0.1"


class SmtpServer:
    """Receives emails by the receipt filters and the active rule set of SES, and stores them in S3.

    A port of 0 means any free port. After `start`, the attributes hold the real numbers.
    """

    def __init__(
        self,
        *,
        s3: "S3Client",
        ses: "SESClient",
        region: str,
        certificates: Certificates,
        smtp_port: int = 0,
        smtps_port: int = 0,
    ) -> None:
        self.smtp_port = smtp_port
        self.smtps_port = smtps_port
        self._certificates = certificates
        self._hostname = f"inbound-smtp.{region}.amazonaws.com"
        self._endpoint = ReceivingEndpoint(s3, ses, region)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._servers: list[asyncio.Server] = []
        self._sessions: weakref.WeakSet[SmtpSession] = weakref.WeakSet()

    def start(self) -> None:
        """Listens on both ports. Raises UserError if a port is in use or cannot be opened."""
        # aiosmtpd would log every address and command there.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="smtp", daemon=True)
        self._thread.start()
        try:
            self.smtp_port = self._listen(self.smtp_port, "--smtp-port", implicit_tls=False)
            self.smtps_port = self._listen(self.smtps_port, "--smtps-port", implicit_tls=True)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Closes the ports and all connections. A message that is being stored is stored first."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    def idle(self) -> bool:
        """Whether no message is being received or stored."""
        return self._endpoint.under_way == 0

    def _listen(self, port: int, option: str, *, implicit_tls: bool) -> int:
        assert self._loop is not None
        context = self._certificates.server_context()
        opening = self._open(port, context, implicit_tls=implicit_tls)
        try:
            server = asyncio.run_coroutine_threadsafe(opening, self._loop).result()
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
            raise UserError(f"Port {port} {why}: choose another with {option}, or 0 for any free one.") from error
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _open(self, port: int, context: ssl.SSLContext, *, implicit_tls: bool) -> asyncio.Server:
        loop = asyncio.get_running_loop()

        def session() -> SmtpSession:
            new = SmtpSession(
                self._endpoint, hostname=self._hostname, tls_context=None if implicit_tls else context, loop=loop
            )
            self._sessions.add(new)
            return new

        return await loop.create_server(session, _HOST, port, ssl=context if implicit_tls else None)

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()
        for session in list(self._sessions):
            if session.transport is not None:
                session.transport.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_default_executor()
        await asyncio.sleep(0.01)  # transports close their sockets in callbacks
