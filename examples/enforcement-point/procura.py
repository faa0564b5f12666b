"""Asks Procura, over the OpenID AuthZEN Authorization API 1.0. Standard library only: take this file along.

    procura = Procura("https://procura.example", token=lambda: Path("token").read_text().strip())
    procura.allows("user:TENANT/USER", "subscription.manage", "subscription:ID")

`allows` answers yes only where Procura said so. Where it gave no answer, `NoDecision` is raised, and the caller must not act.
"""

import contextlib
import http.client
import json
import queue
import socket
import threading
import urllib.parse
import uuid

DEADLINE_SECONDS = 2.0
ANSWER_BYTES_MAX = 64 * 1024
IDLE_CONNECTIONS_MAX = 16


class NoDecision(Exception):
    """Procura gave no decision. To act now would be to act without one."""


class Procura:
    def __init__(self, url, token):
        """`url` is where Procura is, as its metadata has it. `token` is a function, asked anew for every question."""
        self._url = url.rstrip("/")
        self._token = token
        self._evaluation = None
        self._idle = {}

    def allows(self, subject, action, resource):
        """Whether the subject may do that there, now. Subjects and resources are written `type:id`."""
        question = {"subject": _entity(subject), "action": {"name": action}, "resource": _entity(resource)}
        endpoint = self._evaluation_endpoint()
        answer = self._exchange("POST", endpoint, question, {"Authorization": f"Bearer {self._token()}"})
        decision = answer.get("decision")
        if not isinstance(decision, bool):
            raise NoDecision("the answer holds no decision")
        return decision

    def _evaluation_endpoint(self):
        if self._evaluation is None:
            metadata = self._exchange("GET", f"{self._url}/.well-known/authzen-configuration")
            if metadata.get("policy_decision_point") != self._url:
                raise NoDecision(f"the metadata at {self._url} are of {metadata.get('policy_decision_point')}")
            endpoint = metadata.get("access_evaluation_endpoint")
            if not isinstance(endpoint, str):
                raise NoDecision(f"the metadata at {self._url} name no endpoint")
            self._evaluation = endpoint
        return self._evaluation

    def _exchange(self, method, url, body=None, headers=None):
        """One request, answered by a JSON object within the deadline, or `NoDecision`."""
        where = urllib.parse.urlsplit(url)
        headers = {"Content-Type": "application/json", "X-Request-ID": str(uuid.uuid4())} | (headers or {})
        body = None if body is None else json.dumps(body)
        try:
            try:
                status, text = self._on_connection(where, True, method, body, headers)
            except ConnectionError:
                # A kept connection may have been closed meanwhile; a question may be asked twice.
                status, text = self._on_connection(where, False, method, body, headers)
            answer = json.loads(text)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoDecision(f"{url}: {error!r}") from error
        if status != 200 or not isinstance(answer, dict):
            raise NoDecision(f"{url}: status {status}")
        return answer

    def _on_connection(self, where, kept, method, body, headers):
        idle = self._idle.setdefault((where.scheme, where.netloc), queue.LifoQueue(IDLE_CONNECTIONS_MAX))
        try:
            connection = idle.get_nowait() if kept else _connection(where)
        except queue.Empty:
            connection = _connection(where)
        if connection.sock is None:
            connection.connect()
        # The time-out of a socket is one of each read: the watchdog ends an answer that only trickles.
        watchdog = threading.Timer(DEADLINE_SECONDS, _cut, [connection.sock])
        watchdog.start()
        try:
            connection.request(method, where.path or "/", body, headers)
            response = connection.getresponse()
            text = response.read(ANSWER_BYTES_MAX + 1)
            if len(text) > ANSWER_BYTES_MAX or not response.isclosed():
                raise NoDecision("the answer is too long")
            idle.put_nowait(connection)
            return response.status, text
        except queue.Full:
            connection.close()
            return response.status, text
        except BaseException:
            connection.close()
            raise
        finally:
            watchdog.cancel()


def _connection(where):
    kind = http.client.HTTPConnection if where.scheme == "http" else http.client.HTTPSConnection
    return kind(where.netloc, timeout=DEADLINE_SECONDS)


def _cut(sock):
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _entity(text):
    kind, _, identifier = text.partition(":")
    return {"type": kind, "id": identifier}
