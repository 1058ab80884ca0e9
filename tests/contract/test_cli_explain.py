"""`wirewatch articles explain`: on articles in a real store, for people, for programs, and what it refuses."""

from __future__ import annotations

import io
import json

import pytest
from rich.cells import cell_len
from rich.console import Console
from support.answers import one_sentence
from support.stores import put_articles

from worker.match.explain import explain
from worker.match.lexicon import Lexicon
from worker.match.query import parse
from worker.model import Article, Source
from worker.run.cli.explain import print_explanation

EVIL = "\x1b[31mred\x1b]0;owned\x07 [bold]markup[/bold] \u202edirection\r\nwirewatch: a line"
CONFIG = """
[[entities]]
name = "mayor"
aliases = ["Jane Doe", "Mayor Doe"]
[[topics]]
name = "Late ferries"
query = '@mayor NEAR/5 ferr* AND (late OR delay* OR cancel*) NOT harbour'
[[topics]]
name = "Meetings"
query = "meeting"
stem = true
"""
NEAR = Article(
    id="near", title="The ferry", text="Ferries are late again, says Mayor Doe.", source=Source(domain="a.example")
)
FAR = Article(id="far", title="No news", text="Mayor Doe opened a bridge. " + "word " * 57 + "The ferry is late.")
MEETS = Article(id="meets", title="They met", text="The two meet in the afternoon.", language="en")
HOSTILE = Article(id="evil", title=f"Late {EVIL}", text=f"{EVIL} Jane Doe {EVIL} ferry {EVIL} late", feed=EVIL)
TREE_KEYS = {"kind", "clause", "held", "said", "field", "quotes", "parts", "hidden"}
QUOTE_KEYS = {"field", "start", "end", "text", "before", "after"}


MATCHING = """\
article  The ferry (a.example)
topic    Late ferries
query    @mayor NEAR/5 ferr* AND (late OR delay* OR cancel*) NOT harbour
result   it matches with a score of 0.42

holds all of: all 3 hold
  holds @mayor NEAR/5 ferr*: 4 words apart in the text; at most 5 allowed
        text: [Ferries are late again, says Mayor Doe].
  holds one of: 1 of 3 holds
    holds late: in the text
          text: Ferries are [late] again, says Mayor Doe.
    2 others do not hold
  holds NOT harbour: absent, as wanted

base     1.00 x 0.10 = 0.100  every match
title    0.00 x 0.45 = 0.000  0 of 2 clauses in the title
lead     1.00 x 0.20 = 0.200  2 of 2 clauses in the lead
density  0.50 x 0.25 = 0.125  2 passages in 7 words
score    0.425
"""


@pytest.fixture
def stored(store, tmp_path, redis_server, cli):
    """The articles in the store, and the file in the folder where the command runs."""
    (tmp_path / "wirewatch.toml").write_text(f'[redis]\nurl = "{redis_server.url}"\n{CONFIG}', "utf-8")
    put_articles(store, (NEAR, FAR, MEETS, HOSTILE))


def test_why_an_article_matches(cli, stored):
    status, output, errors = cli("articles", "explain", "near", "Late ferries")
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    assert lines.pop(3).startswith("means    Articles with ")
    assert lines == MATCHING.splitlines()


def test_why_an_article_does_not_match(cli, stored):
    status, output, errors = cli("articles", "explain", "far", "Late ferries")
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    assert lines[0] == "article  No news (-)"
    assert lines[3].startswith("means    Articles with ")
    assert lines[4:6] == [
        "result   no match",
        "why not  @mayor NEAR/5 ferr*: 61 words apart in the text, at most 5 allowed",
    ]
    assert "fails @mayor NEAR/5 ferr*: 61 words apart in the text, at most 5 allowed" in output
    assert "base" not in output


def test_a_topic_with_stems_finds_other_forms(cli, stored):
    _, output, _ = cli("articles", "explain", "meets", "Meetings")
    assert "holds meeting: in the text as “meet”" in output
    _, output, _ = cli("articles", "explain", "meets", "--query", "meeting")
    assert "fails meeting: not in the title or the text; but “meet” is there" in output


def test_a_query_can_be_tried_instead_of_a_topic(cli, stored):
    status, output, errors = cli("articles", "explain", "near", "--query", "title:ferries")
    assert (status, errors) == (0, "")
    assert "topic " not in output
    assert "why not  title:ferries: not in the title; but in the text\n" in output
    status, output, errors = cli("articles", "explain", "near", "--query", "ferry AND")
    assert (status, output) == (1, "")
    assert errors.splitlines()[1:] == ["ferry AND", "         ^"]


def test_json_has_the_documented_keys_match_or_not(cli, stored):
    for article, matched in ((NEAR, True), (FAR, False)):
        status, output, errors = cli("articles", "explain", article.id, "Late ferries", "--json")
        assert (status, errors) == (0, "")
        answer = json.loads(output)
        assert set(answer) == {
            *("article", "topic", "query", "meaning", "matched", "why_not", "score", "factors", "tree"),
        }
        assert (answer["article"], answer["topic"], answer["matched"]) == (article.id, "Late ferries", matched)
        assert (answer["why_not"] is None, answer["score"] is not None) == (matched, matched)
        findings = [answer["tree"], *answer["tree"]["parts"]]
        assert all(set(finding) == TREE_KEYS for finding in findings)
        quotes = [quote for finding in findings for quote in finding["quotes"]]
        assert quotes
        for quote in quotes:
            assert set(quote) == QUOTE_KEYS
            assert getattr(article, quote["field"])[quote["start"] : quote["end"]] == quote["text"]
        factors = {factor["name"]: factor for factor in answer["factors"]}
        assert list(factors) == (["base", "title", "lead", "density"] if matched else [])
        if matched:
            assert sum(factor["contribution"] for factor in factors.values()) == pytest.approx(answer["score"])
            assert all(f["contribution"] == pytest.approx(f["value"] * f["weight"]) for f in factors.values())
    assert json.loads(cli("articles", "explain", "near", "--query", "ferry", "--json")[1])["topic"] is None


def test_what_is_unknown_is_one_sentence_that_says_what_to_do(cli, stored):
    sentence = one_sentence(cli("articles", "explain", "near", "Late fery"))
    assert sentence == "there is no topic Late fery; did you mean Late ferries?"
    sentence = one_sentence(cli("articles", "explain", "near", "zzz"))
    assert sentence == "there is no topic zzz; see `wirewatch topics list`"
    sentence = one_sentence(cli("articles", "explain", "nothing", "Late ferries"))
    assert sentence == "there is no article nothing; see `wirewatch articles list`"


@pytest.mark.parametrize("arguments", [("near",), ("near", "Late ferries", "--query", "ferry"), ()], ids=" ".join)
def test_a_topic_or_a_query_is_wanted(arguments, cli, stored):
    status, output, errors = cli("articles", "explain", *arguments)
    assert (status, output) == (2, "")
    assert errors.startswith("Usage: wirewatch articles explain ")


def test_nothing_a_feed_wrote_acts_on_the_terminal(cli, stored):
    status, output, errors = cli("articles", "explain", "evil", "Late ferries")
    assert (status, errors) == (0, "")
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(output)
    assert "[bold]markup[/bold]" in output
    assert "\nwirewatch: a line" not in output


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("article", [NEAR, FAR, HOSTILE], ids=lambda article: article.id)
def test_on_a_terminal_it_is_a_tree_that_fits(article, width):
    query = parse("@mayor NEAR/5 ferr* AND (late OR delay* OR title:(a b)) NOT harbour", entities=["mayor"])
    screen = io.StringIO()
    explanation = explain(query, article, Lexicon({"mayor": ("Jane Doe", "Mayor Doe")}))
    print_explanation(
        explanation,
        article,
        "Late ferries",
        query,
        out=Console(file=screen, width=width, force_terminal=True, color_system=None, markup=False),
    )
    lines = screen.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines)
    marks = [line for line in lines if line[:1] in {"✓", "✗"}]
    assert marks == ["✓ all of: all 3 hold" if explanation.matched else "✗ all of: 2 of 3 hold"]
    assert any(line.startswith(("├── ✓ ", "├── ✗ ")) for line in lines)
