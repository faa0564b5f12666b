"""Reads the feed with the CloudEvents project's SDK, as a batch and as a stream, and prints what it read: one line an event.

    cloud_events.py URL TOKEN

Each event is read as a structured message, sent on as a binary one and read again, and written as JSON.
"""

import json
import sys
import urllib.request

from cloudevents.core.bindings.http import HTTPMessage, from_http_event, to_binary_event, to_structured_event


def answer(url, token, accept):
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30)


def batch(url, token):
    with answer(f"{url}?limit=500", token, "application/cloudevents-batch+json") as page:
        yield from (json.dumps(event) for event in json.load(page))


def stream(url, token):
    with answer(url, token, "text/event-stream") as lines:
        name = ""
        for line in lines:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            name = value if field == "event" else name if field else ""
            if name == "heartbeat":
                return
            if field == "data":
                yield value


def main():
    url, token = sys.argv[1:]
    for form in (batch, stream):
        for text in form(url, token):
            structured = HTTPMessage({"content-type": "application/cloudevents+json"}, text.encode())
            event = from_http_event(structured)
            again = from_http_event(to_binary_event(event))
            assert again.get_attributes() == event.get_attributes(), (again.get_attributes(), event.get_attributes())
            assert again.get_data() == event.get_data()
            print(form.__name__, to_structured_event(event).body.decode())


if __name__ == "__main__":
    main()
