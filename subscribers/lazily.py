"""Names of a package that are imported when they are first used (PEP 562), so that `pressroom --help` loads no database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module


def exports(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """Return the `__getattr__` of a package; `homes` maps each of its modules to the names that it exports from there.

    No name may be that of a module directly in the package: Python would find the module.
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def import_name(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return import_name
