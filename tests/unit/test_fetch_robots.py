"""robots.txt as RFC 9309 reads it; the examples are those of the RFC and its sections where one is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.fetch.robots import MAX_BYTES, permits, product_token, rules_for


def may(robots: str | bytes, target: str, name: str = "wirewatch") -> bool:
    body = robots if isinstance(robots, bytes) else robots.encode()
    return permits(rules_for(body, name), target)


@pytest.mark.parametrize(
    ("agent", "token"),
    [
        ("wirewatch/0.1.0 (+https://example.org/)", "wirewatch"),
        ("My-Newsroom/2 (+https://example.org/)", "my-newsroom"),
        ("desk", "desk"),
        ("(nobody)", ""),
        ("", ""),
    ],
)
def test_the_name_is_the_product_of_the_user_agent(agent, token):
    assert product_token(agent) == token


# RFC 9309, 5.1
SIMPLE = """\
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""


@pytest.mark.parametrize(
    ("token", "target", "allowed"),
    [
        ("wirewatch", "/", True),
        ("wirewatch", "/example/page.html", False),
        ("wirewatch", "/publications/a.gif", True),
        ("wirewatch", "/other/a.gif", False),
        ("wirewatch", "/other/a.gif?x", True),
        ("foobot", "/", False),
        ("foobot", "/example/page.html", True),
        ("foobot", "/publications/", False),
        ("barbot", "/example/page.html", False),
        ("barbot", "/example/other.html", True),
        ("bazbot", "/example/page.html", False),
        ("quxbot", "/example/page.html", True),
    ],
)
def test_the_simple_example_of_the_rfc(token, target, allowed):
    assert may(SIMPLE, target, token) is allowed


def test_the_longest_match_decides_as_in_the_rfc():
    # RFC 9309, 5.2
    robots = "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n"
    assert not may(robots, "/example/page/disallowed.gif", "foobot")
    assert may(robots, "/example/page/other.gif", "foobot")


@pytest.mark.parametrize(
    ("rules", "target", "allowed"),
    [
        ("Disallow: /", "/news", False),
        ("Disallow:", "/news", True),
        ("disallow:/news", "/newspaper", False),
        ("DISALLOW : /news # not this\n", "/news", False),
        ("Disallow: /news", "/News", True),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Allow: /a\nDisallow: /a", "/a", True),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow: /*?", "/a?b", False),
        ("Disallow: /*?", "/a", True),
        ("Disallow: /a*b*c$", "/a-b-b-c", False),
        ("Disallow: /a*b*c$", "/a-b-c-d", True),
        ("Disallow: /a*a$", "/a", True),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /$", "/", False),
        ("Disallow: *", "/anything", False),
        ("Disallow: /***x", "/abcx", False),
        # 2.2.2: what is percent-encoded and what is not are the same
        ("Disallow: /foo/bar?baz=http://foo.bar", "/foo/bar?baz=http://foo.bar", False),
        ("Disallow: /ツ", "/%E3%83%84", False),
        ("Disallow: /%e3%83%84", "/ツ", False),
        ("Disallow: /%62%61%7A", "/baz", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        # 2.2.3: stars and dollars that are meant as such
        ("Disallow: /file-with-a-%2A", "/file-with-a-*", False),
        ("Disallow: /file-with-a-%2A", "/file-with-a-b", True),
        ("Disallow: /price-%24", "/price-$", False),
        ("Disallow: /price-$5", "/price-$5", False),
    ],
)
def test_what_a_rule_means(rules, target, allowed):
    assert may(f"User-agent: *\n{rules}", target) is allowed


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        (b"", True),
        (b"Disallow: /", True),  # of no group
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n", False),
        (b"User-agent: *\rDisallow: /\r", False),
        (b"\xff\xfe nonsense\nUser-agent: *\nDisallow: /\n", False),
        (b"<html><body>Not found</body></html>", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: wirewatch\nAllow: /", True),
        (b"User-agent: WireWatch/1.0\nDisallow: /", False),
        (b"User-agent: wirewatching\nDisallow: /", True),
        (b"User-agent: a\nSitemap: https://example.org/s.xml\n\nUser-agent: wirewatch\nDisallow: /", False),
        (b"User-agent: wirewatch\nCrawl-delay: 5\nDisallow: /\nAllow: /other", False),
        # 2.2.1: groups of the same name are one
        (
            b"User-agent: wirewatch\nDisallow: /x\nUser-agent: b\nDisallow: /\nUser-agent: wirewatch\nDisallow: /news",
            False,
        ),
    ],
)
def test_files_as_they_are_found(robots, allowed):
    assert may(robots, "/news") is allowed


def test_a_program_without_a_name_is_under_the_rules_for_everybody():
    robots = "User-agent: *\nDisallow: /a\nUser-agent: 123\nDisallow: /b\n"
    assert not may(robots, "/a", "")
    assert may(robots, "/b", "")


def test_what_stands_beyond_500_kib_is_not_read():
    head = b"User-agent: *\nDisallow: /a\n"
    assert not may(head + b"#" * MAX_BYTES + b"\nDisallow: /b\n", "/a")
    assert may(head + b"#" * MAX_BYTES + b"\nDisallow: /b\n", "/b")


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_and_any_path_have_an_answer(body, path):
    assert may(b"User-agent: *\n" + body, "/" + path.encode("utf-8", "ignore").decode()) in {True, False}


@given(st.text(alphabet="ab*$/", max_size=8), st.text(alphabet="ab/", max_size=12))
def test_a_pattern_fits_as_its_regular_expression_does(pattern, path):
    import re

    body = pattern.removesuffix("$") if pattern.endswith("$") else pattern
    if not pattern:
        return
    wanted = ".*".join(re.escape(piece.replace("$", "%24")) for piece in body.split("*"))
    fits = re.match(wanted + ("$" if pattern.endswith("$") else ""), "/" + path) is not None
    assert may(f"User-agent: *\nDisallow: {pattern}", "/" + path) is not fits
