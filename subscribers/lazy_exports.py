"""Imports the names that a module exports when they are first used (PEP 562), so that `pressroom --help` is fast."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module


def exports(module: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """Return a `__getattr__` for a module; `homes` maps other modules to the names that it exports from them.

    A package must not export a name that is also the name of one of its modules: Python would find the module.
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def import_name(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[module], name, value)
        return value

    return import_name
