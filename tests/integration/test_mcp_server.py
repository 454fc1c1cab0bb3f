"""The MCP server, driven by the client of the package `mcp`: in this process, over stdio and over HTTP, as real processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from publisher.mcp_server import tool_server
from tests.assisting import QUOTED, proposal
from tests.e2e.command import COMMAND, environment
from tests.publication import FakeClock, MemoryApp, example, variables

TOKEN = "0123456789abcdef0123456789abcdef"
MODERN = "2026-07-28"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return example(tmp_path / "news")


def in_client(server: Any, do: Callable[[Client], Awaitable[None]], **more: Any) -> None:
    async def main() -> None:
        with anyio.fail_after(100):
            async with Client(server, **more) as client:
                await do(client)

    anyio.run(main)


async def a_proposal(client: Client) -> None:
    """Look, propose, propose the same again, and something else with the same key."""
    assert client.protocol_version == MODERN
    found = (
        await client.call_tool("search_issues", {"query": "HNSW graph of neighbors, walked greedily"})
    ).structured_content
    assert found is not None
    passage = next(one["id"] for one in found["passages"] if QUOTED in one["text"])
    asked = proposal(passage, found["revision"])
    first = await client.call_tool("propose_piece", asked)
    assert first.is_error is not True, first.content
    assert first.structured_content == (await client.call_tool("propose_piece", asked)).structured_content
    other = await client.call_tool("propose_piece", asked | {"title": "Another title"})
    assert other.is_error is True
    assert "was used for something else" in str(other.content)
    stale = await client.call_tool("propose_piece", asked | {"title": "Another title", "idempotency_key": "key-0002"})
    assert stale.is_error is True
    assert "content changed since you looked" in str(stale.content)


def drafts(folder: Path) -> list[str]:
    return [path.name for path in (folder / "content/concepts").glob("measure-*.md")]


def test_the_tools_say_truly_which_of_them_only_read(folder: Path) -> None:
    app = MemoryApp(folder, FakeClock(), variables("smtp://127.0.0.1:9"))

    async def look(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert sorted(tools) == [
            "check_link", "find_repeats", "list_pieces", "propose_piece", "read_issue", "search_issues",
        ]  # fmt: skip
        hints = {name: tool.annotations for name, tool in tools.items()}
        assert all(hint is not None and hint.destructive_hint is False for hint in hints.values())
        assert [name for name, hint in hints.items() if hint and not hint.read_only_hint] == ["propose_piece"]
        assert [name for name, hint in hints.items() if hint and hint.open_world_hint] == ["check_link"]
        for tool in tools.values():
            assert tool.input_schema["additionalProperties"] is False
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for name, given in (
            ("list_pieces", {}), ("read_issue", {"number": 3}), ("search_issues", {"query": "deadline"}),
            ("find_repeats", {"text": "A deadline for each call."}),
        ):  # fmt: skip
            assert (await client.call_tool(name, given)).is_error is not True
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
        wrong = await client.call_tool("read_issue", {"number": 3, "path": ".env"})
        assert wrong.is_error is True
        assert "Extra inputs are not permitted" in str(wrong.content)
        unknown = await client.call_tool("approve_issue", {"number": 11})
        assert unknown.is_error is True
        assert await nothing_else(client)

    async def nothing_else(client: Client) -> bool:
        with pytest.raises(MCPError):
            await client.list_resources()
        with pytest.raises(MCPError):
            await client.list_prompts()
        return True

    in_client(tool_server(app.act), look)
    in_client(tool_server(app.act), look, mode="legacy")


def test_over_stdio_a_proposal_is_written_once(folder: Path) -> None:
    server = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "--publication", str(folder), "mcp"], env=environment(folder)
    )
    in_client(server, a_proposal)
    assert drafts(folder) == ["measure-your-own-recall.md"]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run `pressroom mcp --http`, and yield its address."""
    command = [*COMMAND, "--publication", str(folder), "mcp", "--http", "--port", "0"]
    with subprocess.Popen(
        command, env=environment(folder, PRESSROOM_MCP_TOKEN=TOKEN), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            _, talk = process.communicate()
    assert process.returncode == 0, talk
    assert TOKEN not in talk


def test_over_http_a_proposal_is_written_once_and_nobody_is_served_without_the_token(folder: Path) -> None:
    through_a_proxy = {
        "Authorization": f"Bearer {TOKEN}", "Host": "tools.example.com", "Origin": "https://assistant.example.com",
    }  # fmt: skip

    async def with_token(url: str) -> None:
        with anyio.fail_after(100):
            async with (
                httpx2.AsyncClient(headers=through_a_proxy, timeout=60) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                await a_proposal(client)

    with serving(folder) as url:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            answer = httpx2.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        anyio.run(with_token, url)
    assert drafts(folder) == ["measure-your-own-recall.md"]


def test_over_http_there_is_no_server_without_a_token_of_its_own(folder: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--publication", str(folder), "mcp", "--http", "--port", "0"], env=environment(folder), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "PRESSROOM_MCP_TOKEN, which assistants have to show, is not set" in done.stderr
    assert sys.executable not in done.stderr
