"""Own templates that nothing uses are named, with the shipped one that was most likely meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import Severity
from publisher.render import environment
from publisher.render.unused_templates import unused_templates
from publisher.resources import shipped


def said(folder: Path, **files: str) -> list[str]:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = unused_templates(environment(folder, shipped("templates")))
    assert {one.severity for one in found} <= {Severity.WARNING}
    return [f"{one.path}: {one.fix}" for one in found]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("email__proof_mjml", "templates/email/proof.mjml: rename it to email/proof.html if it is meant to replace that, or remove it"),
        ("web__isue_html", "templates/web/isue.html: rename it to web/issue.html if it is meant to replace that, or remove it"),
        ("issue_mjml", "templates/issue.mjml: rename it to email/issue.mjml if it is meant to replace that, or remove it"),
        ("web__qqqqqqqqqqqqqqqqqqq_svg", "templates/web/qqqqqqqqqqqqqqqqqqq.svg: remove it"),
    ],
)  # fmt: skip
def test_a_template_whose_name_no_shipped_one_has_is_reported(tmp_path: Path, name: str, meant: str) -> None:
    assert said(tmp_path, **{name: "x"}) == [meant]


def test_what_used_templates_lead_to_is_used(tmp_path: Path) -> None:
    files = {
        "web__page_html": '{% extends "web/own.html" %}', "web__own_html": "{%- include 'web/part.html' ignore missing -%}",
        "web__part_html": "{% from 'macros.html' import x %}", "macros_html": "x", "web__README_md": "x", "web__left_html~": "x",
    }  # fmt: skip
    assert said(tmp_path, **files) == []
    assert len(said(tmp_path, web__page_html="x")) == 3


def test_nobody_is_accused_while_a_template_chooses_what_it_includes(tmp_path: Path) -> None:
    assert said(tmp_path, web__page_html="{% include name %}", web__part_html="x") == []
    assert said(tmp_path, web__page_html="{% include 'web/' ~ name %}") == []


def test_without_own_templates_there_is_nothing_to_say() -> None:
    assert unused_templates(environment(shipped("templates"))) == ()
