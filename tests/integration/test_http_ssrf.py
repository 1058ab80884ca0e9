"""What must not be reached is not reached: hostile URLs, redirects and DNS answers against real listeners.

The listeners sit on loopback addresses; only 127.0.0.2 may be fetched. A connection that reaches any other, even one
that sends nothing, fails the test. Names are answered by a resolver that the client is given, so nothing leaves this
machine.
"""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from support.sites import (
    OK,
    Names,
    Server,
    answering,
    client,
    needs_aliases,
    redirecting,
    routing,
    run,
    sending,
    serving,
)

from worker.errors import BlockedError, FetchError

pytestmark = needs_aliases
ALLOWED = "127.0.0.2/32"

# {v4} is a port of 127.0.0.3, {local} one of 127.0.0.1, {v6} one of ::1.
FORBIDDEN = [
    # the address itself, in every spelling of the URL standard's IPv4 parser
    "http://127.0.0.3:{v4}/",
    "http://127.0.0.3:{v4}",
    "HTTP://127.0.0.3:{v4}/",
    "http://127.3:{v4}/",
    "http://127.0.3:{v4}/",
    "http://2130706435:{v4}/",
    "http://0x7f000003:{v4}/",
    "http://0X7F.0.0.0x3:{v4}/",
    "http://0177.0.0.03:{v4}/",
    "http://017700000003:{v4}/",
    "http://127.0.0.3.:{v4}/",
    "http://127.1:{local}/",
    "http://0.0.0.0:{local}/",
    "http://0:{local}/",
    "http://0x0:{local}/",
    # the same in characters that become digits and dots
    "http://１２７.０.０.３:{v4}/",
    "http://①②⑦.⓪.⓪.③:{v4}/",
    "http://127。0。0。3:{v4}/",
    "http://127．0．0．3:{v4}/",
    # IPv6 addresses, and those with an IPv4 address inside
    "http://[::1]:{v6}/",
    "http://[0:0:0:0:0:0:0:1]:{v6}/",
    "http://[::0001]:{v6}/",
    "http://[::]:{v6}/",
    "http://[::1%25lo]:{v6}/",
    "http://[::ffff:127.0.0.3]:{v4}/",
    "http://[::ffff:7f00:3]:{v4}/",
    "http://[0:0:0:0:0:FFFF:7F00:0003]:{v4}/",
    "http://[::ffff:127.0.0.3%25lo]:{v4}/",
    "http://[::ffff:0.0.0.0]:{local}/",
    "http://[::127.0.0.3]:{v4}/",
    "http://[64:ff9b::7f00:3]:{v4}/",
    "http://[64:ff9b:1::7f00:3]:{v4}/",
    "http://[2002:7f00:3::]:{v4}/",
    "http://[2001:0:7f00:3::]:{v4}/",
    "http://[fe80::1%25lo]:{v6}/",
    # names, whatever their answer looks like
    "http://localhost:{local}/",
    "http://LOCALHOST.:{local}/",
    "http://forbidden.example:{v4}/",
    "http://FORBIDDEN.example.:{v4}/",
    "http://forbidden。example:{v4}/",
    "http://six.example:{v6}/",
    "http://mixed.example:{v4}/",
    "http://mixed-last.example:{v4}/",
    "http://mapped.example:{v4}/",
    "http://compatible.example:{v4}/",
    "http://nat64.example:{v4}/",
    "http://sixtofour.example:{v4}/",
    "http://scoped.example:{v6}/",
    "http://unspecified.example:{local}/",
    "http://nonsense.example:{v4}/",
    # URLs that two parsers may read in two ways
    "http://reader@127.0.0.3:{v4}/",
    "http://reader:secret@127.0.0.3:{v4}/",
    "http://127.0.0.2@127.0.0.3:{v4}/",
    "http://127.0.0.2:80@127.0.0.3:{v4}/",
    "http://127.0.0.2%40127.0.0.3:{v4}/",
    "http://127.0.0.2\\@127.0.0.3:{v4}/",
    "http://127.0.0.3:{v4}\\@127.0.0.2/",
    "http://127.0.0.3%00.example:{v4}/",
    "http://127.0.0.3%2f.example:{v4}/",
    "http://127.0.0.3\t:{v4}/",
    "http://allowed.example:80:{v4}/",
    # what is no web address at all
    "https+unix://127.0.0.3:{v4}/",
    "ftp://127.0.0.3:{v4}/",
    "gopher://127.0.0.3:{v4}/_GET%20/",
    "dict://127.0.0.3:{v4}/d:sample",
    "ldap://127.0.0.3:{v4}/",
    "ws://127.0.0.3:{v4}/",
    "jar:http://127.0.0.3:{v4}!/",
    "view-source:http://127.0.0.3:{v4}/",
    "file:///etc/hostname",
]


def names() -> Names:
    return Names(
        localhost=[["127.0.0.1"]],
        allowed_example=[["127.0.0.2"]],
        forbidden_example=[["127.0.0.3"]],
        six_example=[["::1"]],
        mixed_example=[["127.0.0.3", "127.0.0.2"]],
        **{"mixed-last_example": [["127.0.0.2", "127.0.0.2", "127.0.0.3"]]},
        mapped_example=[["::ffff:127.0.0.3"]],
        compatible_example=[["::127.0.0.3"]],
        nat64_example=[["64:ff9b::7f00:3"]],
        sixtofour_example=[["2002:7f00:3::"]],
        scoped_example=[["::1%lo"]],
        unspecified_example=[["0.0.0.0"]],
        nonsense_example=[["127.0.0.2", "127.0.0.3\n"]],
    )


@dataclass
class Traps:
    """Listeners that nobody may come to."""

    servers: dict[str, Server]

    def url(self, template: str) -> str:
        return template.format(**{name: server.port for name, server in self.servers.items()})

    @property
    def connections(self) -> int:
        return sum(server.connections for server in self.servers.values())


def _has_v6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@asynccontextmanager
async def traps():
    hosts = {"v4": "127.0.0.3", "local": "127.0.0.1", "v6": "::1" if _has_v6() else "127.0.0.1"}
    async with AsyncExitStack() as stack:
        open_ones = {
            name: await stack.enter_async_context(serving(answering("200 OK", body=b"secret"), host))
            for name, host in hosts.items()
        }
        yield Traps(open_ones)


@run
async def test_the_traps_can_be_reached_where_they_are_allowed():
    """Else the tests below would prove nothing."""
    async with traps() as trap, client("127.0.0.0/8", "::1") as http:
        for template in ("http://127.0.0.3:{v4}/", "http://127.1:{local}/", "http://[::ffff:127.0.0.3]:{v4}/"):
            assert (await http.get(trap.url(template), accept_status=OK)).body == b"secret"
    assert trap.connections == 3


@pytest.mark.parametrize("template", FORBIDDEN)
@run
async def test_no_url_leads_to_a_forbidden_address(template):
    async with traps() as trap, client(ALLOWED, resolve=names()) as http:
        with pytest.raises(BlockedError, match="refused"):
            await http.get(trap.url(template), accept_status=OK)
        assert trap.connections == 0


# Relative to a page, these are URLs too; browsers read all of them as another host's.
BENT = [
    "//127.0.0.3:{v4}/",
    "///127.0.0.3:{v4}/",
    "\\\\127.0.0.3:{v4}\\",
    "/\\127.0.0.3:{v4}/",
    "http:\\\\127.0.0.3:{v4}/",
    "http:/127.0.0.3:{v4}/",
    "http:127.0.0.3:{v4}/",
    " http://127.0.0.3:{v4}/",
    "http://127.0.0.3:{v4}/ http://127.0.0.2/",
    "http://127.0.0.2#@127.0.0.3:{v4}/",
    "http://127.0.0.2?@127.0.0.3:{v4}/",
    "http://127.0.0.2;@127.0.0.3:{v4}/",
]


@pytest.mark.parametrize("template", [*FORBIDDEN, *BENT])
@pytest.mark.parametrize("status", ["301 Moved Permanently", "307 Temporary Redirect"])
@run
async def test_no_redirect_leads_to_a_forbidden_address(template, status):
    async with traps() as trap:
        location = trap.url(template).replace("\t", "").encode()
        wire = b"HTTP/1.1 %s\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status.encode(), location)
        async with serving(sending(wire), "127.0.0.2") as server, client(ALLOWED, resolve=names()) as http:
            with pytest.raises(FetchError):
                await http.get(server.url(), accept_status=OK)
        assert server.connections >= 1
        assert trap.connections == 0


@pytest.mark.parametrize("template", BENT)
@run
async def test_no_url_that_is_none_leads_there_either(template):
    async with traps() as trap, client(ALLOWED, resolve=names()) as http:
        with pytest.raises(FetchError):
            await http.get(trap.url(template), accept_status=OK)
        assert trap.connections == 0


# --- names that change their answer -------------------------------------------------------------------------------


@run
async def test_a_name_that_changes_its_address_between_check_and_connection_gains_nothing():
    rebinding = Names(rebinding_example=[["127.0.0.2"], ["127.0.0.3"]])
    async with (
        serving(answering("200 OK", body=b"checked"), "127.0.0.2") as server,
        client(ALLOWED, resolve=rebinding) as http,
    ):
        url = server.url(host="rebinding.example")
        assert (await http.get(url, accept_status=OK)).body == b"checked"
        assert rebinding.asked == ["rebinding.example"]
        with pytest.raises(BlockedError, match=r"resolves to 127\.0\.0\.3"):
            await http.get(url, accept_status=OK)
    assert rebinding.asked == ["rebinding.example"] * 2
    assert server.connections == 1


@run
async def test_a_name_that_changes_with_every_answer_is_resolved_once_for_every_connection():
    async with traps() as trap:
        # the port of the trap, so that a second resolution would find it
        port = trap.servers["v4"].port
        answers = [["127.0.0.2"], ["127.0.0.3"]] * 10
        rebinding = Names(rebinding_example=answers)
        async with client(ALLOWED, resolve=rebinding) as http:
            for _ in answers:
                with pytest.raises(FetchError):
                    await http.get(f"http://rebinding.example:{port}/", accept_status=OK)
        assert len(rebinding.asked) == len(answers)
        assert trap.connections == 0


@run
async def test_a_redirect_to_its_own_name_is_resolved_and_checked_again():
    rebinding = Names(rebinding_example=[["127.0.0.2"], ["127.0.0.3"]])
    answer = routing(start=redirecting("/end"), end=answering("200 OK", body=b"secret"))
    async with serving(answer, "127.0.0.2") as server, client(ALLOWED, resolve=rebinding) as http:
        with pytest.raises(BlockedError, match=r"resolves to 127\.0\.0\.3"):
            await http.get(server.url("/start", host="rebinding.example"), accept_status=OK)
    assert server.connections == 1


@run
async def test_an_open_connection_serves_only_the_name_it_was_checked_for():
    """Another name on the same address and port is resolved and checked by itself."""
    keeps = sending(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    async with serving(keeps, "127.0.0.2") as server, client(ALLOWED, resolve=names()) as http:
        await http.get(server.url(host="allowed.example"), accept_status=OK)
        with pytest.raises(BlockedError):
            await http.get(server.url(host="forbidden.example"), accept_status=OK)
    assert server.connections == 1
