"""Follows Procura's feed of events. Standard library only: take this file along.

    for step in follow("https://procura.example", "token", after="", types=["DapGranted"]):
        ...

`follow` never returns. It raises an exception if the connection breaks, and the caller goes on behind the last cursor it kept.
"""

import contextlib
import http.client
import json
import urllib.parse
from typing import NamedTuple

# Three heartbeats: with none of them, the server or the way there is gone.
SILENCE_SECONDS = 30
LINE_BYTES_MAX = 1024 * 1024


class Step(NamedTuple):
    """What a reader takes in at once."""

    cursor: str  # to go on behind it
    log: str  # the id of the log that it is from
    event: dict | None  # a CloudEvent; none if the server only says how far it has looked
    caught_up: bool  # whether everything has come that was there when the connection was made


class OtherEpoch(Exception):
    """The log was restored from a backup that ends before the cursor: some of what was read has never happened."""


def follow(url, token, after, types):
    """Every event of these types behind the cursor `after`, and each heartbeat, as steps without end."""
    where = urllib.parse.urlsplit(url)
    kind = http.client.HTTPConnection if where.scheme == "http" else http.client.HTTPSConnection
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    if after:
        headers["Last-Event-ID"] = after
    with contextlib.closing(kind(where.netloc, timeout=SILENCE_SECONDS)) as connection:
        connection.request("GET", f"{where.path}/v1/events?type={','.join(types)}", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            problem = answer.read(LINE_BYTES_MAX).decode(errors="replace")
            raise (OtherEpoch if answer.status == 409 else ConnectionError)(f"{answer.status} {problem}")
        if answer.getheader("Content-Type") != "text/event-stream":
            raise ConnectionError(f"this is no feed: {answer.getheader('Content-Type')}")
        newest = int(answer.getheader("Procura-Position"))
        for message in _messages(answer):
            if message["event"] == "end":
                raise ConnectionError(f"the server ended the stream: {message['data']}")
            if message["event"] in ("", "heartbeat"):
                data = json.loads(message["data"])
                log = data["source"].split("/")[2]
                event = data if message["event"] == "" else None
                position = int(message["id"].partition("@")[0])
                yield Step(message["id"], log, event, position >= newest)
    raise ConnectionError("the stream broke off")


def _messages(answer):
    """The server-sent events. One that its blank line has not reached is not whole, and is dropped."""
    message = {"event": ""}
    while line := answer.readline(LINE_BYTES_MAX):
        if not line.endswith(b"\n"):
            raise ConnectionError("a line without an end")
        field, _, value = line.decode().rstrip("\r\n").partition(":")
        if field:
            value = value.removeprefix(" ")
            message[field] = f"{message['data']}\n{value}" if field == "data" and "data" in message else value
        elif line in (b"\n", b"\r\n"):
            if "data" in message:
                yield message
            message = {"event": ""}
