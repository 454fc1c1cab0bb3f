"""Every example in a docstring is executed."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import plaintext
import publisher
import subscribers


def modules() -> Iterator[str]:
    for package in (publisher, subscribers, plaintext):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in found.name and not found.name.endswith("__main__"):
                yield found.name


def test_the_examples_in_docstrings_hold() -> None:
    results = {name: doctest.testmod(importlib.import_module(name)) for name in modules()}
    assert {name: result for name, result in results.items() if result.failed} == {}
    assert sum(result.attempted for result in results.values()) > 20
