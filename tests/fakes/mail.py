"""A mail server on loopback that keeps what it was given: the few words of SMTP that a client needs."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Post:
    port: int = 0
    messages: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuse: str = ""  # an address that is refused for now


class Talk(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        self.say("220 plant")
        self.sender, self.to = "", []
        while line := self.rfile.readline().decode().strip():
            self.say(getattr(self, line[:4].lower(), self.other)(line))

    def mail(self, line: str) -> str:
        self.sender, self.to = line[10:].split(">")[0].strip("<: "), []
        return "250 ok"

    def rcpt(self, line: str) -> str:
        self.to.append(line[8:].strip("<>: "))
        return "451 try later" if self.to[-1] == self.server.post.refuse else "250 ok"

    def data(self, line: str) -> str:
        self.say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.server.post.messages.append((self.sender, self.to, b"".join(lines)))
        return "250 kept"

    def quit(self, line: str) -> str:
        return "221 bye"

    def other(self, line: str) -> str:
        return "250 plant"

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.post = Post(self.server_address[1])


@contextmanager
def mail_server() -> Iterator[Post]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.post
        finally:
            server.shutdown()
            thread.join()
