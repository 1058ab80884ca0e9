"""wirewatch.toml, the single source of truth: read, checked, edited, and published to workers.

`load` gives the Settings everything runs on, `problems` is what `wirewatch check` prints, `to_published` and
`from_published` carry the settings to workers that know the Redis URL only, `template` is what `wirewatch init`
writes, and the edits change the text and leave its comments alone. Nothing else reads the environment.
"""

from worker.config.draft import examine_topic
from worker.config.edit import add_feed, add_list, add_topic, change_topic, remove_feed, remove_topic, written_topic
from worker.config.loading import config_path, environment_redis_url, load, problems, read_config, redis_place
from worker.config.opml import read_opml, write_opml
from worker.config.problem import Problem
from worker.config.settings import OpmlSource, Settings, from_published, published_feeds, to_published
from worker.config.starting import template
from worker.config.watched import ConfigFiles

__all__ = [
    "ConfigFiles",
    "OpmlSource",
    "Problem",
    "Settings",
    "add_feed",
    "add_list",
    "add_topic",
    "change_topic",
    "config_path",
    "environment_redis_url",
    "examine_topic",
    "from_published",
    "load",
    "problems",
    "published_feeds",
    "read_config",
    "read_opml",
    "redis_place",
    "remove_feed",
    "remove_topic",
    "template",
    "to_published",
    "write_opml",
    "written_topic",
]
