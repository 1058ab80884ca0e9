"""Slack's error codes: what is tried again, what is final, and what to do."""

import pytest

from worker.alerts.slack_refusals import MESSAGE_REFUSED, THREAD_GONE, refusal

# The errors that the references of chat.postMessage and chat.update list for a bot's message without files.
PASSING = ("fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout", "service_unavailable")
MENDED_BY_PEOPLE = {
    "account_inactive": "write a new token",
    "channel_not_found": "/invite @sample_bot",
    "ekm_access_denied": "admins",
    "invalid_auth": "write a new token",
    "is_archived": "unarchive it",
    "missing_scope": "the scope chat:write",
    "no_permission": "/invite @sample_bot",
    "not_allowed_token_type": "xoxb-",
    "not_authed": "write a new token",
    "not_in_channel": "/invite @sample_bot",
    "restricted_action": "admins",
    "restricted_action_read_only_channel": "name another",
    "restricted_action_thread_only_channel": "name another",
    "team_access_not_granted": "install it there",
    "token_expired": "without token rotation",
    "token_revoked": "write a new token",
}
THE_MESSAGE = (
    "invalid_arguments",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_metadata_format",
    "metadata_too_large",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
)


@pytest.mark.parametrize("code", PASSING)
def test_what_passes_is_tried_again(code):
    assert refusal(code, channel="newsroom").retry


@pytest.mark.parametrize(("code", "mend"), MENDED_BY_PEOPLE.items())
def test_what_people_can_mend_is_tried_again_and_says_how(code, mend):
    found = refusal(code, channel="newsroom", bot="sample_bot")
    assert found.retry
    assert found.sentence.startswith(f"Slack refused the message ({code}): ")
    assert mend in found.sentence


@pytest.mark.parametrize("code", THE_MESSAGE)
def test_what_is_wrong_with_the_message_is_final(code):
    assert not refusal(code, channel="newsroom").retry


def test_what_nobody_has_heard_of_is_tried_again():
    found = refusal("moon_in_the_way", channel="newsroom")
    assert (found.retry, found.sentence) == (True, "Slack refused the message (moon_in_the_way)")


@pytest.mark.parametrize(
    ("channel", "shown"), [("newsroom", "#newsroom"), ("C0123456789", "C0123456789"), ("新聞", "#新聞")]
)
def test_a_channel_is_shown_as_people_write_it(channel, shown):
    assert f"the bot is not in {shown};" in refusal("not_in_channel", channel=channel).sentence


def test_without_a_name_the_bot_is_yours():
    assert "/invite @your-bot in the channel" in refusal("not_in_channel", channel="newsroom").sentence


@pytest.mark.parametrize("hostile", ["x" * 9000, "\x1b[31m\n", "{channel}{0}", ""])
def test_a_code_that_is_none_makes_a_short_plain_line(hostile):
    found = refusal(hostile, channel="newsroom", bot=hostile, needed=hostile)
    assert found.sentence.isprintable()
    assert len(found.sentence) < 200


def test_no_code_means_two_things():
    assert not THREAD_GONE & MESSAGE_REFUSED
