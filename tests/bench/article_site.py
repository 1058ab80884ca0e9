"""A cheap site of news pages for the benchmark of articles; its CPU time is that of a process of its own.

    python tests/bench/article_site.py HOSTS [bare]

Prints its port on one line. Article N is `http://127.0.0.H:PORT/N.html`, H from 1 to HOSTS, for any N; `bare` ones have
nothing around them.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.article_pages import page, report  # noqa: E402  the line above says from where

_ROBOTS = b"User-agent: *\nDisallow: /search\nDisallow: /account/\nAllow: /\n"


class _Answers(asyncio.Protocol):
    def __init__(self, host: int, *, bare: bool) -> None:
        self._host, self._bare, self._received = host, bare, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            if path == "/robots.txt":
                self._answer(b"text/plain", _ROBOTS)
            else:
                number = int(path.strip("/").removesuffix(".html"))
                host, port = self._transport.get_extra_info("sockname")[:2]
                address = f"http://{host}:{port}{path}"
                self._answer(b"text/html; charset=utf-8", page(self._host, report(number), address, bare=self._bare))

    def _answer(self, kind: bytes, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (kind, len(body)) + body
        )


async def _serve(hosts: int, *, bare: bool) -> None:
    loop, port = asyncio.get_running_loop(), 0
    for host in range(1, hosts + 1):
        answers = partial(_Answers, host, bare=bare)
        server = await loop.create_server(answers, f"127.0.0.{host}", port, backlog=1024)
        port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), bare=sys.argv[2:] == ["bare"]))
