"""Runs Postfix and Exim, each in its own folder, with the configuration of docs/mail-server-setup.md.

They listen on 127.0.0.1, and send from `OUTGOING`, the address that the receiving side allows. The configuration is
read from the page, so the tests test the page. Only these values are replaced: paths, the name and the port of the
receiving server, and the public address.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.system.debian import missing_here, unpack

PACKAGES = ("postfix", "exim4-daemon-light", "libnss-wrapper")
OUTGOING = "127.0.0.3"
FURTHER = ("benefits", "misspelt")
"""Mailboxes that are redirected beside those of the page; the system knows nothing of the last one."""
START_SECONDS = 60

ACCOUNTS = {"postfix": 64991, "postdrop": 64992, "Debian-exim": 64993}
"""Accounts that the packages would make. nss_wrapper shows them to the servers only; no system gives these ids out."""


class MailServer(ABC):
    """The client's mail server, for `acme.example`.

    Redirected emails go to the port `receiver` on localhost, all other emails of the domain to the port `inside`.
    """

    def __init__(self, folder: Path, receiver: int, inside: int, ca_file: Path) -> None:
        self.folder = folder
        self.receiver = receiver
        self.inside = inside
        self.ca_file = ca_file
        self.port = _free_port()
        self.programs = folder / "packages"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def configure(self) -> None:
        """Writes the configuration."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command that runs in the foreground until SIGTERM."""

    @abstractmethod
    def queue(self) -> str:
        """The queue as the server's own tool lists it; empty if no email waits."""

    @abstractmethod
    def flush(self) -> None:
        """Makes the server retry everything in its queue now."""

    @abstractmethod
    def log(self) -> str: ...

    def start(self) -> None:
        unpack(PACKAGES, self.programs)
        self.folder.chmod(0o755)  # readable by other users, because the servers change their user
        self._write_accounts()
        self.configure()
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                self.command(),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Postfix ends its process group
            )
        until = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            said = (self.folder / "output").read_text("utf-8", "replace")
            assert self._process.poll() is None, f"the server ended at once: {said}\n{self.log()}"
            assert time.monotonic() < until, f"the server does not listen: {said}\n{self.log()}"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def submit(self, message: bytes, sender: str, *recipients: str) -> None:
        """Submits an email as a program inside the company does."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            assert client.sendmail(sender, recipients, message, ["BODY=8BITMIME"]) == {}

    @property
    def environment(self) -> dict[str, str]:
        libraries = [self.programs / "usr/lib/postfix", *sorted((self.programs / "usr/lib").glob("*-linux-*"))]
        (wrapper,) = self.programs.glob("usr/lib/*/libnss_wrapper.so")
        return {
            "PATH": os.environ["PATH"],
            "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
            "LD_PRELOAD": str(wrapper),
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
        }

    def run(self, *command: str | Path) -> str:
        done = subprocess.run(
            list(map(str, command)), env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout.strip()

    def _write_accounts(self) -> None:
        users = [("root", 0), ("nobody", 65534), *ACCOUNTS.items()]
        (self.folder / "passwd").write_text("".join(f"{name}:x:{id_}:{id_}::/:/bin/false\n" for name, id_ in users))
        (self.folder / "group").write_text("".join(f"{name}:x:{id_}:\n" for name, id_ in users))


class Postfix(MailServer):
    """https://www.postfix.org/master.8.html. The queue is created as `postfix start` does."""

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    def configure(self) -> None:
        for name in ("etc", "log", "data", "queue"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", ACCOUNTS["postfix"], 0)
        for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"):
            self._queue_folder(name, 0, 0o700)
        for name in ("private", "saved", "trace"):
            self._queue_folder(name, 0, 0o700)
        self._queue_folder("maildrop", ACCOUNTS["postdrop"], 0o730)
        self._queue_folder("public", ACCOUNTS["postdrop"], 0o710)
        self._queue_folder("pid", 0, 0o755)
        replaced = {"/etc/postfix": str(self.etc)}
        for table in ("virtual", "transport"):
            text = documented("Postfix", f"`/etc/postfix/{table}`", {})
            if table == "virtual":
                text += "".join(f"{name}@acme.example {name}@in.acme.example\n" for name in FURTHER)
            else:
                text = replacing(text, {"email-channels:": f"email-channels:[127.0.0.1]:{self.receiver}"})
                text += f"acme.example    smtp:[127.0.0.1]:{self.inside}\n"
            (self.etc / table).write_text(text)
        (self.etc / "main.cf").write_text(self._own() + documented("Postfix", "`/etc/postfix/main.cf`", replaced))
        out = documented(
            "Postfix",
            "`/etc/postfix/master.cf`",
            {
                "inbound-smtp.eu-west-1.amazonaws.com": "localhost",
                "/etc/ssl/certs/ca-certificates.crt": str(self.ca_file),
                "192.0.2.10": OUTGOING,
            },
        )
        (self.etc / "master.cf").write_text(_MASTER.format(port=self.port) + out)
        postmap, *tables = documented("Postfix", "Then:", replaced).partition(" && ")[0].split()
        for table in tables:
            self.run(self.programs / "usr/sbin" / postmap, "-c", self.etc, f"hash:{table}")

    def command(self) -> list[str]:
        return [str(self.programs / "usr/lib/postfix/sbin/master"), "-c", str(self.etc), "-d"]

    def queue(self) -> str:
        return self.run(self.programs / "usr/sbin/postqueue", "-c", self.etc, "-j")

    def flush(self) -> None:
        self.run(self.programs / "usr/sbin/postqueue", "-c", self.etc, "-f")

    def log(self) -> str:
        file = self.folder / "log" / "mail.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def _queue_folder(self, name: str, group: int, mode: int) -> None:
        path = self.folder / "queue" / name
        path.mkdir()
        os.chown(path, 0 if name == "pid" else ACCOUNTS["postfix"], group)
        path.chmod(mode)

    def _own(self) -> str:
        return f"""compatibility_level = 3.6
myhostname = mail.acme.example
mydestination =
alias_maps =
relay_domains = acme.example
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
daemon_directory = {self.programs}/usr/lib/postfix/sbin
command_directory = {self.programs}/usr/sbin
shlib_directory = no
maillog_file = {self.folder}/log/mail.log
maillog_file_prefixes = {self.folder}/log
import_environment = MAIL_CONFIG LD_PRELOAD LD_LIBRARY_PATH NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
"""


class Exim(MailServer):
    """https://www.exim.org/exim-html-current/doc/html/spec_html/. The configuration is one file."""

    @property
    def _exim(self) -> list[str | Path]:
        return [self.programs / "usr/sbin/exim4", "-C", self.folder / "exim.conf"]

    def configure(self) -> None:
        spool = self.folder / "spool"
        spool.mkdir()
        os.chown(spool, ACCOUNTS["Debian-exim"], ACCOUNTS["Debian-exim"])
        mailboxes = self.folder / "email-channels"
        listed = documented("Exim", "`/etc/exim4/email-channels`", {})
        mailboxes.write_text(listed + "".join(f"{name}: {name}\n" for name in FURTHER))
        routers = documented(
            "Exim",
            "The routers",
            {
                "/etc/exim4/email-channels": str(mailboxes),
                "driver = dnslookup": "driver = manualroute\n  route_list = * localhost byname\n  self = send",
            },
        )
        transport = documented(
            "Exim",
            "The transport",
            {
                "driver = smtp": f"driver = smtp\n  port = {self.receiver}",
                "tls_verify_certificates = system": f"tls_verify_certificates = {self.ca_file}",
                "192.0.2.10": OUTGOING,
            },
        )
        main = self._own() + documented("Exim", "In the main section", {})
        inside = "inside:\n  driver = manualroute\n  domains = acme.example\n  route_list = * 127.0.0.1\n"
        inside += "  self = send\n  transport = inside_smtp\n"
        inside_smtp = f"inside_smtp:\n  driver = smtp\n  port = {self.inside}\n  hosts_avoid_tls = *\n"
        (self.folder / "exim.conf").write_text(
            f"{main}begin acl\ncheck:\n  accept\nbegin routers\n{routers}\n{inside}"
            f"begin transports\n{transport}\n{inside_smtp}begin retry\n* * F,4d,15m\n"
        )

    def command(self) -> list[str]:
        return [*map(str, self._exim), "-bdf"]

    def queue(self) -> str:
        return self.run(*self._exim, "-bp")

    def flush(self) -> None:
        self.run(*self._exim, "-qff")

    def log(self) -> str:
        return "".join(file.read_text("utf-8", "replace") for file in sorted(self.folder.glob("spool/*.log")))

    def _own(self) -> str:
        return f"""primary_hostname = mail.acme.example
daemon_smtp_ports = {self.port}
local_interfaces = 127.0.0.1
exim_path = {self.programs}/usr/sbin/exim4
keep_environment = LD_PRELOAD : LD_LIBRARY_PATH : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
deliver_drop_privilege
spool_directory = {self.folder}/spool
log_file_path = {self.folder}/spool/%s.log
pid_file_path = {self.folder}/spool/exim.pid
acl_smtp_rcpt = check
tls_advertise_hosts =
host_lookup =
"""


SERVERS = {"postfix": Postfix, "exim": Exim}


@contextmanager
def running(name: str, receiver: int, inside: int, ca_file: Path) -> Iterator[MailServer]:
    """Runs a server of this kind, in a folder that is deleted afterwards."""
    why_not = missing_here()
    assert why_not is None, f"real mail servers cannot be tried here: {why_not}"
    with tempfile.TemporaryDirectory(prefix=f"email-channels-{name}-") as made:
        folder = Path(made)
        trusted = shutil.copyfile(ca_file, folder / "ca.pem")
        trusted.chmod(0o644)
        server = SERVERS[name](folder, receiver, inside, trusted)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def documented(section: str, introduction: str, replaced: Mapping[str, str]) -> str:
    """The indented block of docs/mail-server-setup.md below the line that begins with `introduction`."""
    page = (ROOT / "docs" / "mail-server-setup.md").read_text("utf-8")
    part = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    after = part.partition(f"\n{introduction}")[2]
    block: list[str] = []
    for line in after.split("\n")[1:]:
        if line.startswith("    ") or (block and not line):
            block.append(line[4:])
        elif block:
            break
    text = "\n".join(block).strip("\n") + "\n"
    assert text.strip(), f"docs/mail-server-setup.md says nothing under {introduction} of {section}"
    return replacing(text, replaced)


def replacing(text: str, replaced: Mapping[str, str]) -> str:
    """The text with these words replaced. It must contain all of them."""
    for old, new in replaced.items():
        assert old in text, f"docs/mail-server-setup.md no longer says {old!r}"
        text = text.replace(old, new)
    return text


_MASTER = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            return client.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False
