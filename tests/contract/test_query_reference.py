"""The tables and blocks of the reference of the query language are run, so that they cannot rot."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from worker.clean.lines import from_line
from worker.config import load
from worker.config.entities import MOST_BYTES
from worker.errors import QueryError
from worker.match.engine import Matcher
from worker.match.explain import explain
from worker.match.factors import Factors
from worker.match.lexer import MAX_LENGTH, MAX_NESTING
from worker.match.lexicon import Lexicon
from worker.match.mends import MAX_DISTANCE
from worker.match.query import parse
from worker.match.reading import LEAD_WORDS
from worker.match.stems import languages
from worker.match.terms import MAX_PHRASE, MAX_WORD
from worker.match.why import MAX_HIGHLIGHTS
from worker.model import Article, Source, Topic
from worker.run.cli.explain import print_explanation

TEXT = (Path(__file__).resolve().parents[2] / "deploy" / "queries.md").read_text("utf-8")
CODE = re.compile(r"`([^`]+)`")
# What an example says besides the text of an article.
KEYS = ("title", "text", "author", "url", "source", "lang", "feed", "tag")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def cells(line):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]


def tables(*header):
    """The rows of all tables with these columns."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE):
        first, _, *rows = block.splitlines()
        if tuple(cells(first)) == header:
            found.extend(tuple(cells(row)) for row in rows)
    assert found, header
    return found


def queries(cell):
    return CODE.findall(cell)


def article(example):
    said = {"text": example, "lang": "en"}
    if re.match(rf"(?:{'|'.join(KEYS)}): ", example):
        said = {"lang": "en", **dict(part.split(": ", 1) for part in example.split(" · "))}
        assert set(said) <= set(KEYS), example
    return Article(
        id="example",
        title=said.get("title", ""),
        text=said.get("text", ""),
        author=said.get("author", ""),
        url=said.get("url", ""),
        source=Source(domain=said.get("source", "")),
        language=said["lang"],
        feed=said.get("feed", ""),
        tags=(said["tag"],) if "tag" in said else (),
    )


@pytest.fixture(scope="module")
def entities(tmp_path_factory):
    """Those of the document: its configuration is loaded as it stands there."""
    own, shared = blocks("toml")
    folder = tmp_path_factory.mktemp("config")
    (folder / "wirewatch.toml").write_text(own, "utf-8")
    (folder / "people.toml").write_text(shared, "utf-8")
    return load(folder / "wirewatch.toml", env={}).entities


EXAMPLES = [
    (query, example, expected, header == "query with stem")
    for header in ("query", "query with stem")
    for row in tables(header, "matches", "does not match")
    for query in queries(row[0])
    for expected, cell in ((True, row[1]), (False, row[2]))
    for example in cell.split(" / ")
]


@pytest.fixture(scope="module")
def matcher(entities):
    """Watches every query of the tables; with stem its topic is called as the query with " stem" behind it."""
    watched = dict.fromkeys((query, stem) for query, _, _, stem in EXAMPLES)
    return Matcher(
        [Topic(name=f"{query}{' stem' * stem}", query=query, stem=stem) for query, stem in watched], entities
    )


@pytest.mark.parametrize(("query", "example", "matches", "stem"), EXAMPLES)
def test_an_example_matches_as_it_says(matcher, query, example, matches, stem):
    assert (f"{query}{' stem' * stem}" in matcher.matching(article(example))) is matches


def test_what_is_written_wins_over_files(entities):
    names = {entity.name: entity.aliases for entity in entities}
    assert names["putin"] == ("Putin", "Владимир Путин", "Путин", "Путина", "普京")
    assert {"harbour-office", "nato"} <= names.keys()
    assert len(names) > 500


@pytest.mark.parametrize("row", tables("form", "finds"))
def test_every_form_is_understood(row):
    for query in queries(row[0]):
        parse(f"{query}putin" if query.endswith(":") else query)


@pytest.mark.parametrize(("written", "read_as"), tables("written", "read as"))
def test_what_binds_first(written, read_as):
    assert parse(*queries(written)) == parse(*queries(read_as))


# --- other tools --------------------------------------------------------------------------------------------------


FOREIGN = [
    (there, here)
    for _, left, right in tables("from", "there", "here")
    for there, here in zip(queries(left), queries(right), strict=True)
]


def answered(text):
    """The query that is understood, or the mend."""
    try:
        return parse(text), ""
    except QueryError as error:
        return None, error.mend


@pytest.mark.parametrize(("there", "here"), FOREIGN)
def test_what_is_typed_elsewhere_is_refused_with_the_mend_or_means_the_same(there, here):
    understood, mend = answered(there)
    assert understood == parse(here) or mend


@pytest.mark.parametrize(
    ("there", "means", "write"), [row[1:] for row in tables("from", "there", "means here", "write")]
)
def test_what_is_understood_otherwise_is_told_rightly(there, means, write):
    assert parse(*queries(there)) == parse(*queries(means)) != parse(*queries(write))


# --- stems, score and limits --------------------------------------------------------------------------------------


def test_the_languages_with_stems_are_all_named():
    (listed,) = re.findall(r"It works for `([a-z ]+)`", TEXT)
    assert listed.split() == sorted(languages())


@pytest.mark.parametrize(
    ("in_title", "in_lead", "density", "score"),
    [row[:4] for row in tables("clauses in title", "clauses in lead", "density", "score", "such as")],
)
def test_scores(in_title, in_lead, density, score):
    (title, clauses), (lead, _) = (map(int, cell.split(" of ")) for cell in (in_title, in_lead))
    factors = Factors(clauses=clauses, in_title=title, in_lead=lead, passages=round(float(density) * 10), words=1_000)
    assert f"{factors.score:.2f}" == score


def test_the_formula():
    (formula,) = re.findall(r"^ +score = (.+)$", TEXT, re.MULTILINE)
    python = formula.replace("·", "*").replace("title", "0.5").replace("lead", "1.0").replace("d ", "2.0 ")
    assert python == "0.1 + 0.45 * 0.5 + 0.2 * 1.0 + 0.25 * 2.0 / (2.0 + 2)"
    factors = Factors(clauses=2, in_title=1, in_lead=2, passages=2, words=100)
    assert factors.score == pytest.approx(0.1 + 0.45 * 0.5 + 0.2 * 1.0 + 0.25 * 2.0 / (2.0 + 2))


def test_the_explanation_is_what_the_command_prints(entities):
    (line,) = blocks("json")
    (shown,) = blocks("text")
    (query,) = re.findall(r"^and the query `(.+)`:$", TEXT, re.MULTILINE)
    names = {entity.name: entity.aliases for entity in entities}
    understood, read = parse(query, entities=names), from_line(json.loads(line))
    out = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None, markup=False)
    print_explanation(explain(understood, read, Lexicon(names)), read, "Kim-Putin summit", understood, out=out)
    assert out.file.getvalue() == shown


def test_why_not_says_how_near_it_came(entities):
    (told,) = re.findall(r"`(\d words apart in the title, [^`]+)`", TEXT)
    distance = int(re.search(r"at most (\d)", told)[1])
    read = Article(id="a1", title="Kim will meet President Putin")
    assert explain(parse(f"kim NEAR/{distance} putin"), read, Lexicon({})).why_not.endswith(told)


LIMITS = {
    "characters of a query": MAX_LENGTH,
    "parentheses inside one another": MAX_NESTING,
    "words of a phrase": MAX_PHRASE,
    "letters of a word": MAX_WORD,
    "n of `NEAR/n`, `ATLEAST/n`": MAX_DISTANCE,
    "bytes of a file of entities": MOST_BYTES,
    "passages shown of a match": MAX_HIGHLIGHTS,
}


def test_limits():
    assert {what: int(most.replace(",", "")) for what, most in tables("what", "at most")} == LIMITS
    assert TEXT.count(f"first {LEAD_WORDS} words") == 2


@pytest.mark.parametrize(
    ("most", "over"),
    [
        ("a" * MAX_WORD, "a" * (MAX_WORD + 1)),
        (f'"{"a " * MAX_PHRASE}"', f'"{"a " * (MAX_PHRASE + 1)}"'),
        ("(" * MAX_NESTING + "kim" + ")" * MAX_NESTING, "(" * (MAX_NESTING + 1) + "kim" + ")" * (MAX_NESTING + 1)),
        (f"kim NEAR/{MAX_DISTANCE} putin", f"kim NEAR/{MAX_DISTANCE + 1} putin"),
        (f"ATLEAST/{MAX_DISTANCE} kim", f"ATLEAST/{MAX_DISTANCE + 1} kim"),
        ("kim".ljust(MAX_LENGTH), "kim".ljust(MAX_LENGTH + 1)),
    ],
)
def test_limits_are_where_they_are_said_to_be(most, over):
    parse(most)
    with pytest.raises(QueryError):
        parse(over)


@pytest.mark.parametrize(
    ("query", "text"),
    [("习近平", "習近平"), ("بوتين", "وبوتين")],
)
def test_what_it_does_not_do_is_not_done(query, text):
    assert query in TEXT
    assert not Matcher([Topic(name="example", query=query)], []).match(Article(id="example", text=text))


def test_it_can_be_read_in_ten_minutes():
    prose = "\n".join(line for line in TEXT.splitlines() if not line.startswith("|"))
    assert len(prose.split()) < 1_800
    assert len(TEXT.split()) < 3_600
