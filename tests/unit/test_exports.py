"""Modules whose exported names are imported when they are first used."""

from __future__ import annotations

import ast
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import subscribers
import subscribers.database
from publisher import pipeline


def seen_by_type_checkers(package: ModuleType) -> dict[str, str]:
    """Return the module of each name that is imported under `if TYPE_CHECKING`."""
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


@pytest.mark.parametrize("package", [subscribers, subscribers.database, pipeline], ids=lambda package: package.__name__)
class TestExports:
    def test_type_checkers_and_python_find_the_same_names(self, package: ModuleType) -> None:
        homes = {name: home for home, names in package._HOMES.items() for name in names}
        assert homes == seen_by_type_checkers(package)
        assert sorted(package.__all__) == sorted(homes)

    def test_every_exported_name_can_be_imported(self, package: ModuleType) -> None:
        assert all(getattr(package, name) is not None for name in package.__all__)

    def test_no_exported_name_is_the_name_of_a_module(self, package: ModuleType) -> None:
        assert not {module.name for module in pkgutil.iter_modules(getattr(package, "__path__", []))} & set(
            package.__all__
        )

    def test_a_name_that_is_not_exported_is_an_attribute_error(self, package: ModuleType) -> None:
        with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
            package.nothing  # noqa: B018
