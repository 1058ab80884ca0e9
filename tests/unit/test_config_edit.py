"""Edits of the text: what is asked for changes, everything else stays byte for byte."""

from __future__ import annotations

import tomllib

import pytest

from worker import config
from worker.errors import ConfigError, QueryError


def any_query(query, entities):
    """Stands for the query language where a test is about something else."""


TEXT = """\
# my desk
[web]
listen = "127.0.0.1:8080"   # only here

# --- feeds ---
[[feeds]]
url = "https://a.example/rss"   # the first
name = "A"

[[feeds]] # the second
url = "https://b.example/rss"
tags = [
  "one", # with a ] in a comment
  "two",
]
[feeds.headers]
Accept-Language = "en"

# --- topics ---
[[topics]]
name = "flood"
query = '''
flood* AND
[[feeds]] # not a header: still the query
'''

# --- the end ---
[[destinations]]
name = "screen"
type = "console"
"""


def test_a_feed_goes_behind_the_last_one_and_nothing_else_moves():
    before, after = TEXT.split("\n# --- topics ---")
    assert config.add_feed(TEXT, "https://c.example/rss", "C", check_query=any_query) == (
        f'{before}\n[[feeds]]\nurl = "https://c.example/rss"\nname = "C"\n\n# --- topics ---{after}'
    )


def test_a_topic_goes_behind_the_last_one_and_its_query_is_quoted():
    query = 'title:"a \\ b"\n# it\'s a comment'
    text = config.add_topic(TEXT, "new", query, check_query=any_query)
    assert tomllib.loads(text)["topics"][1] == {"name": "new", "query": query}
    before, after = TEXT.split("\n# --- the end ---")
    assert text.startswith(before + "\n[[topics]]\n")
    assert text.endswith("\n\n# --- the end ---" + after)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", '[web]\nlisten = "127.0.0.1:1"'])
def test_the_first_of_its_kind_goes_to_the_end(text):
    edited = config.add_feed(text, "https://c.example/rss", check_query=any_query)
    assert edited.startswith(text)
    assert edited.endswith('[[feeds]]\nurl = "https://c.example/rss"\n')


def test_the_line_ends_of_the_file_are_kept():
    text = config.add_feed(TEXT.replace("\n", "\r\n"), "https://c.example/rss", check_query=any_query)
    assert text.count("\n") == text.count("\r\n") == TEXT.count("\n") + 3


def test_a_feed_is_removed_with_all_that_is_its_own_and_no_comment_of_others():
    edited = config.remove_feed(TEXT, "https://B.example:443/rss", check_query=any_query)
    start, end = TEXT.index("\n[[feeds]] # the second"), TEXT.index("\n# --- topics ---")
    assert edited == TEXT[:start] + TEXT[end:]


def test_a_topic_is_removed():
    edited = config.remove_topic(TEXT, "flood", check_query=any_query)
    assert tomllib.loads(edited) == {key: value for key, value in tomllib.loads(TEXT).items() if key != "topics"}
    assert "# --- topics ---" in edited
    assert "# --- the end ---" in edited


def test_tables_that_are_scattered_stay_where_they_are():
    text = TEXT + '\n[[feeds]]\nurl = "https://z.example/rss"\n'
    edited = config.add_feed(text, "https://c.example/rss", check_query=any_query)
    assert edited == text + '\n[[feeds]]\nurl = "https://c.example/rss"\n'
    assert config.remove_feed(text, "https://z.example/rss", check_query=any_query) == TEXT


def test_a_table_written_in_two_places_is_removed_from_both():
    text = '[[feeds]]\nurl = "https://a.example/"\n[web]\nlisten = "127.0.0.1:1"\n[feeds.headers]\nX = "1"\n'
    assert config.remove_feed(text, "https://a.example/", check_query=any_query) == '[web]\nlisten = "127.0.0.1:1"\n'


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda: config.add_feed(TEXT, "ftp://a.example/", check_query=any_query), "this is no web address"),
        (
            lambda: config.add_feed(TEXT, "https://a.example/rss#x", check_query=any_query),
            r'"https://a\.example/rss" is in \[\[feeds\]\] already',
        ),
        (lambda: config.add_feed(TEXT, "https://c.example/", "", check_query=any_query), "a name is one line"),
        (lambda: config.add_topic(TEXT, "Flood", "q", check_query=any_query), r"topics\[0\] has the same name"),
        (lambda: config.add_topic(TEXT, "x", "\udc80", check_query=any_query), "half characters"),
        (
            lambda: config.remove_feed(TEXT, "https://a.example/rs", check_query=any_query),
            r'there is no feed "https://a\.example/rs" in \[\[feeds\]\]; did you mean "https://a\.example/rss"\?',
        ),
        (lambda: config.remove_feed(TEXT, "http://[", check_query=any_query), "there is no feed"),
        (
            lambda: config.remove_topic(TEXT, "floods", check_query=any_query),
            'there is no topic "floods"; did you mean "flood"?',
        ),
        (lambda: config.add_feed("[web", "https://c.example/", check_query=any_query), "this is not TOML"),
        (lambda: config.add_feed("[webb]", "https://c.example/", check_query=any_query), 'did you mean "web"'),
        (
            lambda: config.add_feed(
                'feeds = [{url = "https://a.example/"}]', "https://c.example/", check_query=any_query
            ),
            r"write each below a header \[\[feeds\]\]",
        ),
    ],
)
def test_no_edit_gives_a_file_that_would_be_refused(edit, sentence):
    with pytest.raises(ConfigError, match=sentence):
        edit()


def test_a_topic_with_a_bad_query_is_not_written():
    def refuse(query, entities):
        if query == "bad":
            raise QueryError("no", query=query, column=0)

    with pytest.raises(ConfigError, match=r"topics\[1\]\.query: no \(column 1\)"):
        config.add_topic(TEXT, "x", "bad", check_query=refuse)


TOPIC = """\
[[topics]] # ours
name = "flood" # the first
query = "flood*"  # to be widened
sources = [
  1, # at once
  3,
]

# --- another ---
[[topics]]
name = "ferry"
query = 'title:"ferry"'
"""


def change(text, name, changes):
    return config.change_topic(text, name, changes, check_query=any_query)


def test_a_changed_value_keeps_its_place_and_its_comment():
    assert change(TOPIC, "flood", {"query": "flood* OR flut"}) == TOPIC.replace(
        'query = "flood*"  # to be widened', 'query = "flood* OR flut"  # to be widened'
    )
    assert change(TOPIC, "ferry", {"query": 'title:"ferries"'}).endswith("query = 'title:\"ferries\"'\n")
    renamed = change(TOPIC, "flood", {"name": "floods"})
    assert renamed == TOPIC.replace('name = "flood" # the first', 'name = "floods" # the first')


def test_a_new_value_goes_behind_the_last_of_its_table_and_none_takes_one_away():
    edited = change(TOPIC, "flood", {"quiet": "22:00-07:00 UTC", "sources": None, "stem": True})
    before, after = TOPIC.split("sources = [\n  1, # at once\n  3,\n]\n")
    assert edited == f'{before}quiet = "22:00-07:00 UTC"\nstem = true\n{after}'
    assert change(TOPIC.rstrip("\n"), "ferry", {"sources": [1, 3]}) == TOPIC + "sources = [1, 3]\n"
    assert change(TOPIC, "ferry", {"digest": None}) == TOPIC


@pytest.mark.parametrize(
    "query",
    ['a AND\n"b c" # why\n', "a AND\nb", "it's\n'''\n\\", "it's\nso'", 'a\\b "c"', 'it\'s "c"', "tab\there\x01"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_any_query_is_read_as_it_was_given(query, newline):
    text = TOPIC.replace("\n", newline)
    edited = change(text, "flood", {"query": query})
    assert tomllib.loads(edited)["topics"][0]["query"] == query
    assert config.written_topic(edited, "flood")["query"] == query
    assert edited.count("\n") == edited.count(newline)
    added = config.add_topic(text, "new", query, {"sources": [1, 3]}, check_query=any_query)
    assert tomllib.loads(added)["topics"][2] == {"name": "new", "query": query, "sources": [1, 3]}


def test_a_change_that_would_not_hold_is_refused():
    with pytest.raises(ConfigError, match='no topic "flod"; did you mean "flood"'):
        change(TOPIC, "flod", {"query": "a"})
    with pytest.raises(ConfigError, match="has the same name"):
        change(TOPIC, "flood", {"name": "ferry"})
    with pytest.raises(ConfigError, match="quiet hours are written"):
        change(TOPIC, "flood", {"quiet": "at night"})


def test_a_list_of_feeds_goes_behind_the_last_feed():
    assert config.add_list("", "world.opml") == '[[feeds]]\nopml = "world.opml"\n'


def test_a_topic_is_looked_at_before_it_is_part_of_a_file():
    topic, wrong = config.examine_topic({"name": " flood ", "query": "flood*", "sources": [1, 3], "max_age": "6h"})
    assert (topic.name, topic.query, topic.sources, topic.max_age) == ("flood", "flood*", (1, 3), 21_600.0)
    assert wrong == {}
    topic, wrong = config.examine_topic({"name": "", "query": "a", "sources": [3, "x"], "quiet": "never"})
    assert topic is None
    assert set(wrong) == {"name", "sources", "quiet"}
    assert wrong["sources"].startswith("a whole number is wanted here")
