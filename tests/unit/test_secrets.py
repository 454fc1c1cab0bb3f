"""No password in a setting is ever shown: not by `check`, nor in an error, a repr or a traceback."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.app import App
from publisher.deliver.threads import on_loop
from publisher.errors import PressroomError
from publisher.settings import SECRETS, examine
from publisher.web.budgets import Budgets, Limits
from subscribers import SubscribersError
from tests.long import some

URLS = {
    "PRESSROOM_SMTP_URL": "smtp://user:{}@127.0.0.1:1",
    "PRESSROOM_DATABASE_URL": "postgresql://user:{}@127.0.0.1:1/news",
    "PRESSROOM_REDIS_URL": "redis://:{}@127.0.0.1:1/0",
    "PRESSROOM_MODEL_URL": "http://user:{}@127.0.0.1:1/v1",
    "PRESSROOM_SECOND_MODEL_URL": "http://user:{}@127.0.0.1:2/v1",
    "PRESSROOM_THIRD_MODEL_URL": "http://user:{}@127.0.0.1:3/v1",
    "PRESSROOM_EMBEDDING_URL": "http://user:{}@127.0.0.1:4/v1",
    "PRESSROOM_BASE_URL": "https://user:{}@news.example.com",
}
MODELS = {f"PRESSROOM_{which}_NAME": "small" for which in ("MODEL", "SECOND_MODEL", "THIRD_MODEL", "EMBEDDING")}
WORDS = st.text("qxzjkw", min_size=6, max_size=9)
"""Parts of a password that stand in no message by chance."""
CUTS = st.sampled_from([*"#/?@:[]%&=+ ;,'\"<>^`{|}~!$()*\\é\t", "://", "?starttls=", "&cafile=", "@127.0.0.1:5/"])
PASSWORDS = st.lists(st.tuples(st.sampled_from(["", "12", "7"]), CUTS, WORDS), min_size=1, max_size=4)
Parts = list[tuple[str, str, str]]


def beside(name: str) -> dict[str, str]:
    """Return what a setting of a model needs beside it."""
    model, _, part = name.rpartition("_")
    if not model.endswith(("MODEL", "EMBEDDING")):
        return {}
    return {f"{model}_NAME": "small"} | ({} if part == "URL" else {f"{model}_URL": "http://127.0.0.1:1/v1"})


def said_by_using(app: App) -> list[str]:
    """Use every setting as the verbs and `pressroom run` do; return all that is shown, and each error's traceback."""
    said = [repr(app.as_it_is.setting_problems()), repr(examine(app.folder, app.variables))]
    uses: list[Callable[[], object]] = [
        app.describe_settings, lambda: app.settings, lambda: asyncio.run(on_loop(app.courier).connect()),
        lambda: app.engine.connect(),  # noqa: PLW0108
        lambda: Budgets(Limits(), app.redis_url),
    ]  # fmt: skip
    for use in uses:
        try:
            said.append(repr(use()))
        except (PressroomError, SubscribersError) as error:
            said.append("".join(traceback.format_exception(error)))
    return said


@settings(max_examples=some(150), deadline=None)
@given(st.sampled_from(sorted(URLS)), PASSWORDS)
@example("PRESSROOM_REDIS_URL", [("", "#", "qxzjkw")])
@example("PRESSROOM_MODEL_URL", [("12", "/", "qxzjkw")])
@example("PRESSROOM_SMTP_URL", [("7", "@", "qxzjkw"), ("12", "/", "zzzqqq")])
def test_no_part_of_any_password_is_shown(name: str, parts: Parts) -> None:
    password = "".join(part for pieces in parts for part in pieces)
    with TemporaryDirectory() as folder:
        variables = {name: URLS[name].format(password), **beside(name)}
        with App(Path(folder), variables=variables) as app:
            said = "\n".join(said_by_using(app)).lower()
            (Path(folder) / ".env").write_text(f"{name} {variables[name]}\n{name}:{variables[name]}=1\n", "utf-8")
            said += repr(examine(Path(folder), {})).lower()
    assert not [word for *_, word in parts if word in said], said


@pytest.mark.parametrize("name", sorted(URLS))
def test_a_password_with_an_unescaped_character_is_reported_in_one_sentence(tmp_path: Path, name: str) -> None:
    with App(tmp_path, variables={name: URLS[name].format("a#qxzjkw"), **beside(name)}) as app:
        problems = [str(problem) for problem in app.as_it_is.setting_problems()]
    if name == "PRESSROOM_DATABASE_URL":
        assert problems == [], "SQLAlchemy reads a # in a password"
    else:
        (said,) = problems
        assert said.startswith(f"environment: {name}: ")
        assert "write" in said


@pytest.mark.parametrize("name", ["PRESSROOM_SMTP_URL", "PRESSROOM_DATABASE_URL", "PRESSROOM_REDIS_URL"])
def test_an_unknown_parameter_is_reported_in_one_sentence_that_repeats_nothing(tmp_path: Path, name: str) -> None:
    url = f"{URLS[name].format('qxzjkw')}?wvzkqx=1"
    with App(tmp_path, variables={name: url}) as app:
        (said,) = [str(problem) for problem in app.as_it_is.setting_problems()]
    assert said.startswith(f"environment: {name}: ")
    assert "parameter" in said
    assert not [word for word in ("qxzjkw", "wvzkqx") if word in said]


def test_sqlite_takes_no_parameter(tmp_path: Path) -> None:
    with App(tmp_path, variables={"PRESSROOM_DATABASE_URL": f"sqlite:///{tmp_path}/news.db?wvzkqx=1"}) as app:
        (said,) = [str(problem) for problem in app.as_it_is.setting_problems()]
    assert "SQLite takes none" in said


def test_a_percent_encoded_password_works_everywhere(tmp_path: Path) -> None:
    variables = {name: url.format("a%23b%2Fc%40d") for name, url in URLS.items() if name in SECRETS}
    with App(tmp_path, variables=variables | MODELS) as app:
        assert app.as_it_is.setting_problems() == ()
        assert "%23" not in repr(app.describe_settings()) + repr(app.settings)


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_can_come_from_a_file_without_its_last_line_end(tmp_path: Path, name: str) -> None:
    value = URLS.get(name, "k" * 32 + "{}").format("p")
    (tmp_path / "secret").write_text(f"{value}\n")
    given = {f"{name}_FILE": "secret", **beside(name)}
    found = getattr(examine(tmp_path, given).checked(), name.removeprefix("PRESSROOM_").lower())
    assert found.get_secret_value() == value
    assert examine(tmp_path, {f"{name}_FILE": str(tmp_path / "secret"), **beside(name)}).checked()


def problems(folder: Path, **variables: str) -> list[str]:
    return [str(problem) for problem in examine(folder, variables).problems]


def test_a_secret_can_only_come_from_one_place(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("k" * 32)
    (tmp_path / ".env").write_text("PRESSROOM_SECRET_KEY=" + "q" * 32)
    assert problems(tmp_path, PRESSROOM_SECRET_KEY_FILE="secret") == [
        "environment: PRESSROOM_SECRET_KEY_FILE: PRESSROOM_SECRET_KEY is also set, and only one of them can count; "
        "remove one of the two"
    ]


def test_an_unusable_secret_file_is_reported_without_its_name_which_may_be_the_secret(tmp_path: Path) -> None:
    key = "q" * 32
    assert problems(tmp_path, PRESSROOM_SECRET_KEY_FILE=key) == [
        "environment: PRESSROOM_SECRET_KEY_FILE: the file cannot be read (No such file or directory); "
        "fix the path or its permissions"
    ]
    (tmp_path / "secret").mkdir()
    assert "cannot be read (Is a directory)" in problems(tmp_path, PRESSROOM_SECRET_KEY_FILE="secret")[0]
    for octets, why in (
        (b"", "does not have exactly one line"),
        (b"a\nb\n", "does not have exactly one line"),
        (b"\xff", "is not text"),
    ):
        (tmp_path / "wrong").write_bytes(octets)
        (said,) = problems(tmp_path, PRESSROOM_SECRET_KEY_FILE="wrong")
        assert why in said


def test_a_wrong_value_is_reported_with_the_file_that_contains_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short\n")
    (said,) = problems(tmp_path, PRESSROOM_SECRET_KEY_FILE="key")
    assert said.startswith("key: PRESSROOM_SECRET_KEY: each key needs 32 characters or more")


def test_a_setting_that_is_not_a_secret_has_no_file(tmp_path: Path) -> None:
    assert "no such setting" in problems(tmp_path, PRESSROOM_MODEL_NAME_FILE="x")[0]
