"""One address per article."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from worker.clean.urls import canonical_url, choose_canonical, is_web, registrable_domain


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("HTTPS://WWW.Example.ORG:443/News/Item#top", "https://www.example.org/News/Item"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("http://reader:secret@example.org/a", "http://example.org/a"),
        ("https://example.org./a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/%7euser/%e2%82%ac€ x", "https://example.org/~user/%E2%82%AC%E2%82%AC%20x"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://xn--bcher-kva.example/%c3%bc", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        (
            "https://example.org/a?utm_source=x&UTM_Medium=y&fbclid=1&gclid=2&CMP=3&smid=4&wpisrc=5&iid=6",
            "https://example.org/a",
        ),
        ("https://example.org/?p=12345&utm_campaign=rss", "https://example.org/?p=12345"),
        ("https://example.org/story.php?story_fbid=7&id=9&fbclid=z", "https://example.org/story.php?story_fbid=7&id=9"),
        ("https://example.org/a?ref=rss&source=feed&from=rss", "https://example.org/a"),
        (
            "https://example.org/a?ref=main&source=42&mod=viewthread",
            "https://example.org/a?ref=main&source=42&mod=viewthread",
        ),
        ("https://example.org/#!/story/5", "https://example.org/#!/story/5"),
        ("https://example.org/#/story/5", "https://example.org/#/story/5"),
        ("https://example.org/a#/", "https://example.org/a"),
        ("https://example.org/a?utm_source=x;p=12345", "https://example.org/a?p=12345"),
        ("https://example.org/a?p=12345;utm_source=x;q=1", "https://example.org/a?p=12345;q=1"),
        ("https://example.org/a?q=one;two", "https://example.org/a?q=one;two"),
        (
            "https://www-example-org.cdn.ampproject.org/v/s/example.org/a-1?amp_js_v=0.1&usqp=mq3",
            "https://example.org/a-1",
        ),
        ("https://example.org/2023/big-story/amp/", "https://example.org/2023/big-story/"),
        ("https://example.org/topics/amp", "https://example.org/topics/amp"),
        ("https://example.org/big-story.amp.html?amp=1", "https://example.org/big-story.html"),
        ("https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a-1?x=2", "https://www.example.org/a-1?x=2"),
        ("https://www.google.com/amp/s/www.example.org/a-1", "https://www.example.org/a-1"),
        ("https://www.google.com/url?rct=j&url=https%3A%2F%2Fexample.org%2Fa%3Fid%3D1", "https://example.org/a?id=1"),
        (
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa-1%3Ffbclid%3Dx&h=AT0",
            "https://example.org/a-1",
        ),
        (
            "https://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url=https%3a%2f%2fexample.org%2fa-1&c=1",
            "https://example.org/a-1",
        ),
        ("https://out.reddit.com/?url=https://example.org/a", "https://example.org/a"),
        ("https://vk.com/away.php?to=javascript%3Aalert(1)", "https://vk.com/away.php?to=javascript%3Aalert(1)"),
        ("https://example.org/url?q=https://other.org/", "https://example.org/url?q=https://other.org/"),
        ("http://[2001:DB8::1]:80/a", "http://[2001:db8::1]/a"),
        ("  https://example.org/a  ", "https://example.org/a"),
    ],
)
def test_canonical(url, wanted):
    assert canonical_url(url) == wanted


@pytest.mark.parametrize("place", ["rss/articles/", "articles/", "__i/rss/articles/", "read/", "rss/read/"])
def test_google_news_links_of_the_kind_that_holds_the_address(place):
    # a field number, a length, the address, and the same for its AMP twin
    message = b"\x08\x13\x22\x1fhttps://example.org/world/a-1-b\xd2\x01\x1fhttps://example.org/amp/a-1"
    token = urlsafe_b64encode(message).decode().rstrip("=")
    assert canonical_url(f"https://news.google.com/{place}{token}?oc=5") == "https://example.org/world/a-1-b"


@pytest.mark.parametrize("token", ["CBMiAUFVX3lxTE1IY3ZhZ2Vu", "CBM" + "-" * 40, "CAIiEJ"])
def test_google_news_links_that_hold_no_address_stay(token):
    address = f"https://news.google.com/rss/articles/{token}?oc=5"
    assert canonical_url(address) == address


@pytest.mark.parametrize(
    "text", ["", "mailto:desk@example.org", "/relative", "http://[broken", "http://a:99999/", "http://", "words"]
)
def test_what_is_no_web_address_comes_back_as_it_is(text):
    assert canonical_url(text) == text
    assert not is_web(text) or ":99999" in text


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://news.bbc.co.uk/x", "bbc.co.uk"),
        ("https://WWW.Example.ORG/", "example.org"),
        ("https://someone.blogspot.com/", "someone.blogspot.com"),
        ("http://127.0.0.1:8001/a", "127.0.0.1:8001"),
        ("http://127.0.0.1:80/a", "127.0.0.1"),
        ("http://localhost:8001/", "localhost:8001"),
        ("http://[::1]:8001/", "[::1]:8001"),
        ("http://yonhap.localhost:8001/a", "yonhap.localhost"),
        ("http://news.courier.example/a", "news.courier.example"),
        ("https://газета.рф/a", "xn--80aahjj1e.xn--p1ai"),
        ("", ""),
        ("http://[broken", ""),
        ("words", ""),
    ],
)
def test_registrable_domain(url, domain):
    assert registrable_domain(url) == domain


PAGE = "https://www.example.org/world/2023/big-story-12?page=1"


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        (["https://example.org/world/2023/big-story-12"], "https://example.org/world/2023/big-story-12"),
        (["/world/2023/big-story-12#x"], "https://www.example.org/world/2023/big-story-12"),
        (["https://other.org/world/2023/big-story-12"], PAGE),
        (["https://www.example.org/"], PAGE),
        (["https://www.example.org"], PAGE),
        (["https://www.example.org/world/"], PAGE),
        (["javascript:void(0)", None, "", "http://[x"], PAGE),
        (
            ["https://www.example.org/", "https://m.example.org/world/2023/big-story-12"],
            "https://m.example.org/world/2023/big-story-12",
        ),
        (["https://www.example.org/" + "a" * 9000], PAGE),
    ],
)
def test_a_declared_address_is_believed_when_it_can_be_the_articles(declared, wanted):
    assert choose_canonical(PAGE, declared) == wanted


def test_a_declaration_that_drops_what_names_the_story_is_refused():
    assert (
        choose_canonical("https://example.org/news.php?id=7", ["https://example.org/news.php"])
        == "https://example.org/news.php?id=7"
    )
    assert choose_canonical("https://example.org/?p=7", ["https://example.org/"]) == "https://example.org/?p=7"


def test_local_sites_are_told_apart_by_port():
    assert choose_canonical("http://127.0.0.1:8001/a-1", ["http://127.0.0.1:8002/a-1"]) == "http://127.0.0.1:8001/a-1"


def test_a_front_page_may_call_itself_canonical():
    assert choose_canonical("http://example.org/", ["https://example.org/"]) == "https://example.org/"
