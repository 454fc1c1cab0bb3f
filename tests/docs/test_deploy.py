"""deploy/ fits the program, the documents and itself, as far as that shows without a container runtime."""

from __future__ import annotations

import inspect
import ipaddress
import json
import re
import tomllib
from typing import Any

import yaml

from publisher.cli import setup
from publisher.settings import SECRETS, Settings
from tests.docs.manual import ROOT, documents

DEPLOY = ROOT / "deploy"
STEPS = [
    step.partition(" ")[::2]
    for step in re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text("utf-8")).splitlines()
    if step and not step.startswith("#")
]
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_image_takes_only_files_that_are_there_and_all_that_the_wheel_needs() -> None:
    first = STEPS[: [kind for kind, _ in STEPS].index("FROM", 1)]
    copied = {word for kind, rest in first if kind == "COPY" for word in rest.split()[:-1]}
    assert all((ROOT / name).exists() for name in copied)
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    packages = re.search(r"^packages = (\[.*\])$", project, re.MULTILINE)
    assert packages
    included = re.findall(r'^"(\w+)" = "publisher/_shipped', project, re.MULTILINE)
    assert {
        *json.loads(packages[1]),
        *included,
        "pyproject.toml",
        "requirements.lock",
        "README.md",
        "LICENSE",
    } == copied
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text("utf-8").splitlines()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied


def test_the_image_runs_as_nobody_special_and_asks_the_endpoint_that_is_there() -> None:
    said = dict(STEPS)
    assert said["USER"] == SERVICES["pressroom"]["user"] == "10001"
    assert [*json.loads(said["ENTRYPOINT"]), *json.loads(said["CMD"])][:2] == ["pressroom", "run"]
    port = inspect.signature(setup.run).parameters["port"].default
    assert said["EXPOSE"] == str(port)
    assert f"http://127.0.0.1:{port}/readyz" in said["HEALTHCHECK"]


def test_only_the_proxy_is_reached_and_only_it_is_believed() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]
    shared = set(SERVICES["caddy"]["networks"]) & set(SERVICES["pressroom"]["networks"])
    assert shared == {"inside"} == set(SERVICES["database"]["networks"])
    inside = COMPOSE["networks"]["inside"]
    assert inside["internal"] is True
    variables = SERVICES["pressroom"]["environment"]
    assert [variables["PRESSROOM_TRUSTED_PROXIES"]] == [each["subnet"] for each in inside["ipam"]["config"]]
    assert ipaddress.ip_network(variables["PRESSROOM_TRUSTED_PROXIES"]).is_private
    Settings(trusted_proxies=variables["PRESSROOM_TRUSTED_PROXIES"])
    assert {name for name in variables if name.endswith("_FILE")} <= {f"{name}_FILE" for name in SECRETS}


def test_a_worker_is_the_same_image_and_user_runs_only_when_asked_and_cannot_write() -> None:
    worker, service = SERVICES["worker"], SERVICES["pressroom"]
    assert (worker["command"], worker["profiles"]) == (["worker"], ["workers"])
    assert all(worker[key] == service[key] for key in ("image", "user", "secrets", "networks", "depends_on", "restart"))
    assert worker["environment"].items() <= service["environment"].items()
    assert worker["volumes"] == [f"{volume}:ro" for volume in service["volumes"]]
    assert "container_name" not in worker  # so that it can be scaled
    page = (ROOT / "docs" / "workers.md").read_text("utf-8")
    assert "docker compose --profile workers up -d --scale worker=2" in page
    for key in ("stop_grace_period", "restart", "mem_limit"):
        assert f"`{key}: {worker[key]}`" in page


def test_services_may_do_little_and_what_they_name_is_declared() -> None:
    for name in ("pressroom", "worker", "caddy"):
        assert (SERVICES[name]["read_only"], SERVICES[name]["cap_drop"]) == (True, ["ALL"]), name
    for name, service in SERVICES.items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        assert set(service.get("depends_on", [])) <= set(SERVICES), name
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or source.startswith(("${PUBLICATION", "./Caddyfile")), volume
    assert "healthcheck" in SERVICES["database"]
    wanted = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    page = (ROOT / "docs" / "production.md").read_text("utf-8")
    assert wanted == {"PUBLICATION", "SITE"}
    assert all(name in page for name in (*wanted, *COMPOSE["secrets"]))


def test_content_by_git_has_its_program_and_its_key() -> None:
    second = STEPS[[kind for kind, _ in STEPS].index("FROM", 1) :]
    (packages,) = [rest.split() for kind, rest in second if kind == "RUN" and "apt-get install" in rest]
    assert {"git", "openssh-client"} <= set(packages)
    more = yaml.safe_load((DEPLOY / "compose.git.yaml").read_text("utf-8"))
    (service,) = more["services"].values()
    page = (ROOT / "docs" / "git.md").read_text("utf-8")
    assert set(more["services"]) <= set(SERVICES)
    assert set(service["secrets"]) == set(more["secrets"])
    for secret in service["secrets"]:
        assert f"/run/secrets/{secret}" in service["environment"]["GIT_SSH_COMMAND"]
        assert f"`{secret}`" in page
    assert "compose.yaml:compose.git.yaml" in page


def test_an_extra_is_installed_by_its_name_and_never_by_those_of_its_packages() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    page = (ROOT / "docs" / "production.md").read_text("utf-8")
    packages = {re.split(r"[\[>=]", package)[0] for extra in extras.values() for package in extra}
    assert all(f"`{extra}`" in page for extra in extras)
    texts = [*documents(), *(ROOT / "publisher").rglob("*.py"), *(ROOT / "subscribers").rglob("*.py")]
    for path in texts:
        advised = re.findall(r"(?:pip|uv|pipx)3? (?:tool )?(?:install|add) ([^\n`]*)", path.read_text("utf-8"))
        assert not [line for line in advised if packages & set(re.split(r"[\s'\",;)\[]+", line))], path


def test_no_image_or_file_names_a_registry() -> None:
    images = [service["image"] for service in SERVICES.values()] + [
        rest.split()[0] for kind, rest in STEPS if kind == "FROM"
    ]
    assert not [image for image in images if re.match(r"[^/]*[.:][^/]*/", image)]


def test_the_web_server_limits_requests_as_the_service_does() -> None:
    text = (DEPLOY / "Caddyfile").read_text("utf-8")
    assert text.count("{") == text.count("}")
    assert set(re.findall(r"\{\$(\w+)", text)) == set(SERVICES["caddy"]["environment"])
    assert SERVICES["caddy"]["environment"]["UPSTREAM"] == f"pressroom:{dict(STEPS)['EXPOSE']}"
    for line in ("read_header 10s", "read_body 10s", "max_size 64KB"):
        assert line in text
