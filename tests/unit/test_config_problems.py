"""What is wrong with a wirewatch.toml, said in one sentence each, with the key, the line and the mend."""

from __future__ import annotations

import re

import pytest

from worker import config
from worker.errors import ConfigError, QueryError


def any_query(query, entities):
    """Stands for the query language where a test is about something else."""


@pytest.fixture
def problems(tmp_path):
    def problems(text, env=None, check_query=any_query):
        path = tmp_path / "wirewatch.toml"
        path.write_text(text, encoding="utf-8")
        return config.problems(path, env=env or {}, check_query=check_query)

    return problems


TOPIC = '[[topics]]\nname = "t"\nquery = "q"\n'
SCREEN = '[[destinations]]\nname = "screen"\ntype = "console"\n'
SLACK = "[[destinations]]\nname = 'd'\ntype = 'slack'\n"
HOOK = '[[destinations]]\nname = "hook"\ntype = "webhook"\nurl = "https://example.org/"\n'

ONE_PROBLEM = [
    # unknown keys name the nearest known one
    ("[polling]\nintervall = '5m'", 'line 2, polling.intervall: "intervall" is not known; did you mean "interval"?'),
    ("[[topic]]\nname = 't'", 'line 1, topic: "topic" is not known; did you mean "topics"?'),
    (SCREEN + TOPIC + "quite = 1", 'line 7, topics[0].quite: "quite" is not known; did you mean "quiet"?'),
    ("[redis]\nzzz = 1", 'line 2, redis.zzz: "zzz" is not known; known here: url'),
    # types
    (
        "[web]\nlisten = 8080",
        'line 2, web.listen: this is no address to listen on; write host and port, such as "127.0.0.1:8080"',
    ),
    ("web = 1", "line 1, web: a table is wanted here; write its keys below a header of its own"),
    (
        "[feeds]\nurl = 'https://a.example/'",
        "line 1, feeds: there can be several of these; write the header as [[feeds]]",
    ),
    ("feeds = [1]", "line 1, feeds[0]: a table is wanted here; write its keys below a header of its own"),
    ("[redis]\nurl = 1", 'line 2, redis.url: text is wanted here; write it in quotes, as "..."'),
    ("[network]\nallow = '10.0.0.0/8'", 'line 2, network.allow: a list is wanted here; write ["..."]'),
    (
        "[[feeds]]\nurl = 'https://a.example/'\nfull_text = 'yes'",
        "line 3, feeds[0].full_text: true or false is wanted here; write it without quotes",
    ),
    (
        "[[feeds]]\nurl = 'https://a.example/'\nenough_text = true",
        "line 3, feeds[0].enough_text: a whole number is wanted here; write it without quotes",
    ),
    # values
    (
        "[[feeds]]\nurl = 'https://a.example/'\nenough_text = 0",
        "line 3, feeds[0].enough_text: input should be greater than or equal to 1; correct it",
    ),
    (
        "[storage]\narticles = 7",
        'line 2, storage.articles: a duration needs a unit; write "7s", or another of s, m, h, d',
    ),
    (
        "[polling]\nmin_interval = '2h'\nmax_interval = '1h'",
        "line 1, polling: min_interval is longer than max_interval; raise max_interval or lower min_interval",
    ),
    (
        "[web]\nlisten = '0.0.0.0:80'",
        (
            "line 2, web.listen: without a password only loopback may be listened on; "
            'set [web].password, or write "127.0.0.1:8080" here'
        ),
    ),
    (
        "[web]\npublic_url = 'https://news.example/?a=b'",
        (
            "line 2, web.public_url: this is more than an address; write scheme, host and path only, "
            'as in "https://news.example"'
        ),
    ),
    ("[web]\npassword = ''", "line 2, web.password: this is empty; write a value or remove the key"),
    ("[[feeds]]\nname = 'a'", "line 1, feeds[0]: a feed has either url or opml; write one of the two"),
    (
        "[[feeds]]\nurl = 'https://a.example/'\nopml = 'a.opml'",
        "line 1, feeds[0]: a feed has either url or opml; write one of the two",
    ),
    (
        "[[feeds]]\nopml = 'a.opml'\nheaders = { Authorization = 'x' }",
        "line 1, feeds[0]: name and headers belong to a single feed; remove them here, or write url",
    ),
    (
        "[[feeds]]\nopml = 'a.opml'",
        "line 2, feeds[0].opml: a.opml cannot be read (No such file or directory); correct the path",
    ),
    (
        "[[entities]]\nname = 'kim jong un'\naliases = ['Kim']",
        (
            "line 2, entities[0].name: an entity is used as @name; "
            'write letters, digits and hyphens, as in "kim-jong-un"'
        ),
    ),
    ("[[entities]]\nname = 'kim'\naliases = []", "line 3, entities[0].aliases: this list is empty; write at least one"),
    (
        "[[entities]]\nname = 'kim'",
        'line 1, entities[0]: an entity needs aliases, what it is called in the news; add aliases = ["..."]',
    ),
    (
        "[[entities]]\naliases = ['Kim']",
        'line 1, entities[0]: an entity needs a name, by which queries call it; add name = "..."',
    ),
    (
        "[[entities]]\nname = 'kim'\naliases = ['\u3164']",
        (
            "line 3, entities[0].aliases[0]: an alias needs a letter or a digit, "
            "and has at most 200 characters; correct or remove it"
        ),
    ),
    (
        "[[entities]]\nname = 'kim'\nfile = 'people.toml'",
        "line 1, entities[0]: an entity has a name and aliases, or it is a file of entities; write one of the two",
    ),
    ("[[entities]]\nfil = 'people.toml'", 'line 2, entities[0].fil: "fil" is not known; did you mean "file"?'),
    (
        SCREEN + TOPIC + "stem = 'yes'",
        "line 7, topics[0].stem: true or false is wanted here; write it without quotes",
    ),
    (SCREEN + "[[topics]]\nname = 't'", "line 4, topics[0].query: this key is missing; add it"),
    (
        SCREEN + TOPIC + "quiet = '22:00-07:00'",
        'line 7, topics[0].quiet: quiet hours are written "22:00-07:00 Europe/London": start, end and time zone',
    ),
    # the same thing twice
    (
        SCREEN + TOPIC + "[[topics]]\nname = 'T'\nquery = 'q'",
        "line 8, topics[1].name: topics[0] has the same name; remove or change one of the two",
    ),
    (
        SCREEN + SCREEN,
        "line 5, destinations[1].name: destinations[0] has the same name; remove or change one of the two",
    ),
    (
        "[[entities]]\nname = 'a'\naliases = ['x']\n[[entities]]\nname = 'a'\naliases = ['x']",
        "line 5, entities[1].name: entities[0] has the same name; remove or change one of the two",
    ),
    # names of things that are not there
    (
        SCREEN + TOPIC + "notify = ['screen', 'sreen']",
        'line 7, topics[0].notify[1]: there is no destination "sreen"; did you mean "screen"?',
    ),
    (
        SCREEN + TOPIC + "parties = ['@kremlim']\n[[entities]]\nname = 'kremlin'\naliases = ['Kremlin']",
        'line 7, topics[0].parties[0]: there is no entity "@kremlim"; did you mean "@kremlin"?',
    ),
    (
        SCREEN + TOPIC + "parties = ['@kcna']",
        'line 7, topics[0].parties[0]: there is no entity "@kcna"; none is defined here',
    ),
    (SCREEN + TOPIC + "parties = ['kcna']", 'line 7, topics[0].parties[0]: a party is an entity; write "@kcna"'),
    # destinations
    (
        "[[destinations]]\nname = 'd'\ntype = 'webhok'",
        'line 3, destinations[0].type: "webhok" is no type of destination; did you mean "webhook"?',
    ),
    (
        "[[destinations]]\nname = 'd'\ntype = 'apprise'\nurl = 'example.org'",
        (
            "line 4, destinations[0].url: this is no address of Apprise's; "
            'write one such as "mailtos://user:password@example.org"'
        ),
    ),
    (
        SLACK,
        (
            "line 1, destinations[0]: a Slack destination needs the url of an incoming webhook, or a bot's token and a "
            "channel (threads, edits); add them"
        ),
    ),
    (
        SLACK + "token = 'xoxb-1'",
        "line 1, destinations[0]: a Slack bot needs both a token and a channel; add the channel",
    ),
    (
        SLACK + "url = 'https://hooks.example/T'\nchannel = '#newsroom'",
        "line 1, destinations[0]: a Slack bot needs both a token and a channel; add the token",
    ),
    (
        SLACK + "token = 'xoxp-1'\nchannel = '#newsroom'",
        (
            'line 4, destinations[0].token: this is no lasting Slack bot token; write the one that starts with "xoxb-" '
            '(api.slack.com/apps, your app, "OAuth & Permissions", "Bot User OAuth Token"), of an app without token '
            "rotation"
        ),
    ),
    (
        SLACK + "token = 'xoxb-1'\nchannel = '@somebody'",
        (
            'line 5, destinations[0].channel: this is no Slack channel; write its ID, such as "C0123456789" (at the '
            'end of the channel\'s details), or its name, such as "#newsroom"'
        ),
    ),
    (
        SLACK + "token = 'xoxb-1'\nchannel = 'C1'\nurl = 'https://hooks.example/services/T/B'",
        (
            "line 6, destinations[0].url: with a token, url is the address of Slack's API and ends in /api; remove "
            "url, or remove token and channel to use an incoming webhook"
        ),
    ),
    (
        SLACK + "token = 'env:SLACK_BOT_TOKEN'\nchannel = 'C1'",
        (
            "line 4, destinations[0].token: the environment variable SLACK_BOT_TOKEN is not set; set it, "
            "or write file:PATH"
        ),
    ),
    (
        SCREEN + "url = 'https://a.example/'",
        'line 4, destinations[0].url: a destination of type "console" has no url; remove it',
    ),
    # secrets
    (
        HOOK + "secret = 'env:HOOK_SECRET'",
        "line 5, destinations[0].secret: the environment variable HOOK_SECRET is not set; set it, or write file:PATH",
    ),
    (
        HOOK + "secret = 'file:gone.key'",
        (
            "line 5, destinations[0].secret: the file gone.key cannot be read (No such file or directory); "
            "mend that, or write env:NAME"
        ),
    ),
    ("[web]\npassword = 'env:'", "line 2, web.password: env: names nothing; write env:NAME or file:PATH"),
    (
        "[web]\npassword = 'env:EMPTY'",
        "line 2, web.password: the environment variable EMPTY is empty; fill it",
    ),
    (
        HOOK + "secret = 'hunter2'",
        (
            'line 5, destinations[0].secret: this is no signing secret; write "whsec_" and then what '
            "`openssl rand -base64 32` prints"
        ),
    ),
    (
        "[[feeds]]\nurl = 'https://a.example/'\nheaders = { Authorization = 'env:T' }",
        "line 3, feeds[0].headers.Authorization: the environment variable T is not set; set it, or write file:PATH",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), ONE_PROBLEM)
def test_each_mistake_is_one_sentence_with_its_place_and_mend(problems, text, sentence):
    found = problems(text, {"EMPTY": " "})
    assert [str(problem) for problem in found] == [sentence]
    assert found[0].severity == "error"


@pytest.mark.parametrize("rungs", ["[]", "[0, 1]", "[3, 1]", "[1, 1]", "[-1]"])
def test_sources_are_rising_numbers(problems, rungs):
    (problem,) = problems(SCREEN + TOPIC + f"sources = {rungs}")
    assert str(problem).startswith("line 7, topics[0].sources: these are numbers of independent sources")


@pytest.mark.parametrize("rungs", ["['1']", "[1.5]", "[true]"])
def test_sources_are_whole_numbers(problems, rungs):
    (problem,) = problems(SCREEN + TOPIC + f"sources = {rungs}")
    assert str(problem) == "line 7, topics[0].sources[0]: a whole number is wanted here; write it without quotes"


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        (HOOK, "destinations[0]", "the payload goes out unsigned"),
        (TOPIC, "", "nobody is told"),
        ("[network]\nuser_agent = 'desk/1.0'", "network.user_agent", "nobody to write to"),
        (
            "[[feeds]]\nurl = 'https://a.example/'\n[[feeds]]\nurl = 'https://A.example.:443#top'",
            "feeds[1].url",
            "feeds[0] has the same url; it is polled once, as the first says; remove one of the two",
        ),
        ("[web]\npublic_url = 'http://news.example'", "web.public_url", "write an https one"),
    ],
)
def test_what_works_but_may_not_be_meant_is_a_warning_and_loads(problems, tmp_path, text, where, words):
    (problem,) = problems(text)
    assert (problem.where, problem.severity) == (where, "warning")
    assert words in problem.message
    assert config.load(tmp_path / "wirewatch.toml", env={}, check_query=any_query)


@pytest.mark.parametrize("agent", ["desk/1.0 (+https://example.org/contact)", "desk/1.0 (desk@example.org)"])
def test_a_user_agent_with_an_address_in_it_is_no_problem(problems, agent):
    assert problems(f"[network]\nuser_agent = '{agent}'") == []


def test_a_wrong_value_of_a_secret_is_never_repeated(problems):
    text = HOOK + "secret = 'whsec_hunter2'\n[web]\npassword = 7\n[redis]\nurl = 'hunter2'\n"
    found = problems(text.replace("https://example.org/", "env:URL"), {"URL": "hunter2"})
    assert len(found) == 4
    assert "hunter2" not in " ".join(map(str, found))


def test_all_problems_are_found_at_once_and_in_the_order_of_the_file(problems):
    found = problems(
        "[web]\nlisten = 1\n" + SCREEN + '[[topics]]\nname = "a"\nquery = "q"\nnotify = ["nobody"]\nmax_age = 5\n'
        '[[topics]]\nname = "b"\nquery = "q"\nnotify = ["nobody"]\nparties = ["@nobody"]\n'
        '[[destinations]]\nname = "x"\ntype = "webhook"\nurl = "env:U"\nsecret = "env:S"\n'
    )
    assert [problem.where for problem in found] == [
        "web.listen",
        "topics[0].max_age",
        "topics[1].notify[0]",
        "topics[1].parties[0]",
        "destinations[1].url",
        "destinations[1].secret",
    ]
    lines = [problem.line for problem in found]
    assert lines == sorted(lines)


def test_a_destination_that_is_wrong_itself_is_not_called_unknown_too(problems):
    found = problems(TOPIC + 'notify = ["hook"]\n' + HOOK + "secre = 1")
    assert [problem.where for problem in found] == ["destinations[0].secre"]


def test_load_raises_the_first_and_counts_the_rest(tmp_path):
    path = tmp_path / "wirewatch.toml"
    path.write_text(
        '[web]\nlisten = 1\n[polling]\ninterval = 5\nx = 1\n[[topics]]\nname = "t"\nquery = "q"\ndigest = "1h"'
    )
    with pytest.raises(ConfigError) as caught:
        config.load(path, env={}, check_query=any_query)
    assert caught.value.where == "web.listen"
    assert str(caught.value) == (
        'web.listen: this is no address to listen on; write host and port, such as "127.0.0.1:8080" '
        "(line 2; 2 more problems, `wirewatch check` shows all)"
    )


def refuse_near(query, entities):
    """Stands for the query language: refuses NEAR with a column, and names that are no entity."""
    if "NEAR" in query:
        raise QueryError("NEAR stands alone", query=query, column=query.index("NEAR"), mend="write a NEAR b")
    for name in re.findall(r"@(\w+)", query):
        if name not in entities:
            raise QueryError("no such entity", query=query, column=query.index("@"))


def test_a_bad_query_is_shown_with_a_caret_under_the_spot(problems, tmp_path):
    found = problems(SCREEN + '[[topics]]\nname = "t"\nquery = """\nlead: a OR\nb NEAR"""\n', check_query=refuse_near)
    assert [str(problem).split("\n") for problem in found] == [
        ["line 6, topics[0].query: NEAR stands alone (line 2, column 3); write a NEAR b", "b NEAR", "  ^"]
    ]
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / "wirewatch.toml", env={}, check_query=refuse_near)
    assert str(caught.value) == (
        "topics[0].query: NEAR stands alone (line 2, column 3); write a NEAR b (line 6)\nb NEAR\n  ^"
    )


def test_queries_are_checked_against_the_entities_of_the_file(problems):
    entity = '[[entities]]\nname = "kim"\naliases = ["Kim"]\n'
    assert problems(SCREEN + entity + '[[topics]]\nname = "t"\nquery = "@kim"', check_query=refuse_near) == []
    (problem,) = problems(SCREEN + entity + '[[topics]]\nname = "t"\nquery = "@kin"', check_query=refuse_near)
    assert problem.where == "topics[0].query"


@pytest.mark.parametrize(("query", "column"), [("a AND (b", 6), ("@nobody", 0), ("tilte:a", 0)])
def test_queries_are_checked_in_the_query_language_itself(tmp_path, query, column):
    path = tmp_path / "wirewatch.toml"
    path.write_text(SCREEN + f'[[topics]]\nname = "t"\nquery = "{query}"\n')
    (problem,) = config.problems(path, env={})
    sentence, line, caret = problem.message.split("\n")
    assert (problem.where, problem.line) == ("topics[0].query", 6)
    assert f"(column {column + 1})" in sentence
    assert (line, caret) == (query, " " * column + "^")
