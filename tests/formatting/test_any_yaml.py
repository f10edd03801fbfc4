"""Whatever people write: one layout, reached at once, with the same meaning and every comment."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings

from reconciler.kinds.registry import REGISTRY
from reconciler.sources.yaml.documents import read_documents
from reconciler.sources.yaml.formatting import format_manifest
from reconciler.sources.yaml.nodes import read_nodes
from tests.support.yaml_texts import yaml_texts

thorough = settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)


@thorough
@given(yaml_texts())
def test_meaning_and_comments_stay_and_the_second_time_nothing_changes(drawn: tuple[str, list[str]]) -> None:
    text, comments = drawn
    before, faults = read_documents(text, "a.yaml")
    assume(not faults)
    once, found = format_manifest(text, "a.yaml", REGISTRY)
    assert not found
    assert [each.data for each in read_documents(once, "a.yaml")[0]] == [each.data for each in before]
    assert sorted(read_nodes(once).comments) == sorted(comments)
    assert format_manifest(once, "a.yaml", REGISTRY)[0] == once
