"""What analysts paste from other search tools: read with the one right meaning, or refused with the exact mend."""

from __future__ import annotations

import pytest

from worker.errors import QueryError
from worker.match.nodes import About, And, Exact, Near, Not, Or, Phrase, Scope
from worker.match.query import parse


def word(*words):
    return Phrase(words)


KIM, PUTIN, PARK = word("kim"), word("putin"), word("park")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        # operators that mean the same everywhere
        ("kim AND NOT putin", And((KIM, Not(PUTIN)))),
        ("kim AND(putin)", And((KIM, PUTIN))),
        ("kim NOT(putin OR park)", And((KIM, Not(Or((PUTIN, PARK)))))),
        (
            "((((Christmas OR Xmas) NEAR/2 (Gift))))",
            Near(Or((word("christmas"), word("xmas"))), word("gift"), 2, False),
        ),
        ("“kim” AND „putin“ AND «park» AND ＂kim＂", And((KIM, PUTIN, PARK, KIM))),
        # fields with a space, a group, a phrase
        ("title: putin", Scope("title", PUTIN)),
        ('title:"kim putin"', Scope("title", word("kim", "putin"))),
        ("title:(kim OR putin)", Scope("title", Or((KIM, PUTIN)))),
        ("source:(bbc.co.uk OR reuters.com)", Or((About("source", "bbc.co.uk"), About("source", "reuters.com")))),
        ('source:( "bbc.co.uk" OR reuters.com )', Or((About("source", "bbc.co.uk"), About("source", "reuters.com")))),
        ("source: ( bbc.co.uk )", About("source", "bbc.co.uk")),
        ("source:www.BBC.co.uk", About("source", "bbc.co.uk")),
        ("source:kp", About("source", "kp")),
        ("kim NOT lang:(en OR de)", And((KIM, Not(Or((About("lang", "en"), About("lang", "de"))))))),
        ('feed:("BBC World" OR tass)', Or((About("feed", "bbc world"), About("feed", "tass")))),
        ("tag:asia OR tag:(a OR b) OR kim", Or((About("tag", "asia"), About("tag", "a"), About("tag", "b"), KIM))),
        # names, numbers and signs
        ("AT&T", word("at", "t")),
        ("U.S.", word("u", "s")),
        ("3.5", word("3", "5")),
        ("O'Neill", word("o", "neill")),
        ("Xi'an", word("xi", "an")),
        ("l'Élysée", word("l", "elysee")),
        ("workers' party", And((word("workers"), word("party")))),
        ("title:(workers’)", Scope("title", word("workers"))),
        ("rock'n'roll", word("rock", "n", "roll")),
        ('"C++"', word("c")),
        ('"$5,000"', word("5", "000")),
        ('"Who is Kim?"', word("who", "is", "kim")),
        ('"Kim? Putin?! “', word("kim", "putin")),
        ('"谁是金正恩？"', word("谁是金正恩")),
        ('"colo?r scheme"', word("colo?r", "scheme")),
        ('"organi??tion chart"', word("organi??tion", "chart")),
        ("visit?", word("visit?")),
        ("state-visit?", word("state", "visit?")),
        ('"near5"', word("near5")),
        ("same within pre", And((word("same"), word("within"), word("pre")))),
        ("w5 m3", And((word("w5"), word("m3")))),
        # keyboards for Chinese, Japanese, Arabic, Hebrew
        ("（kim　OR　putin）", Or((KIM, PUTIN))),
        ("kim ＡＮＤ putin ＯＲ park", Or((And((KIM, PUTIN)), PARK))),
        ("kim ＮＥＡＲ／５ putin", Near(KIM, PUTIN, 5, ordered=False)),
        ("ｔｉｔｌｅ：kim", Scope("title", KIM)),
        ("「kim putin」", word("kim", "putin")),
        ("『金正恩』 ＝NATO", And((word("金正恩"), Exact(("NATO",))))),
        ("source：（bbc.co.uk OR kcna.kp）", Or((About("source", "bbc.co.uk"), About("source", "kcna.kp")))),
        ("\u200fبوتين\u200f OR \u202bكيم\u202c", Or((word("بوتين"), word("كيم")))),
        ('צה"ל', word("צה", "ל")),
        ("צה״ל", word("צה", "ל")),
        ('"דובר צה"ל הודיע"', word("דובר", "צה", "ל", "הודיע")),
        # comments over several lines
        ("kim # the leader\n# putin\n#park\nOR putin", Or((KIM, PUTIN))),
    ],
)
def test_read_with_one_meaning(text, root):
    assert parse(text).root == root


@pytest.mark.parametrize(
    ("text", "column", "mend"),
    [
        # closeness in other tools
        ("kim w/5 putin", 4, "write NEAR/5, or ONEAR/5 for this order"),
        ("kim W/5 putin", 4, "write NEAR/5, or ONEAR/5 for this order"),
        ("kim n/5 putin", 4, "write NEAR/5, or ONEAR/5"),
        ("kim pre/5 putin", 4, "write ONEAR/5"),
        ("kim PRE/5 putin", 4, "write ONEAR/5"),
        ("kim adj5 putin", 4, "write ONEAR/5"),
        ("kim ADJ5 putin", 4, "write ONEAR/5"),
        ("kim adj/5 putin", 4, "write ONEAR/5"),
        ("kim ADJ putin", 4, '"kim putin"'),
        ("kim near5 putin", 4, "write NEAR/5"),
        ("kim NEAR5 putin", 4, "write NEAR/5"),
        ("kim Near/5 putin", 4, "write NEAR/5"),
        ("kim NEAR/5f putin", 4, "write ONEAR/5"),
        ("kim NEAR/s putin", 4, "write SENTENCE(kim putin)"),
        ("kim /5 putin", 4, "write kim NEAR/5 putin"),
        ("kim /n5/ putin", 4, "write kim NEAR/5 putin"),
        ("kim/N30/putin", 0, '"kim/N30/putin"'),
        ("kim /F50/", 4, "lead:kim"),
        ("kim /s putin", 4, "write SENTENCE(kim putin)"),
        ("kim /p putin", 4, "write PARAGRAPH(kim putin)"),
        ("kim w/s putin", 4, "write SENTENCE(kim putin)"),
        ("kim w/p putin", 4, "write PARAGRAPH(kim putin)"),
        ("kim w/seg putin", 4, "write AND"),
        ("kim SAME putin", 4, "write PARAGRAPH(kim putin)"),
        ("kim WITHIN putin", 4, "write NEAR/10"),
        ("kim NOT w/5 putin", 8, "NEAR/5"),
        ("kim NOT NEAR/5 putin", 8, "write a NOT (a NEAR/5 b)"),
        ("kim NOTNEAR/5 putin", 4, "write NOT (kim NEAR/5 putin)"),
        ('"kim putin"~10', 11, "write kim NEAR/10 putin"),
        ('"kim jong un"~3', 13, "write (kim NEAR/3 jong) AND (jong NEAR/3 un)"),
        ("(kim putin)~10", 11, "write kim NEAR/10 putin"),
        ("kim AROUND(5) putin", 4, "write kim NEAR/5 putin"),
        ("NEAR2(kim putin)", 0, "write kim NEAR/2 putin"),
        ("PHRASE1(kim putin)", 0, "write kim ONEAR/1 putin"),
        ("kim NEAR/5 putin NEAR/3 park", 17, "write (a NEAR/5 b) AND (b NEAR/3 c)"),
        # absence, presence, alternatives
        ("+kim -putin", 0, "write AND, or nothing"),
        ("kim -putin", 4, "write NOT putin"),
        ("kim - putin", 4, "write NOT"),
        ("kim \u2013putin", 4, "write NOT putin"),
        ('kim -"a b"', 4, "write NOT"),
        ("kim !putin", 4, "write NOT putin"),
        ("kim && putin", 4, "write AND"),
        ("kim||putin", 3, "write OR"),
        ("kim & putin", 4, "write AND"),
        ("kim AND/OR putin", 4, "write OR"),
        ("kim ANDNOT putin", 4, "write AND NOT"),
        ("kim BUTNOT putin", 4, "write AND NOT"),
        ("kim XOR putin", 4, "(a OR b) NOT (a AND b)"),
        ("kim And putin", 4, "AND for the operator"),
        ("kim, putin", 3, "OR between alternatives"),
        ("金、普京", 1, "OR between alternatives"),
        # counts, exact spellings, truncation, weights, ranges
        ("atleast3(kim)", 0, "write ATLEAST/3 putin"),
        ("ATLEAST3(kim)", 0, "write ATLEAST/3 putin"),
        ("atleast3 kim", 0, "write ATLEAST/3 putin"),
        ("ATLEAST(kim)", 0, "write ATLEAST/3 putin"),
        ("ALLCAPS(aids)", 0, "write =NATO"),
        ("{BT}", 0, "write =BT for exactly this spelling"),
        ("{kim putin}", 0, 'write ="kim putin" for this spelling'),
        ("raw:Google", 0, "write =NATO"),
        ("litig!", 5, "write litig* for any ending"),
        ("wom*n", 0, "? for one letter"),
        ("*putin", 0, "at least 3 letters before *"),
        ("?utin", 0, "at least 3 letters before ?"),
        ("engineer$3", 8, "write engineer* for any ending"),
        ('"the * war"', 0, 'write "state" ONEAR/1 "war"'),
        ("putin^2", 5, "no weights"),
        ('"kim putin"^4', 11, "no weights"),
        ("roam~", 4, "no fuzzy search"),
        ("roam~0.8", 4, "no fuzzy search"),
        ("[a TO b]", 0, "no ranges"),
        ("title:[a TO b]", 6, "no ranges"),
        ("/joh?n(ath[oa]n)/", 0, "no regular expressions"),
        ("title:/kim.*/", 6, "no regular expressions"),
        ("wc>500", 2, "no comparisons"),
        ("<<<a comment>>>", 0, "written # to the end"),
        # fields
        ("headline:kim", 0, "did you mean title: ?"),
        ("hd=kim", 0, "did you mean title: ?"),
        ("HD=kim", 0, "did you mean title: ?"),
        ("hlp=kim", 0, "write (title:kim OR lead:kim)"),
        ("lp=kim", 0, "did you mean lead: ?"),
        ("ingress:kim", 0, "did you mean lead: ?"),
        ("by=smith", 0, "did you mean author: ?"),
        ("la=en", 0, "did you mean lang: ?"),
        ("language:en", 0, "did you mean lang: ?"),
        ("site:bbc.co.uk", 0, "did you mean source: ?"),
        ("inurl:politics", 0, "did you mean url: ?"),
        ("HEADLINE(kim)", 0, "did you mean title:( ?"),
        ("title(kim OR putin)", 0, "did you mean title:( ?"),
        ("country:us", 0, "no field for places"),
        ("sourcecountry:gb", 0, "no field for places"),
        ("date:2026", 0, "--since 7d"),
        ("after:2026-01-01", 0, "--since 7d"),
        ("co=ibm", 0, "no codes"),
        ("hashtags:metoo", 0, "write the word itself"),
        ("*:*", 0, "the fields are title:"),
        ("title:titel:a", 6, "did you mean title: ?"),
        ("source:bbc", 0, "source:bbc.co.uk"),
        ('source:"BBC News"', 0, "source:bbc.co.uk"),
        ("site:http://www.wort.lu", 0, "did you mean source: ?"),
        ("source:http://www.wort.lu/x", 0, "source:wort.lu"),
        ("source:www.wort.lu/x", 0, "source:wort.lu"),
        ("source:*.bbc.co.uk", 7, "includes its sub-domains"),
        ("source:bbc.*", 11, "includes its sub-domains"),
        ("source:(bbc.co.uk reuters.com)", 18, "write OR between the values"),
        ("source:(bbc.co.uk AND reuters.com)", 18, "write OR between the values"),
        ("source:(bbc.co.uk, reuters.com)", 17, "write OR between the values"),
        ("source:(NOT bbc.co.uk)", 8, "NOT stands in front of source:"),
        ("source:(OR bbc.co.uk)", 8, "write a value first"),
        ("source:(bbc.co.uk OR )", 21, "write e.g. source:bbc.co.uk"),
        ("source:()", 8, "write e.g. source:bbc.co.uk"),
        ("source:(bbc.co.uk", 7, "close it with )"),
        ("lang:(en OR german)", 12, "lang:de"),
        ("lang:eng", 0, "lang:en"),
        # names and signs
        ("kim@example.org", 3, 'in quotes: "kim@example.org"'),
        ("C++ OR kim", 1, 'in quotes: "C++"'),
        ("(50% kim)", 3, 'in quotes: "50%"'),
        ("$5", 0, "only letters and digits"),
        ("Yahoo!", 5, '"Yahoo" for the word'),
        ("kim 1,000 men", 5, 'in quotes: "1,000"'),
        ("kim #putin", 4, "for a hashtag write its word: putin"),
        ("kim OR #putin", 7, "for a hashtag write its word: putin"),
        ("#metoo", 0, "a hashtag's word is written without it"),
        ("kim \\(putin\\)", 4, "no"),
        ("'kim'", 0, "double quotes"),
        ("`kim`", 0, "double quotes"),
        ("‹kim›", 0, "double quotes"),
        ("（kim", 0, "close it with )"),
        ("kim）", 3, "open one before it"),
        ("「kim", 0, 'close it with "'),
    ],
)
def test_refused_with_the_mend(text, column, mend):
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert mend in caught.value.mend
    assert caught.value.column == column


def test_entities_are_found_whatever_their_case():
    names = {"Putin", "kim-jong-un"}
    assert parse("@PUTIN @Kim-Jong-Un", entities=names) == parse("@Putin @kim-jong-un")


def test_a_handle_that_is_no_entity_is_refused():
    with pytest.raises(QueryError, match="leave out the @ for the word itself") as caught:
        parse("kim OR @realhandle", entities=["putin"])
    assert caught.value.column == 7


def test_what_a_refusal_quotes_is_bounded():
    with pytest.raises(QueryError) as caught:
        parse("x" * 100_000 + ":a")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text", ["(" * 1_000_000, '"' * 1_000_000, "*" * 1_000_000, "a" * 1_000_000, "a OR " * 200_000]
)
def test_an_endless_query_is_refused(text):
    with pytest.raises(QueryError, match="at most 200,000 characters") as caught:
        parse(text)
    assert caught.value.column == 200_000
