"""Which addresses may be connected to. The expected words are those of the RFCs and cloud manuals, not of the code."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import BlockedError, ConfigError
from worker.fetch.addresses import _TABLE, check_connection, parse_allow, refusal

FORBIDDEN = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "this network"),
    ("10.0.0.0", "RFC 1918"),
    ("10.255.255.255", "RFC 1918"),
    ("100.64.0.0", "RFC 6598"),
    ("100.127.255.255", "RFC 6598"),
    ("100.100.100.200", "metadata"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("168.63.129.16", "Azure"),
    ("169.254.0.1", "link-local"),
    ("169.254.169.254", "metadata"),
    ("169.254.170.2", "metadata"),
    ("172.16.0.1", "RFC 1918"),
    ("172.31.255.255", "RFC 1918"),
    ("192.0.0.8", "RFC 6890"),
    ("192.0.0.192", "metadata"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4"),
    ("192.168.1.1", "RFC 1918"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "benchmarking"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.7", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::1%lo", "loopback"),
    ("::7f00:1", "loopback"),
    ("::10.0.0.1", "RFC 1918"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:a9fe:a9fe", "metadata"),
    ("::ffff:192.168.0.1%eth0", "RFC 1918"),
    ("::ffff:0:7f00:1", "unassigned"),
    ("64:ff9b::7f00:1", "NAT64"),
    ("64:ff9b::808:808", "NAT64"),
    ("64:ff9b:1::a00:1", "NAT64"),
    ("100::1", "discard"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
    ("2001:2::1", "benchmarking"),
    ("2001:10::1", "protocol assignments"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::", "6to4"),
    ("3fff:fff::1", "documentation"),
    ("4000::1", "unassigned"),
    ("5f00::1", "segment routing"),
    ("fc00::1", "unique local"),
    ("fd00:ec2::254", "metadata"),
    ("fd20:ce::254", "metadata"),
    ("fdff::1", "unique local"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("localhost", "no IP address"),
    ("", "no IP address"),
]

PERMITTED = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize(("address", "word"), FORBIDDEN)
def test_forbidden_addresses_are_refused_by_name(address, word):
    why = refusal(address, allow=())
    assert why is not None
    assert word in why


@pytest.mark.parametrize("address", PERMITTED)
def test_public_addresses_are_not_refused(address):
    assert refusal(address, allow=()) is None


@given(st.ip_addresses())
def test_what_the_registries_call_not_global_is_refused(address):
    # is_global is Python's own reading of the same registries; ours may be stricter, never laxer
    if not address.is_global and getattr(address, "ipv4_mapped", None) is None:
        embedded = int(address) >> 32 == 0 and address.version == 6
        assert embedded or refusal(str(address), allow=()) is not None


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_judged_alike(address):
    assert refusal(f"::ffff:{address}", allow=()) == refusal(str(address), allow=())


@pytest.mark.parametrize(
    ("address", "cidr"),
    [
        ("10.0.0.5", "10.0.0.0/8"),
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.0/8"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.0/104"),
        ("fe80::1%eth0", "fe80::/10"),
        ("fd00:ec2::254", "fc00::/7"),
    ],
)
def test_allow_opens_what_it_names(address, cidr):
    assert refusal(address, allow=()) is not None
    assert refusal(address, allow=parse_allow([cidr])) is None


def test_allow_opens_nothing_else():
    allow = parse_allow(["127.0.0.2/32", "fd12::/16"])
    assert refusal("127.0.0.3", allow=allow) is not None
    assert refusal("fd13::1", allow=allow) is not None
    assert refusal("10.0.0.1", allow=allow) is not None


def test_allow_takes_addresses_and_ranges_with_host_bits():
    assert parse_allow(["10.1.2.3/16", "::1"]) == (ip_network("10.1.0.0/16"), ip_network("::1/128"))


def test_a_wrong_range_is_named_with_its_place():
    with pytest.raises(ConfigError) as caught:
        parse_allow(["10.0.0.0/8", "localhost"])
    assert caught.value.where == "network.allow[1]"
    assert '"localhost"' in str(caught.value)


def test_a_refused_name_says_what_it_resolves_to_and_the_mend():
    with pytest.raises(BlockedError) as caught:
        check_connection("intranet.example", 80, ["10.0.0.5"], allow=())
    assert str(caught.value) == (
        "refused: intranet.example resolves to 10.0.0.5, a private address (RFC 1918); "
        "name it in [network] allow if you mean it"
    )


def test_a_refused_address_is_not_said_to_resolve():
    with pytest.raises(BlockedError, match=r"^refused: 10\.0\.0\.5 is a private address"):
        check_connection("10.0.0.5", 80, ["10.0.0.5"], allow=())


def test_one_forbidden_address_among_public_ones_forbids_the_host():
    with pytest.raises(BlockedError, match=r"127\.0\.0\.1"):
        check_connection("mixed.example", 443, ["1.1.1.1", "127.0.0.1"], allow=())


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 8080, 65535])
def test_public_addresses_are_fetched_on_web_ports_only(port):
    with pytest.raises(BlockedError, match=f"port {port} of example.org"):
        check_connection("example.org", port, ["1.1.1.1"], allow=())


def test_web_ports_of_public_addresses_are_open():
    check_connection("example.org", 80, ["1.1.1.1", "2606:4700::1111"], allow=())
    check_connection("example.org", 443, ["1.1.1.1"], allow=())


def test_any_port_is_open_where_allow_names_the_address():
    allow = parse_allow(["127.0.0.0/8", "1.1.1.1"])
    check_connection("newswire.example", 8080, ["127.0.0.1", "1.1.1.1", "::ffff:127.0.0.1"], allow=allow)
    with pytest.raises(BlockedError, match="port 8080"):
        check_connection("newswire.example", 8080, ["127.0.0.1", "9.9.9.9"], allow=allow)


def test_no_line_of_the_table_is_hidden_by_an_earlier_one():
    # a narrow range that stood after the wide one around it would never be named
    for position, (network, _) in enumerate(_TABLE):
        earlier = [other for other, _ in _TABLE[:position] if other.version == network.version]
        assert not any(network.subnet_of(other) for other in earlier)
