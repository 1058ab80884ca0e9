"""Titles, summaries and links made safe."""

import pytest

from worker.poll.text import language, plain, shortened, web_link


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("Plain words", "Plain words"),
        ("  white \n\t space\xa0here ", "white space here"),
        ("AT&amp;T &mdash; &#8217;t&#39;is", "AT&T — ’t'is"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("line<br>break<br/>again", "line break again"),
        ("<b>Kim</b>chi is in<i>divisible</i>", "Kimchi is indivisible"),
        ('<a href="x" title="a > b">link</a>', "link"),
        ("<img alt='it''s > here'>after", "after"),
        ("before<script>alert('<p>')</script>after", "before after"),
        ("before<!-- <b>hidden</b> -->after", "before after"),
        ("before<!-- never closed", "before"),
        ("before<style>p{}", "before"),
        ('cut off <a href="http://x.exa', "cut off"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("<scr<b>ipt>x", "ipt>x"),
        ("<<b>script>alert(1)", "script>alert(1)"),
        ("&lt;b&gt;escaped twice&lt;/b&gt;", "escaped twice"),
        ("<td>a</td><td>b</td>", "a b"),
    ],
)
def test_markup_to_words(markup, words):
    assert plain(markup, markup=True) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("if a <b and c> d", "if a d"),
        ("x <y and z> w", "x <y and z> w"),
        ("Use <b>bold</b> words", "Use bold words"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("Q&amp;A", "Q&A"),
        ("<b<b>>", "b >"),
    ],
)
def test_text_keeps_angles_that_are_no_known_tags(text, words):
    assert plain(text, markup=False) == words


def test_control_characters_and_lone_surrogates_are_dropped():
    assert plain("a\x00b\x08c\ud800d\u200be\ufffe", markup=False) == "abcde"


def test_shortened_cuts_at_a_word():
    assert shortened("short", 10) == "short"
    assert shortened("one two three", 9) == "one two…"
    assert len(shortened("x" * 500, 100)) == 100


@pytest.mark.parametrize(
    ("value", "link"),
    [
        ("https://x.example/a?b=c#d", "https://x.example/a?b=c#d"),
        ("/a", "https://base.example/a"),
        ("a/b", "https://base.example/dir/a/b"),
        ("//other.example/a", "https://other.example/a"),
        ("?p=1", "https://base.example/dir/feed?p=1"),
        (" \n https://x.example/a\n b ", "https://x.example/a%20b"),
        ("HTTP://x.example/", "http://x.example/"),
        ("https://пример.example/новость", "https://пример.example/новость"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("\x01javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("mailto:a@b.example", ""),
        ("file:///etc/passwd", ""),
        ("urn:uuid:1", ""),
        ("http://", ""),
        ("http://[broken/", ""),
        ("http://x.example:99999/", ""),
        ("", ""),
        (None, ""),
        (7, ""),
        ("https://x.example/" + "a" * 5000, ""),
    ],
)
def test_links_are_absolute_and_on_the_web(value, link):
    assert web_link(value, "https://base.example/dir/feed") == link


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        ("DE", "de"),
        (" fr ", "fr"),
        ("eng", None),
        ("", None),
        (None, None),
    ],
)
def test_language_codes(tag, code):
    assert language(tag) == code


@pytest.mark.parametrize("piece", ["<", "<a ", "<a \"'", "<!--", "<script>", "&", "<b", "</", '<a "', "<!", "<b<b>>"])
def test_hostile_markup_takes_time_in_proportion(piece):
    # Quadratic time over this would outlast the test's time limit by far.
    text = piece * (400_000 // len(piece))
    assert "<b>" not in plain(text, markup=True)
    assert "<b>" not in plain(text + ">", markup=False)
