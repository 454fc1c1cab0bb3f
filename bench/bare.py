"""The least that a sign-up can be: FastAPI, one form field, one INSERT, one commit. Ours is measured against it.

python bench/bare.py PORT DATABASE
"""

from __future__ import annotations

import sqlite3
import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Form


def main() -> None:
    port, database = int(sys.argv[1]), sys.argv[2]
    connection = sqlite3.connect(database, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE subscriber (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, created TEXT NOT NULL)",
    ):
        connection.execute(statement)
    app = FastAPI()

    @app.post("/subscribe")
    async def sign_up(email: Annotated[str, Form()]) -> dict[str, str]:
        connection.execute("INSERT INTO subscriber (email, created) VALUES (?, datetime('now'))", (email,))
        return {"message": "Look in your mailbox"}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
