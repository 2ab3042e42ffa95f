"""The floors: a bare answer; and one lookup, verdict and hash-chained row in sqlite3, committed at synchronous=FULL."""

import hashlib
import json
import sqlite3
import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def make_app(path: str) -> Starlette:
    """The bare application over one SQLite file."""
    link = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    link.execute("PRAGMA journal_mode = WAL")
    link.execute("PRAGMA synchronous = FULL")
    link.execute("CREATE TABLE bag (code TEXT PRIMARY KEY, recipient TEXT)")
    link.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT, hash TEXT)")
    link.executemany(
        "INSERT INTO bag VALUES (?, ?)", [(f"BG{number:012d}", f"RC{number:012d}") for number in range(10_000)]
    )
    head: list[Any] = ["0" * 64, 0]

    async def check(request: Request) -> Response:
        order = json.loads(await request.body())["order"]
        link.execute("BEGIN IMMEDIATE")
        row = link.execute("SELECT recipient FROM bag WHERE code = ?", ("BG000000000042",)).fetchone()
        verdict = "MATCH" if row[0] == order["wristband"] else "STOP"
        head[1] += 1
        body = json.dumps({"seq": head[1], "verdict": verdict, "prev": head[0], **order}, sort_keys=True)
        head[0] = hashlib.sha256(body.encode()).hexdigest()
        link.execute("INSERT INTO entry VALUES (?, ?, ?)", (head[1], body, head[0]))
        link.execute("COMMIT")
        return Response(json.dumps({"verdict": verdict, "seq": head[1]}), media_type="application/json")

    async def hello(_: Request) -> Response:
        return Response("hello", media_type="text/plain")

    return Starlette(routes=[Route("/check", check, methods=["POST"]), Route("/hello", hello)])


if __name__ == "__main__":
    uvicorn.run(make_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
