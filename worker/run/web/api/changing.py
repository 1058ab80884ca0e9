"""What the API changes; the pages and the commands do the same."""

from __future__ import annotations

from typing_extensions import TypedDict

from worker.edge.store.mutes import STORY, TOPIC
from worker.run.status_shape import MuteRecord
from worker.run.web.api.asked import AcknowledgeAsked, JudgeAsked, MuteAsked, ResendAsked, StoryAsked, TopicAsked
from worker.run.web.api.problems import ProblemError
from worker.run.web.api.recorded import mute_record
from worker.run.web.deeds import Deeds
from worker.run.web.desk import Desk


class ToldAgainRecord(TypedDict):
    """What is silent no more: a topic by its name or a story by its id."""

    kind: str
    of: str


class ResentRecord(TypedDict):
    """The destinations to which an alert is sent again."""

    id: str
    destinations: list[str]


class JudgedRecord(TypedDict):
    """What people say of an alert: right, wrong, or null."""

    id: str
    judged: str | None


class Changing:
    """The operations that change something."""

    def __init__(self, desk: Desk, deeds: Deeds) -> None:
        self._desk = desk
        self._deeds = deeds

    def mute_topic(self, asked: MuteAsked) -> MuteRecord:
        """Be told nothing of a topic for a while.

        Its alerts are noted as muted, and are not sent when the time is over.
        """
        return mute_record(self._deeds.mute(self._name(asked.topic_id), asked.lasting))

    def unmute_topic(self, asked: TopicAsked) -> ToldAgainRecord:
        """Be told of a topic again."""
        name = self._name(asked.topic_id)
        self._deeds.unmute(name)
        return {"kind": TOPIC, "of": name}

    def acknowledge_story(self, asked: AcknowledgeAsked) -> MuteRecord:
        """Be told nothing more of a story for a while."""
        return mute_record(self._deeds.acknowledge(asked.story_id, asked.lasting))

    def unacknowledge_story(self, asked: StoryAsked) -> ToldAgainRecord:
        """Be told of a story again."""
        return {"kind": STORY, "of": self._deeds.tell(asked.story_id)}

    def resend_alert(self, asked: ResendAsked) -> ResentRecord:
        """Send an alert again.

        It keeps its id, so a receiver that checks ids knows it, and waits for no quiet hours, digest, mute or limit.
        """
        return {"id": asked.alert_id, "destinations": self._deeds.resend(asked.alert_id, asked.destinations)}

    def judge_alert(self, asked: JudgeAsked) -> JudgedRecord:
        """Say whether an alert was right or wrong."""
        self._deeds.judge(asked.alert_id, asked.said or "")
        return {"id": asked.alert_id, "judged": asked.said or None}

    def _name(self, topic_id: str) -> str:
        name = next((topic.name for topic in self._desk.topics.values() if topic.id == topic_id), None)
        if name is None:
            raise ProblemError(404, "there is no such topic")
        return name
