"""The list of personal fields is closed: a field that the contract gains must be put into it."""

import pytest

from services.contract.topics import TOPICS, Topic
from services.replay.capture.personal import PERSONAL

each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


@each_topic
def test_every_field_of_every_event_is_in_the_list(topic: Topic) -> None:
    assert PERSONAL[topic.value].keys() == topic.value.model_fields.keys()
