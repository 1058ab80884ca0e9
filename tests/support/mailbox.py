"""An SMTP server on loopback (RFC 5321, with AUTH of RFC 4954), as far as a mail client needs one."""

from __future__ import annotations

import base64
import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """Takes mail from who knows `password`; `refuses` is the answer to who wants to send, "" where it is welcome.

    With `hang` nobody is greeted before that is set; so many came and were made to wait.
    """

    password: str
    port: int = 0
    refuses: str = ""
    hang: threading.Event | None = None
    waiting: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    recipients: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    @property
    def box(self) -> Mailbox:
        return self.server.box

    def say(self, line: str) -> None:
        self.wfile.write(line.encode("ascii") + b"\r\n")

    def handle(self) -> None:
        if self.box.hang is not None:
            with self.box.lock:
                self.box.waiting += 1
            self.box.hang.wait(60)
        self.say("220 mailbox ready")
        while line := self.rfile.readline():
            words = line.decode("ascii", "replace").split()
            verb = words[0].upper() if words else ""
            if verb == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"on_{verb.lower()}", self.unknown)(words)

    def unknown(self, _words: list[str]) -> None:
        self.say("502 not here")

    def on_ehlo(self, _words: list[str]) -> None:
        self.say("250-mailbox")
        self.say("250 AUTH PLAIN")

    def on_auth(self, words: list[str]) -> None:
        given = base64.b64decode(words[2]).split(b"\0")[-1].decode()
        self.say("235 welcome" if given == self.box.password else f"535 no, not with {given}")

    def on_mail(self, _words: list[str]) -> None:
        self.say(self.box.refuses or "250 go on")

    def on_rcpt(self, words: list[str]) -> None:
        self.box.recipients.append(words[1].partition(":")[2].strip("<>"))
        self.say("250 go on")

    def on_rset(self, _words: list[str]) -> None:
        self.say("250 forgotten")

    def on_data(self, _words: list[str]) -> None:
        self.say("354 end with a dot")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.box.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.say("250 kept")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    box: Mailbox


@contextlib.contextmanager
def receiving_mail(password: str) -> Iterator[Mailbox]:
    """A mailbox on a port of its own."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.box = Mailbox(password=password, port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.box
        finally:
            server.shutdown()
            thread.join()
