"""One SMTP session of SES's endpoint, based on aiosmtpd.

What is different from aiosmtpd, and why:
- DATA is read here. It accepts long lines (programs send 100 KB of HTML in one line) and bare line feeds (Python's
  smtplib sends bytes as they are), keeps every byte, and does not turn 40 MB into half a million line objects.
- XCLIENT (https://www.postfix.org/XCLIENT_README.html) sets the client's address, so that tests can use any address.
- Blocked clients, and clients that must use TLS first, are refused at MAIL (554, 530) and at every later RCPT and DATA.
  A refusal at the greeting would be too early, because XCLIENT comes later. After a refusal at EHLO, smtplib would not
  report the reason clearly.
"""

import asyncio
import ipaddress
import logging
import re
import ssl
from collections import defaultdict

from aiosmtpd.smtp import SMTP, Envelope, Session

from local.smtp.receiving_endpoint import ReceivedMessage, ReceivingEndpoint

logger = logging.getLogger(__name__)

MOST_BYTES = 40 * 1024 * 1024
_CHUNK = 256 * 1024
_LONGEST_COMMAND = 4096  # bytes; RFC 5321 section 4.5.3.1.4 asks for 512, SMTPUTF8 and long addresses for more
_TERMINATOR = b"\r\n.\r\n"
# A dot that the sender doubled at the start of a line (RFC 5321 section 4.5.2). Only CRLF ends a line, but smtplib also
# doubles a dot after a bare line feed. There, a dot is removed only if two follow each other: a single one was not
# doubled.
_STUFFED = re.compile(rb"(?:\A|(?<=\r\n))\.|(?<=[^\r]\n)\.(?=\.)")
_XCLIENT_ATTRIBUTES = frozenset({"NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT"})
_UNKNOWN_VALUES = frozenset({"[UNAVAILABLE]", "[TEMPUNAVAIL]"})


class SmtpSession(SMTP):
    """A connection. `tls_context` is for STARTTLS. It is None on the port with implicit TLS."""

    line_length_limit = _CHUNK  # the size of the stream's buffer; lines in DATA may be longer

    def __init__(
        self,
        endpoint: ReceivingEndpoint,
        *,
        hostname: str,
        tls_context: ssl.SSLContext | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            _Hooks(),
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="ESMTP Email Channels, local",
            tls_context=tls_context,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=loop,
        )
        # aiosmtpd shares this table between all sessions, and empties it when a session starts.
        self.command_size_limits = defaultdict(lambda: _LONGEST_COMMAND)
        self.endpoint = endpoint
        self.refused: str | None = None
        self._xclient_address: str | None = None
        self._xclient_name: str | None = None

    @property
    def client_address(self) -> str:
        """The address that XCLIENT gave, else the peer's. It stays valid after STARTTLS, which restarts the session."""
        if self._xclient_address:
            return self._xclient_address
        assert self.transport is not None
        return str(self.transport.get_extra_info("peername")[0])

    @property
    def client_name(self) -> str | None:
        """The client's host name, as a reverse lookup would return it; None if it finds none."""
        return self._xclient_name or ("localhost" if self._xclient_address is None else None)

    @property
    def encrypted(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is not None

    async def smtp_XCLIENT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd finds commands by name
        """Reads ADDR, NAME and HELO, and ignores Postfix's other attributes. The HELO before it stays valid."""
        if self.envelope is not None and self.envelope.mail_from:
            await self.push("503 5.5.1 Mail transaction in progress")
            return
        try:
            given = _xclient_attributes(arg or "")
            address = _address(given["ADDR"]) if "ADDR" in given else self._xclient_address
        except ValueError as error:
            await self.push(f"501 5.5.4 Bad XCLIENT: {error}")
            return
        self._xclient_address = address
        self._xclient_name = given.get("NAME", self._xclient_name)
        if "HELO" in given and self.session is not None:
            self.session.host_name = given["HELO"]
        self.refused = None
        await self.push(f"220 {self.hostname} ESMTP Email Channels, local")

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        if not await self._refused_before():
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        if await self.check_helo_needed() or await self._refused_before():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        self.endpoint.count_message(1)
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            content = await self._read_content()
            if content is None:
                status = f"552 5.3.4 Message is larger than {MOST_BYTES} bytes"
            else:
                status = await self.endpoint.accept(self._received(self.envelope, content))
            self.envelope = self._create_envelope()
            await self.push(status)
        finally:
            self.endpoint.count_message(-1)

    def _received(self, envelope: Envelope, content: bytes) -> ReceivedMessage:
        assert self.session is not None
        return ReceivedMessage(
            envelope_from="" if envelope.mail_from in (None, "<>") else str(envelope.mail_from),
            recipients=tuple(envelope.rcpt_tos),
            helo=self.session.host_name or "",
            client_name=self.client_name,
            client_address=self.client_address,
            content=content,
        )

    async def _refused_before(self) -> bool:
        assert self.envelope is not None
        if self.refused and not self.envelope.mail_from:
            await self.push(self.refused)
            return True
        return False

    async def _read_content(self) -> bytes | None:
        """Everything before the final dot, with doubled dots removed. None if it is too large.

        The end is `.CRLF`, so each step reads up to the next `.CRLF`. It never reads beyond the end: the next command
        may follow there.
        """
        chunks: list[bytes] = []
        tail = b"\r\n"  # the end of the DATA command: an empty message is a dot right after it
        size = 0
        while True:
            try:
                chunk = await self._reader.readuntil(_TERMINATOR[2:])
                ends = (tail + chunk).endswith(_TERMINATOR)
            except asyncio.LimitOverrunError as error:
                chunk = await self._reader.read(error.consumed)
                ends = False
            self._reset_timeout()
            size += len(chunk)
            tail = (tail + chunk)[-len(_TERMINATOR) :]
            if size <= 2 * MOST_BYTES:  # at worst every second byte is a doubled dot
                chunks.append(chunk)
            else:
                chunks.clear()
            if ends:
                break
        if size > 2 * MOST_BYTES:
            return None
        content = _STUFFED.sub(b"", b"".join(chunks)[: -len(b".\r\n")])
        return content if len(content) <= MOST_BYTES else None


class _Hooks:
    """The callbacks of aiosmtpd. They use the session and its endpoint."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SmtpSession, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        server.refused = None
        offered = [line for line in responses[:-1] if not line.startswith("250-AUTH")]
        return [*offered, "250-PIPELINING", "250-XCLIENT NAME ADDR HELO", responses[-1]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SmtpSession, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        server.refused = await server.endpoint.client_refusal(server.client_address, encrypted=server.encrypted)
        if server.refused:
            return server.refused
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SmtpSession, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = await server.endpoint.recipient_refusal(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        logger.error("An SMTP session failed", exc_info=error)
        return f"451 4.3.0 Local error ({type(error).__name__}), try again later"


def _xclient_attributes(arg: str) -> dict[str, str]:
    """The attributes by upper-case name, without unknown values. Raises ValueError if they are malformed.

    A line break in a value is malformed too: no command of a client can contain one.
    """
    attributes = {}
    for word in arg.split():
        name, equals, value = word.partition("=")
        if not equals or name.upper() not in _XCLIENT_ATTRIBUTES:
            raise ValueError(f"attribute {name}")
        value = re.sub(r"\+([0-9A-Fa-f]{2})", lambda code: chr(int(code[1], 16)), value)  # xtext, RFC 3461 section 4
        if "\r" in value or "\n" in value:
            raise ValueError(f"attribute {name}")
        if value.upper() not in _UNKNOWN_VALUES:
            attributes[name.upper()] = value
    if not arg.strip():
        raise ValueError("no attribute")
    return attributes


def _address(value: str) -> str:
    return str(ipaddress.ip_address(re.sub(r"^IPV6:", "", value, flags=re.IGNORECASE)))
