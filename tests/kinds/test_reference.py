"""The page for users, docs/kinds.md, keeps up with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from reconciler.kinds.reading.decode import read_world
from reconciler.kinds.registry import REGISTRY
from reconciler.sources.yaml.documents import read_documents

PAGE = (Path(__file__).parents[2] / "docs/kinds.md").read_text()


@pytest.mark.parametrize("kind", REGISTRY)
def test_every_field_of_a_kind_stands_on_its_section(kind: str) -> None:
    section = PAGE.split(f"\n## {kind}\n")[1].split("\n## ")[0]
    model: type[BaseModel] = REGISTRY[kind].spec
    for name, field in model.model_fields.items():
        written = field.alias or name
        assert f"`{written}`" in section or f"`{written}." in section, written
        assert field.description


def test_examples_of_the_page_have_no_fault_together() -> None:
    examples = re.findall(r"```yaml\n(apiVersion.*?)```", PAGE, re.DOTALL)
    outcome = "kind: EmailTask\nmetadata: {name: tell-outcome}\nspec: {context: approval}\n"
    admins = "kind: Group\nmetadata: {name: administrators}\nspec: {members: [ida@example.com]}\n"
    rest = [f"apiVersion: reconciler/v1\n{text}" for text in (outcome, admins)]
    documents, faults = read_documents("---\n".join([*examples[1:], *rest]), "kinds.md")
    _, diagnostics = read_world(documents, REGISTRY)
    assert faults + diagnostics == []
