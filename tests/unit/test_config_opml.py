"""Feed lists in OPML, friendly and hostile."""

from __future__ import annotations

import pytest

from worker import config
from worker.errors import ConfigError
from worker.model import Feed

SOURCE = config.OpmlSource(url="list.opml")

NESTED = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Sample list</title></head><body>
  <outline text="World">
    <outline type="rss" text="A" title="Outlet A" xmlUrl="https://a.example/rss" htmlUrl="https://a.example/"/>
    <outline text="Asia"><outline text="Outlet
        B" xmlUrl="https://b.example/rss"/></outline>
  </outline>
  <outline type="rss" xmlurl="https://c.example/rss"/>
  <outline text="A note without an address"/>
</body></opml>"""


def read(text, source=SOURCE):
    return config.read_opml(text.encode(), source)


def test_folders_become_tags_and_titles_names():
    assert read(NESTED) == (
        Feed(url="https://a.example/rss", name="Outlet A", tags=("World",)),
        Feed(url="https://b.example/rss", name="Outlet B", tags=("World", "Asia")),
        Feed(url="https://c.example/rss", name="c.example"),
    )


def test_what_holds_for_the_list_holds_for_each_feed_in_it():
    source = config.OpmlSource(url="x", interval=60.0, full_text=False, enough_text=900, tags=("mine", "World"))
    first, second, _ = read(NESTED, source)
    assert first == Feed(
        url="https://a.example/rss",
        name="Outlet A",
        interval=60.0,
        full_text=False,
        enough_text=900,
        tags=("mine", "World"),
    )
    assert second.tags == ("mine", "World", "Asia")


def test_each_address_comes_once_and_what_is_no_web_address_is_passed_over():
    outlines = "".join(
        f'<outline text="{name}" xmlUrl="{url}"/>'
        for name, url in [
            ("first", "https://a.example/rss"),
            ("again", "HTTPS://A.example:443/rss"),
            ("script", "javascript:alert(1)"),
            ("file", "file:///etc/passwd"),
            ("secret", "https://me:pw@b.example/rss"),
        ]
    )
    assert [feed.name for feed in read(f"<opml><body>{outlines}</body></opml>")] == ["first"]


def test_a_feed_in_several_folders_has_the_tags_of_all():
    text = """<opml><body>
    <outline text="World"><outline text="One" xmlUrl="https://a.example/rss"/></outline>
    <outline text="Asia"><outline text="Other name" xmlUrl="https://a.example/rss"/></outline></body></opml>"""
    assert read(text) == (Feed(url="https://a.example/rss", name="One", tags=("World", "Asia")),)


def test_categories_become_tags_too():
    text = (
        '<opml><body><outline text="News"><outline text="One" xmlUrl="https://a.example/rss" '
        'category="/World/Asia, harbours,,/"/></outline></body></opml>'
    )
    assert read(text)[0].tags == ("News", "World", "Asia", "harbours")


def test_names_cannot_command_a_terminal():
    text = '<opml><body><outline text="a&#x9b;31mb&#x202e;c" xmlUrl="https://a.example/"/></body></opml>'
    assert read(text)[0].name == "a 31mb c"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings_are_those_of_xml(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="Zürich" xmlUrl="https://a.example/"/></body></opml>'
    assert config.read_opml(text.encode(encoding), SOURCE)[0].name == "Zürich"


@pytest.mark.parametrize("encoding", ["gb2312", "GBK", "Shift_JIS", "euc-kr", "Big5"])
def test_encodings_of_several_bytes_are_read_too(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="中日" xmlUrl="https://a.example/"/></body></opml>'
    assert config.read_opml(text.encode(encoding), SOURCE)[0].name == "中日"


def test_a_list_that_is_not_in_its_own_encoding_is_one_sentence():
    text = '<?xml version="1.0" encoding="gbk"?><opml><body><outline text="Zürich"/></body></opml>'
    with pytest.raises(ConfigError, match=r"it is not the gbk that it says it is"):
        config.read_opml(text.encode("latin-1").replace(b"\xfc", b"\xff"), SOURCE)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE opml SYSTEM "http://127.0.0.1/opml.dtd">',
    ],
)
def test_a_doctype_is_refused(doctype):
    with pytest.raises(ConfigError, match="declares a DOCTYPE, which OPML has no use for; remove that line"):
        read(f'{doctype}<opml><body><outline text="&a;" xmlUrl="https://a.example/"/></body></opml>')


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", r"line 1: no element found"),
        (b"<opml>\n<body></opml>", r"line 2: mismatched tag"),
        (b"not xml", r"cannot be read as OPML"),
        (b"<opml><body>&nbsp;</body></opml>", r"undefined entity"),
        (b'<?xml version="1.0" encoding="klingon"?><opml/>', r"unknown encoding"),
        (b"<html><body/></html>", r"starts with <html> and is no OPML"),
        (b"<opml>" + b"<outline>" * 200_000, r"more than 100 folders in each other; flatten it"),
        (b"<opml>" + b" " * 10_000_000, r"larger than 10 MB; split it"),
    ],
)
def test_what_is_no_opml_is_one_sentence(data, words):
    with pytest.raises(ConfigError, match=words) as caught:
        config.read_opml(data, SOURCE)
    assert "\n" not in str(caught.value)


def test_feeds_of_a_list_on_disk_join_those_written_out_which_win(tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "world.opml").write_text(NESTED)
    path = tmp_path / "wirewatch.toml"
    path.write_text(
        '[[feeds]]\nopml = "lists/world.opml"\ninterval = "1h"\n'
        '[[feeds]]\nurl = "https://b.example/rss"\nname = "Mine"\n'
        '[[feeds]]\nopml = "lists/world.opml"\n'
    )
    assert [(feed.name, feed.interval) for feed in config.load(path, env={}).feeds] == [
        ("Mine", None),
        ("Outlet A", 3600.0),
        ("c.example", 3600.0),
    ]


def test_a_broken_or_empty_list_is_named_with_its_key(tmp_path):
    (tmp_path / "broken.opml").write_text("<opml><body>")
    (tmp_path / "empty.opml").write_text("<opml><body/></opml>")
    path = tmp_path / "wirewatch.toml"
    path.write_text('[[feeds]]\nopml = "broken.opml"\n[[feeds]]\nopml = "empty.opml"\n')
    first, second = config.problems(path, env={})
    assert (first.where, first.severity, first.line) == ("feeds[0].opml", "error", 2)
    assert "cannot be read as OPML" in first.message
    assert (second.where, second.severity, second.line) == ("feeds[1].opml", "warning", 4)


def test_what_is_written_is_read_again():
    feeds = (
        Feed(url="https://a.example/?x=1&y=2", name='A "quoted" <name>'),
        Feed(url="https://b.example/", name="B", tags=("World", "Asia & Pacific")),
        Feed(url="https://c.example/", name="C", tags=("World",)),
    )
    assert set(read(config.write_opml(feeds))) == set(feeds)
