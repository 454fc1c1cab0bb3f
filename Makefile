# One command each: demo, test, check, fix, fuzz, bench, torture, lock. Each sets up what it needs first.
.PHONY: demo test check fix fuzz bench torture pictures phrases lock sbom setup setup-dev

demo: setup
	.venv/bin/pressroom demo --dir var/demo

test: setup-dev
	.venv/bin/python -m pytest

check: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

fix: setup-dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# Seconds that `make fuzz` goes on, and the seed that it begins with.
FOR ?= 3600
SEED ?= 0

fuzz: setup-dev
	.venv/bin/python -m tests.fuzz $(FOR) --seed $(SEED)

bench: setup-dev
	.venv/bin/python -m bench

torture: setup-dev
	.venv/bin/python -m pytest tests/torture -m torture -n 0 -o faulthandler_timeout=900

pictures: demo setup-dev
	.venv/bin/python docs/pictures/make.py --publication var/demo/publication

# Collects the phrases that readers see, and compiles their translations.
phrases: setup-dev
	.venv/bin/python tools/phrases.py

# Needs uv. Hashes, no addresses.
lock:
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group dev --extra postgres -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -q -o requirements-dev.lock

sbom: setup
	.venv/bin/python tools/sbom.py requirements.lock >var/sbom.cdx.json

setup:
	@tools/setup run

setup-dev:
	@tools/setup dev
