"""What Slack's API means by the errors it answers with HTTP 200 and "ok": false, and what to do about each.

The codes are those of docs.slack.dev/reference/methods/chat.postMessage, chat.update and auth.test. What people can
mend (a token, an invitation) is tried again all the same: once it is mended, the alert arrives. What is wrong with the
message itself is refused again however often it is sent, so that is final.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from worker.alerts.plain import plain, shortened

THREAD_GONE = frozenset(
    {
        "cannot_reply_to_message",
        "invalid_thread_ts",
        "message_not_found",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
    }
)
"""The first message of the thread was deleted, or takes no replies."""

MESSAGE_REFUSED = frozenset(
    {
        "block_mismatch",
        "duplicate_channel_not_found",
        "duplicate_message_not_found",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_must_be_sent_from_app",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "too_many_attachments",
    }
)
"""The message as it is; one of plain text and nothing else may still be taken."""

UNCERTAIN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""Slack failed while it was at it: the message may be there all the same."""

_RENEW = 'write a new token into [[destinations]] (api.slack.com/apps, your app, "OAuth & Permissions")'
_MENDS = MappingProxyType(
    {
        "account_inactive": f"the token belongs to a workspace or bot that was removed; {_RENEW}",
        "access_denied": "the app may not use this; ask an admin of the workspace to approve it",
        "channel_not_found": (
            "there is no channel {channel} that the bot can see; write the channel's ID, and for a private channel "
            "invite the bot: /invite @{bot} in the channel"
        ),
        "ekm_access_denied": "the workspace's admins have suspended posting; ask them",
        "enterprise_is_restricted": "the organisation does not let apps post here; ask its admins",
        "invalid_auth": (
            f"the token is not valid, or may not be used from this machine's address; {_RENEW}, or mend the app's "
            "allowed addresses"
        ),
        "is_archived": "the channel {channel} is archived; unarchive it, or name another",
        "messages_tab_disabled": "the app's messages are switched off; switch on its Messages Tab (your app, App Home)",
        "missing_scope": (
            'the token lacks the scope {needed}; add it (api.slack.com/apps, your app, "OAuth & Permissions") and '
            "reinstall the app"
        ),
        "no_permission": "the bot may not post in {channel}; invite it: /invite @{bot} in the channel",
        "not_allowed_token_type": "this is no bot token; write the one that starts with xoxb-",
        "not_authed": f"no token arrived; {_RENEW}",
        "not_in_channel": "the bot is not in {channel}; invite it: /invite @{bot} in the channel",
        "org_login_required": "the workspace is being moved to an organisation; it goes on when that is done",
        "restricted_action": "the workspace lets only some people post in {channel}; ask its admins to let the app",
        "restricted_action_read_only_channel": "{channel} is read-only; let the app post there, or name another",
        "restricted_action_thread_only_channel": "{channel} takes replies only; name another",
        "team_access_not_granted": "the app may not use this workspace; install it there",
        "team_added_to_org": "the workspace is being moved to an organisation; it goes on when that is done",
        "token_expired": f"the token has expired; {_RENEW}, of an app without token rotation",
        "token_revoked": f"the token was revoked; {_RENEW}",
        "two_factor_setup_required": "the workspace asks for two-factor authentication; set it up for the app's owner",
    }
)
_PASSING = MappingProxyType(
    {
        "accesslimited": "Slack limits access from this network",
        "fatal_error": "Slack failed",
        "internal_error": "Slack failed",
        "message_limit_exceeded": "the workspace has reached its limit of messages",
        "rate_limited": "too many messages to {channel}",
        "ratelimited": "too many messages to {channel}",
        "request_timeout": "Slack did not get the whole message",
        "service_unavailable": "Slack is not available",
    }
)
_NAMES_BOT = frozenset({"channel_not_found", "no_permission", "not_in_channel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error of the API: its `code`, whether the same call can succeed later, and a sentence with the mend."""

    code: str
    retry: bool
    sentence: str


def names_bot(code: str) -> bool:
    """Whether the mend speaks of the bot by name."""
    return code in _NAMES_BOT


def refusal(code: str, *, channel: str, bot: str = "", needed: str = "") -> Refusal:
    """What `code` means for a post to `channel`. `bot` is the bot's name, `needed` the scopes Slack asked for."""
    shown = f"#{channel}" if channel and not channel.isupper() else channel
    code = shortened(plain(code), 80) or "no reason"
    words = _PASSING.get(code) or _MENDS.get(code)
    if words is None:
        final = code in MESSAGE_REFUSED or code == "no_text"
        return Refusal(code=code, retry=not final, sentence=f"Slack refused the message ({code})")
    told = words.format(channel=shown, bot=bot or "your-bot", needed=shortened(plain(needed), 80) or "chat:write")
    return Refusal(code=code, retry=True, sentence=f"Slack refused the message ({code}): {told}")
