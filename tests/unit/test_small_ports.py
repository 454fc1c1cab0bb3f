"""Ports stay small: whoever asks for one gets what they need, and a twin in memory stays short."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Protocol

import pytest

import publisher.ports.approvals
import publisher.ports.content
import publisher.ports.drafting
import publisher.ports.ledger
import publisher.ports.mail
import publisher.ports.schedule
import publisher.ports.site
import publisher.stages.ports
import subscribers.ports

MODULES = (
    publisher.ports.approvals, publisher.ports.content, publisher.ports.drafting, publisher.ports.ledger,
    publisher.ports.mail, publisher.ports.schedule, publisher.ports.site, publisher.stages.ports, subscribers.ports,
)  # fmt: skip
MOST = 10


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_port_asks_more_than_ten_things(module: ModuleType) -> None:
    ports = [
        each for _, each in inspect.getmembers(module, inspect.isclass)
        if each.__module__ == module.__name__ and Protocol in each.__mro__
    ]  # fmt: skip
    asked = {port.__name__: [name for name in vars(port) if not name.startswith("_")] for port in ports}
    assert asked
    assert {name: len(members) for name, members in asked.items() if len(members) > MOST} == {}
