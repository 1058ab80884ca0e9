"""Writing a topic: what is understood of it, what it would have told, and how it comes into wirewatch.toml."""

from __future__ import annotations

import re
import tomllib

import pytest
from support.newsroom import TOPIC, make_story, report, text_of

from worker.config import load
from worker.edge.clock import SystemClock
from worker.run.web.desk import Desk
from worker.run.web.preview import AT_ONCE, Previews

OURS = {"sec-fetch-site": "same-origin"}
FILE = """\
# our desk
[[topics]]
name = "Harbour bridge" # the old one
query = "harbour NEAR/5 bridge"   # as agreed
sources = [1, 3]

[[entities]]
name = "harbour-office" # no topic uses it yet
aliases = ["Harbour Office"]

# where it goes
[[destinations]]
name = "hook"
type = "console"
"""
FORM = {
    "name": "Harbour bridge",
    "query": "harbour NEAR/5 bridge",
    "notify": "all",
    "sources": "1, 3",
    "parties": "",
    "max_age": "48h",
    "digest": "",
    "quiet": "",
    "editor": "one",
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "wirewatch.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def client(newsroom, start, file):
    publish(newsroom, file)
    return start(config=file)


def publish(newsroom, file):
    settings = load(file)
    newsroom.publish(topics=settings.topics, destinations=settings.destinations)


def mark_in(client, topic="Harbour bridge"):
    html = client.get("/topics/edit", params={"topic": topic}).text
    return re.search(r'name="mark" value="(\w*)"', html)[1]


def post(client, path, **fields):
    return client.post(path, data={**FORM, **fields}, headers=OURS)


def previewed(client, **fields):
    """The fragment once the preview is over; the child process is waited for."""
    for _ in range(300):  # each waits a while at the server
        html = post(client, "/topics/preview", part="1", **fields).text
        if "data-running" not in html:
            return text_of(html)
    raise AssertionError("the preview did not end")


def test_what_is_typed_is_told_in_words_or_the_spot_is_shown(client):
    understood = text_of(post(client, "/topics/check").text)
    assert "Articles with the word “harbour” and the word “bridge” with at most 5 words between them" in understood
    broken = post(client, "/topics/check", query="harbour AND (bridge", quiet="at night", sources="1, three").text
    assert "this parenthesis is never closed; close it with )" in text_of(broken)
    assert re.search(r"harbour AND \(bridge\n {12}\^", broken)
    assert "Quiet hours: quiet hours are written" in text_of(broken)
    assert "Told at: these are numbers of independent sources; write for example 1, 3" in text_of(broken)
    assert "any name of @harbour-office" in text_of(post(client, "/topics/check", query="@harbour-office").text)
    assert "for the operator write OR" in text_of(post(client, "/topics/check", query="a or b").text)


def test_a_topic_is_changed_in_the_file_and_nothing_else_in_it(client, file):
    saved = post(
        client,
        "/topics/save",
        former="Harbour bridge",
        mark=mark_in(client),
        query="harbour NEAR/5\r\n(bridge OR crossing)",
        quiet="22:00-07:00 Europe/London",
        sources="1",
    )
    assert (saved.status_code, saved.headers["location"]) == (303, "/topics?saved=Harbour+bridge")
    expected = FILE.replace(
        'query = "harbour NEAR/5 bridge"   # as agreed\nsources = [1, 3]\n',
        "query = '''\nharbour NEAR/5\n(bridge OR crossing)\n'''   # as agreed\nquiet = \"22:00-07:00 Europe/London\"\n",
    )
    assert file.read_text() == expected
    assert "Harbour bridge is saved in wirewatch.toml" in text_of(client.get("/topics?saved=Harbour bridge").text)


def test_a_second_change_needs_not_wait_until_the_first_is_live(client, file):
    post(client, "/topics/save", former="Harbour bridge", mark=mark_in(client), query="harbour")
    post(client, "/topics/save", former="Harbour bridge", mark=mark_in(client), query="quay", name="Quays")
    (topic,) = load(file).topics
    assert (topic.name, topic.query) == ("Quays", "quay")


def test_a_new_topic_comes_behind_the_last(client, file):
    added = post(
        client,
        "/topics/save",
        name="Ferries",
        query='title:"ferry" OR ferries',
        digest="1h",
        **{"notify": "some", "notify:hook": "on"},
    )
    assert added.headers["location"] == "/topics?saved=Ferries"
    assert '[[topics]]\nname = "Ferries"\nquery = \'title:"ferry" OR ferries\'\n' in file.read_text()
    assert tomllib.loads(file.read_text())["topics"][1] == {
        "name": "Ferries",
        "query": 'title:"ferry" OR ferries',
        "notify": ["hook"],
        "sources": [1, 3],
        "digest": "1h",
    }
    again = post(client, "/topics/save", name="Ferries", query="ferries")
    assert again.status_code == 422
    assert "has the same name" in text_of(again.text)
    assert 'value="Ferries"' in again.text


def test_a_topic_is_removed(client, file):
    assert (
        post(client, "/topics/remove", former="Harbour bridge").headers["location"] == "/topics?removed=Harbour+bridge"
    )
    assert load(file).topics == ()
    assert "# where it goes" in file.read_text()


def test_what_somebody_else_wrote_meanwhile_is_shown_and_not_lost(client, newsroom, start, file):
    mark = mark_in(client)
    theirs = FILE.replace("harbour NEAR/5 bridge", "harbour AND bridge AND closed")
    file.write_text(theirs)
    publish(newsroom, file)
    client = start(config=file)  # one that has begun looks for what is live once a second only
    refused = post(client, "/topics/save", former="Harbour bridge", mark=mark, query="quay")
    assert refused.status_code == 422
    assert "says something else of this topic than when you began" in text_of(refused.text)
    assert "harbour AND bridge AND closed" in refused.text
    assert ">quay</textarea>" in refused.text
    assert file.read_text() == theirs
    insisted = post(
        client,
        "/topics/save",
        former="Harbour bridge",
        query="quay",
        mark=re.search(r'name="mark" value="(\w*)"', refused.text)[1],
    )
    assert insisted.status_code == 303
    assert load(file).topics[0].query == "quay"


def test_where_the_file_is_elsewhere_a_topic_can_be_tried_and_not_saved(newsroom, start, file, tmp_path):
    publish(newsroom, file)
    for config, why in (
        (None, "not on the machine where this dashboard runs"),
        (tmp_path / "other.toml", "is not the configuration that is live"),
    ):
        if config:
            config.write_text(FILE.replace("harbour NEAR/5 bridge", "quay"))
        client = start(config=config)
        page = client.get("/topics/edit", params={"topic": "Harbour bridge"})
        assert "harbour NEAR/5 bridge</textarea>" in page.text
        assert why in text_of(page.text)
        refused = post(client, "/topics/save", former="Harbour bridge", query="ferry")
        assert (refused.status_code, why in text_of(refused.text)) == (422, True)
    assert file.read_text() == FILE


def test_a_broken_file_is_told_of(client, file):
    file.write_text("[[topics]]\nname = ")
    assert "wirewatch.toml is broken just now" in text_of(client.get("/topics/new").text)
    assert "wirewatch.toml is broken just now" in text_of(post(client, "/topics/save", name="Ferries").text)


def test_the_preview_tells_what_would_come_besides_and_what_no_more(client, newsroom):
    ferry = make_story([report(9, "town.example", "The ferry runs late", minutes=5)], id="other", told=())
    newsroom.commit(make_story(), {})
    newsroom.commit(ferry)
    words = previewed(client, former="Harbour bridge", query="ferry")
    assert "Among 2 stored articles it finds 1 and would have sent 1 alert in 1 message" in words
    assert "as it is now: 1 found, 1 alert in 1 message" in words
    assert "Told besides 1 New story The ferry runs late town.example" in words
    assert re.search("Not told any more 1 New story Bridge closed: how to cross the harbour now", words)
    fresh = previewed(client, query="harbour", editor="two", name="")
    assert "it finds 1 and would have sent 1 alert in 1 message . Would have been told 1" in fresh
    whole = text_of(post(client, "/topics/preview", query="harbour", editor="two", name="").text)
    assert "Would have been told 1" in whole


def test_a_preview_ends_when_the_text_changes_or_nobody_asks(newsroom, client):
    settings = Desk(newsroom.redis, clock=SystemClock()).settings
    previews = Previews(Desk(newsroom.redis, clock=SystemClock()))
    for number in range(AT_ONCE):
        assert previews.ask(f"editor {number}", settings, None, TOPIC).state == "running"
    assert previews.ask("one more", settings, None, TOPIC).state == "waiting"
    job = previews._jobs["editor 0"]
    previews.drop("editor 0")
    assert job.after(30).state == "failed"
    assert previews.ask("one more", settings, None, TOPIC).state == "running"
    previews.drop("one more")
    previews.drop("editor 1")


@pytest.mark.parametrize("path", ["check", "preview", "save", "remove"])
def test_only_our_own_pages_may_ask(client, file, path):
    assert client.post(f"/topics/{path}", data=FORM, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post(f"/topics/{path}", data=FORM).status_code == 403
    assert file.read_text() == FILE


def test_nobody_edits_a_topic_that_is_none(client):
    assert client.get("/topics/edit", params={"topic": "nosuch"}).status_code == 404
    assert client.get("/topics/edit").status_code == 404
