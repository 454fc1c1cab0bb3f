"""The page of drafted sections is what its tool makes: of the example in any case, of the newsletter where its issues are there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/drafted-sections.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("drafted_sections", ROOT / "tools/drafted_sections.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_examples_part_is_what_the_tool_makes(tool: ModuleType) -> None:
    assert tool.page(None) == PAGE


def test_ten_issues_of_a_newsletter_are_shown_with_what_the_checks_said() -> None:
    newsletter = PAGE.partition("## The Bitcoin Optech newsletter\n")[2]
    assert newsletter.count("\n### ") == 10
    assert newsletter.count("What the checks said:") == 10
    assert "fails" not in newsletter
