"""What the answer to a poll says to the decision when to poll next."""

from datetime import UTC, datetime

from worker.edge.http import HttpResponse
from worker.model import Entry, ParsedFeed
from worker.poll.due import Parsed, Unchanged
from worker.run.answers import Reading, parsed

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ANSWER = HttpResponse(
    url="https://gazette.example/rss", status=200, headers={"etag": '"2"', "cache-control": "max-age=60"}, body=b""
)


def test_a_document_of_which_nothing_had_to_be_read_is_unchanged_but_has_new_validators():
    nothing = Reading(parsed=None, new=(), shown=(), total=30, whole=False)
    assert parsed(ANSWER, nothing, NOW) == Unchanged(whole=True, etag='"2"', max_age=60.0)


def test_a_document_says_what_is_new_of_how_many_and_what_its_head_asks_for():
    entry = Entry(key="1", url="", title="Sample", published=NOW)
    feed = ParsedFeed(title="Gazette", link="", language=None, entries=(entry,), ttl=3600.0, skip_hours=(3,))
    outcome = parsed(ANSWER, Reading(parsed=feed, new=[entry], shown=[1], total=30, updated=2, whole=False), NOW)
    assert isinstance(outcome, Parsed)
    assert (outcome.new, outcome.total, outcome.updated, outcome.published) == (1, 30, 2, (NOW,))
    assert (outcome.title, outcome.ttl, outcome.skip_hours) == ("Gazette", 3600.0, (3,))
