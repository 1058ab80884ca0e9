"""wirewatch.toml -> Settings: every key of the contract, and each default."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker import config
from worker.errors import ConfigError
from worker.model import DestinationSpec, Entity, Feed, Topic
from worker.secret import SecretStr

KEY = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

EVERYTHING = """
[redis]
url = "redis://localhost:6379/0"
[storage]
dir = "state"
articles = "3d"
[network]
allow = ["127.0.0.0/8"]
user_agent = "desk/1.0"
respect_robots = false
[polling]
interval = "10m"
min_interval = "2m"
max_interval = "1h"
[web]
listen = "0.0.0.0:9000"
password = "env:WIREWATCH_PASSWORD"
[[feeds]]
url = "https://example.org/rss.xml"
name = "Example"
interval = "5m"
headers = { Authorization = "env:TOKEN", Accept-Language = "en" }
full_text = false
enough_text = 1500
tags = ["world", "wire"]
[[feeds]]
opml = "https://example.org/list.opml"
enough_text = 900
tags = ["list"]
[[entities]]
name = "putin"
aliases = ["Putin", "푸틴"]
[[topics]]
name = "Summit"
query = "@putin AND summit"
notify = ["hook", "desk"]
sources = [1, 3]
parties = ["@putin"]
max_age = "2d"
quiet = "22:00-07:00 Europe/London"
stem = true
[[destinations]]
name = "desk"
type = "slack"
url = "env:SLACK"
[[destinations]]
name = "hook"
type = "webhook"
url = "https://example.org/hook"
secret = "file:hook.key"
[[destinations]]
name = "screen"
type = "console"
"""
ENV = {"WIREWATCH_PASSWORD": "correct horse", "TOKEN": "Bearer abc", "SLACK": "https://hooks.example/T/B"}


def any_query(query, entities):
    """Stands for the query language where a test is about something else."""


@pytest.fixture
def load(tmp_path):
    def load(text, env=None):
        path = tmp_path / "wirewatch.toml"
        path.write_text(text, encoding="utf-8")
        return config.load(path, env=env or {}, check_query=any_query)

    return load


def test_every_key_of_the_contract_arrives(load, tmp_path):
    (tmp_path / "hook.key").write_text(KEY + "\n")
    settings = load(EVERYTHING, ENV)
    assert settings == config.Settings(
        storage_dir=tmp_path / "state",
        redis_url=SecretStr("redis://localhost:6379/0"),
        articles_ttl=259200,
        allow=("127.0.0.0/8",),
        user_agent="desk/1.0",
        respect_robots=False,
        interval=600,
        min_interval=120,
        max_interval=3600,
        courtesy=120,
        web_host="0.0.0.0",
        web_port=9000,
        web_password=SecretStr("correct horse"),
        feeds=(
            Feed(
                url="https://example.org/rss.xml",
                name="Example",
                interval=300,
                headers=(("Authorization", SecretStr("Bearer abc")), ("Accept-Language", SecretStr("en"))),
                full_text=False,
                enough_text=1500,
                tags=("world", "wire"),
            ),
        ),
        opml=(config.OpmlSource(url="https://example.org/list.opml", enough_text=900, tags=("list",)),),
        entities=(Entity(name="putin", aliases=("Putin", "푸틴")),),
        topics=(
            Topic(
                name="Summit",
                query="@putin AND summit",
                notify=("hook", "desk"),
                sources=(1, 3),
                parties=("putin",),
                max_age=172800,
                quiet=("22:00", "07:00", "Europe/London"),
                stem=True,
            ),
        ),
        destinations=(
            DestinationSpec(name="desk", type="slack", url=SecretStr("https://hooks.example/T/B")),
            DestinationSpec(
                name="hook", type="webhook", url=SecretStr("https://example.org/hook"), secret=SecretStr(KEY)
            ),
            DestinationSpec(name="screen", type="console"),
        ),
    )
    assert [source.url for source in settings.opml] == ["https://example.org/list.opml"]


def test_an_empty_file_gives_the_defaults_of_the_contract(load, tmp_path):
    settings = load("")
    assert settings == config.Settings(storage_dir=tmp_path / "data")
    assert (settings.interval, settings.min_interval, settings.max_interval) == (900, 60, 21600)
    assert (settings.web_host, settings.web_port, settings.web_password) == ("127.0.0.1", 8080, None)
    assert (settings.articles_ttl, settings.redis_url, settings.allow) == (604800, None, ())
    assert settings.user_agent.startswith("wirewatch/")
    assert "(+https://" in settings.user_agent


def test_a_topic_and_a_feed_have_the_defaults_of_the_contract(load):
    settings = load('[[topics]]\nname="t"\nquery="q"\n[[feeds]]\nurl="https://news.example.org/rss"')
    assert settings.topics == (Topic(name="t", query="q", notify=None, sources=(1,), max_age=172800.0),)
    assert settings.feeds == (Feed(url="https://news.example.org/rss", name="news.example.org"),)


def test_redis_url_comes_from_the_environment_unless_the_file_has_one(load):
    env = {"REDIS_URL": "redis://db.example/1"}
    assert load("", env).redis_url == SecretStr("redis://db.example/1")
    assert load('[redis]\nurl = "redis://other.example/2"', env).redis_url == SecretStr("redis://other.example/2")
    assert load("", {"REDIS_URL": ""}).redis_url is None
    assert config.environment_redis_url(env) == "redis://db.example/1"
    assert config.environment_redis_url({}) is None


def test_a_wrong_redis_url_in_the_environment_is_named_and_not_shown(load):
    with pytest.raises(ConfigError, match=r"\$REDIS_URL: this is no Redis address") as caught:
        load("", {"REDIS_URL": "http://:hunter2@db.example"})
    assert "hunter2" not in str(caught.value)


def test_the_interval_is_kept_between_its_bounds(load):
    assert load('[polling]\nmin_interval = "30m"').interval == 1800
    assert load('[polling]\nmax_interval = "5m"').interval == 300


@pytest.mark.parametrize(
    ("written", "shortest", "courtesy"),
    [
        ("", 60, 3600),
        ('interval = "15m"', 60, 900),
        ('interval = "2h"', 60, 3600),
        ('min_interval = "5m"', 300, 300),
        ('min_interval = "2h"', 7200, 7200),
        ('interval = "15m"\nmin_interval = "1m"', 60, 60),
        ('max_interval = "30m"', 60, 1800),
        ('interval = "2s"', 2, 2),
        ('max_interval = "5s"', 5, 5),
    ],
)
def test_feeds_that_say_nothing_are_asked_once_an_hour_unless_less_is_written(load, written, shortest, courtesy):
    settings = load(f"[polling]\n{written}")
    assert (settings.min_interval, settings.courtesy) == (shortest, courtesy)


def test_an_absolute_storage_folder_stays_as_it_is(load, tmp_path):
    assert load(f"[storage]\ndir = '{tmp_path / 'elsewhere'}'").storage_dir == tmp_path / "elsewhere"


def test_secrets_do_not_show_in_repr(load, tmp_path):
    (tmp_path / "hook.key").write_text(KEY)
    shown = repr(load(EVERYTHING, ENV))
    for secret in (*ENV.values(), KEY, "redis://localhost"):
        assert secret not in shown


def test_the_file_is_named_by_argument_then_environment_then_habit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, port in (("given", 1), ("named", 2), ("wirewatch", 3)):
        Path(f"{name}.toml").write_text(f'[web]\nlisten = "127.0.0.1:{port}"')
    named = {"WIREWATCH_CONFIG": str(tmp_path / "named.toml")}
    assert config.load(Path("given.toml"), env=named).web_port == 1
    assert config.load(None, env=named).web_port == 2
    assert config.load(None, env={}).web_port == 3
    assert config.load(None, env={"WIREWATCH_CONFIG": ""}).web_port == 3
    assert config.config_path(env=named) == tmp_path / "named.toml"


def test_a_missing_file_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        config.load(None, env={})
    assert str(caught.value) == "no wirewatch.toml here; write one with `wirewatch init`, or name it with --config"
    with pytest.raises(ConfigError, match=r"there is no file other\.toml; write one with `wirewatch init`"):
        config.load(Path("other.toml"), env={})
    assert [str(problem) for problem in config.problems(None, env={})] == [str(caught.value)]


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "wirewatch.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8 text; save it as UTF-8"):
        config.load(path, env={})
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path, env={})


def test_a_byte_order_mark_is_no_error(tmp_path):
    path = tmp_path / "wirewatch.toml"
    path.write_bytes(b'\xef\xbb\xbf[web]\r\nlisten = "127.0.0.1:9"\r\n')
    assert config.load(path, env={}).web_port == 9


@pytest.mark.parametrize(
    ("text", "line"),
    [("[web\n", 1), ("[web]\nlisten = \n", 2), ('[web]\n\nlisten = "a\n', 3), ("a = 1\na = 2\nb = 3", 2)],
)
def test_broken_toml_is_shown_with_its_line(load, text, line):
    with pytest.raises(ConfigError, match=rf"this is not TOML: .*line {line}\b"):
        load(text)


def test_toml_nested_without_end_is_one_sentence(load):
    with pytest.raises(ConfigError, match="TOML"):
        load("a = " + "[" * 100_000)


class TestRedisPlace:
    """Commands that look at a running system find it although the file is broken elsewhere."""

    def test_a_broken_query_does_not_hide_redis(self, tmp_path):
        path = tmp_path / "wirewatch.toml"
        path.write_text('[redis]\nurl = "redis://db:6379/1"\n[[topics]]\nname = "t"\nquery = "NOT x"\n')
        assert config.redis_place(path, env={}) == ("redis://db:6379/1", tmp_path / "data")

    @pytest.mark.parametrize("text", ["", "[redis\n", 'redis = 3\nstorage = "x"', "[redis]\nurl = 5"])
    def test_what_cannot_be_read_leaves_environment_and_default(self, tmp_path, text):
        path = tmp_path / "wirewatch.toml"
        path.write_text(text)
        assert config.redis_place(path, env={"REDIS_URL": "redis://env"}) == ("redis://env", tmp_path / "data")
        assert config.redis_place(path, env={})[0] is None

    def test_the_file_wins_over_the_environment_and_may_name_a_variable(self, tmp_path):
        path = tmp_path / "wirewatch.toml"
        path.write_text('[redis]\nurl = "env:MY_REDIS"\n[storage]\ndir = "elsewhere"')
        env = {"MY_REDIS": "redis://mine", "REDIS_URL": "redis://env"}
        assert config.redis_place(path, env=env) == ("redis://mine", tmp_path / "elsewhere")
        assert config.redis_place(path, env={"REDIS_URL": "redis://env"})[0] == "redis://env"

    def test_a_missing_file_leaves_the_environment(self, tmp_path):
        assert config.redis_place(tmp_path / "none.toml", env={"REDIS_URL": "redis://env"})[0] == "redis://env"


def test_secrets_that_are_not_needed_may_be_missing(tmp_path):
    path = tmp_path / "wirewatch.toml"
    path.write_text(
        '[redis]\nurl = "env:MY_REDIS"\n[web]\npassword = "env:PW"\n'
        '[[destinations]]\nname = "d"\ntype = "webhook"\nurl = "https://example.org/h"\nsecret = "file:none"\n'
        '[[destinations]]\nname = "s"\ntype = "slack"\nurl = "env:SLACK"\n'
    )
    with pytest.raises(ConfigError, match="MY_REDIS"):
        config.load(path, env={})
    settings = config.load(path, env={}, secrets_needed=False)
    assert [spec.name for spec in settings.destinations] == ["d", "s"]
    assert settings.redis_url is None


BOT = """
[[destinations]]
name = "newsroom"
type = "slack"
token = "{token}"
channel = "{channel}"
"""


@pytest.mark.parametrize("token", ["env:SLACK_BOT_TOKEN", "file:token", "xoxb-canary"])
@pytest.mark.parametrize(("channel", "meant"), [("#newsroom", "newsroom"), ("C0123456789", "C0123456789")])
def test_a_slack_bot_has_a_token_that_is_not_shown_and_a_channel(load, tmp_path, token, channel, meant):
    (tmp_path / "token").write_text("xoxb-canary\n", "utf-8")
    settings = load(BOT.format(token=token, channel=channel), env={"SLACK_BOT_TOKEN": "xoxb-canary"})
    (spec,) = settings.destinations
    assert (spec.sender, spec.channel, spec.url) == ("slack-bot", meant, SecretStr(""))
    assert spec.token.get_secret_value() == "xoxb-canary"
    assert "canary" not in repr(settings)


def test_a_slack_api_elsewhere_is_an_address_without_a_slash_at_its_end(load):
    bot = BOT.format(token="xoxb-1", channel="C1") + 'url = "https://slack-gov.com/api/"\n'
    assert load(bot).destinations[0].url.get_secret_value() == "https://slack-gov.com/api"


def test_an_address_spelled_twice_is_one_feed_and_the_first_says_how(load, tmp_path):
    (tmp_path / "list.opml").write_text('<opml><body><outline xmlUrl="HTTPS://a.example"/></body></opml>', "utf-8")
    settings = load(
        "[[feeds]]\nurl = 'https://A.example.:443/#top'\nname = 'first'\n"
        "[[feeds]]\nurl = 'https://a.example'\nname = 'second'\n[[feeds]]\nopml = 'list.opml'\n"
    )
    assert [(feed.name, feed.url) for feed in settings.feeds] == [("first", "https://a.example/")]
