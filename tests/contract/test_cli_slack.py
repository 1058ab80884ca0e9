"""What the commands say of a Slack bot: whether it can post, what is missing, and that no token is shown."""

from __future__ import annotations

import pytest
from support.answers import one_sentence
from support.fake_slack import TOKEN, Channel, slack

CONFIG = """
[[destinations]]
name = "desk"
type = "slack"
url = "{url}"
token = "env:SLACK_BOT_TOKEN"
channel = "#newsroom"
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    with slack() as found:
        (tmp_path / "wirewatch.toml").write_text(CONFIG.format(url=found.url), "utf-8")
        monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
        yield found


def test_a_bot_that_may_post_is_found_well_and_posts_nothing(cli, workspace):
    assert cli("check", "--online") == (0, "wirewatch.toml: 0 feeds, 0 topics, 1 destination, no errors\n", "")
    assert [method for method, _ in workspace.calls] == ["auth.test"]


def test_a_scope_that_is_missing_is_named(cli, workspace):
    workspace.scopes = ("channels:read", "users:read")
    status, output, errors = cli("check", "--online")
    assert (status, errors) == (1, "")
    assert output == (
        "error: destination desk: Slack refused the message (missing_scope): the token lacks the scope chat:write; "
        'add it (api.slack.com/apps, your app, "OAuth & Permissions") and reinstall the app\n'
    )


def test_a_token_that_slack_refuses_is_told_and_not_shown(cli, workspace, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-canary")
    status, output, errors = cli("check", "--online")
    assert (status, errors) == (1, "")
    assert output.startswith(
        "error: destination desk: Slack refused the message (invalid_auth): the token is not valid"
    )
    assert "canary" not in output


def test_a_slack_that_does_not_answer_is_told(cli, workspace):
    workspace.answer = lambda _number: (503, {}, b"")
    status, output, _ = cli("check", "--online")
    assert status == 1
    assert output == "error: destination desk: Slack's API answered 503 Service Unavailable\n"


def test_a_test_alert_is_a_message_of_its_own(cli, workspace):
    for _ in range(2):
        assert cli("alerts", "test", "desk") == (0, "desk took the test alert\n", "")
    first, second = workspace.messages
    assert first.thread is None
    assert second.thread is None
    assert first.sent["blocks"][0]["text"]["text"] == "This is a test alert from wirewatch"
    assert first.alert != second.alert


def test_a_test_alert_says_who_has_to_be_invited_where(cli, workspace):
    workspace.channels = (Channel(id="C0NEWSROOM", name="newsroom", bot_is_in=False),)
    workspace.bot = "night_desk"
    assert one_sentence(cli("alerts", "test", "desk")) == (
        "Slack refused the message (not_in_channel): the bot is not in #newsroom; invite it: /invite @night_desk "
        "in the channel"
    )
