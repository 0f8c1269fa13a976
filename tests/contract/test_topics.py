"""The topics table keeps its own rules: names, owners, writers and readers."""

import re

import pytest

from services.contract.topics import TOPICS, Keep, Topic

_NAME = re.compile(r"[a-z]+(-[a-z]+)*-v[1-9][0-9]*")
_WRITERS = {"auth", "guard", "linker", "notifier", "ops"}
_READERS = {"auth", "guard", "linker", "notifier", "replay"}
# The owner stands first in the name, as the service or as what it keeps.
_OWNERS = {"courts": "ops", "auth": "auth", "link": "linker", "mail": "notifier", "filer": "notifier"}

each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


@each_topic
def test_name_has_dashes_only_and_ends_in_its_version(topic: Topic) -> None:
    assert _NAME.fullmatch(topic.name)
    assert topic.event_type.endswith(f".{topic.name.rpartition('-')[2]}")


@each_topic
def test_owner_is_in_the_name_and_has_to_do_with_the_topic(topic: Topic) -> None:
    owner = _OWNERS[topic.name.partition("-")[0]]
    assert owner in topic.written_by + topic.read_by


@each_topic
def test_every_writer_and_reader_is_known(topic: Topic) -> None:
    assert topic.written_by
    assert topic.read_by
    assert set(topic.written_by) <= _WRITERS
    assert set(topic.read_by) <= _READERS


@each_topic
def test_prefix_comes_before_the_name(topic: Topic) -> None:
    assert topic.named("court-a-") == f"court-a-{topic.name}"


def test_names_and_event_types_are_unique() -> None:
    assert len({topic.name for topic in TOPICS}) == len({topic.event_type for topic in TOPICS}) == len(TOPICS)


def test_what_projections_are_rebuilt_from_is_kept_for_ever() -> None:
    kept = {topic.name: topic.keep for topic in TOPICS}
    assert kept["link-transactions-v1"] is Keep.FOR_EVER
    assert kept["courts-v1"] is Keep.COMPACTED
