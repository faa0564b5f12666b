"""Runs the story through the client that openapi-python-client generated, package `procura_client`.

    story.py URL <STEPS

Each line of STEPS is a step: {"command", "data", "token", "questions": [{"request", "expect"}], "decider"}. Prints how many
steps and questions went as they should, or ends with what did not.
"""

import importlib
import json
import re
import sys
import typing
from datetime import datetime

from procura_client import AuthenticatedClient
from procura_client.api.access import evaluate
from procura_client.api.lists import list_effective_permissions, list_residual_access


def main(url, steps):
    callers = {}

    def call(function, token, **arguments):
        """One function of the client; what it understood of the answer must be all of the answer."""
        caller = callers.setdefault(token, AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True))
        response = function.sync_detailed(client=caller, **arguments)
        assert response.status_code in (200, 201), f"{function.__name__}: {response.status_code} {response.content}"
        understood, answered = response.parsed.to_dict(), json.loads(response.content)
        assert same(understood, answered), f"{function.__name__} understood {understood} of {answered}"
        return response

    asked = 0
    for number, step in enumerate(steps, 1):
        function = importlib.import_module(f"procura_client.api.commands.{snake_case(step['command'])}")
        fields = typing.get_type_hints(function.sync_detailed)["body"].from_dict(step["data"])
        call(function, step["token"], body=fields)
        for question in step["questions"]:
            body = typing.get_type_hints(evaluate.sync_detailed)["body"].from_dict(question["request"])
            answer = call(evaluate, step["decider"], body=body)
            assert answer.parsed.decision == question["expect"], f"{question}: {answer.content}"
            asked += 1
        if "customer" in step["data"]:
            call(list_effective_permissions, step["decider"], customer=step["data"]["customer"], include_ended=True)
        call(list_residual_access, step["decider"])
    print(f"{number} steps, {asked} questions")


def same(one, other):
    """Whether two JSON values are equal; an instant may be written in more than one way."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str) and isinstance(other, str) and re.match(r"\d{4}-\d\d-\d\dT", one):
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    return one == other


def snake_case(name):
    return re.sub("(?<!^)([A-Z])", r"_\1", name).lower()


if __name__ == "__main__":
    main(sys.argv[1], map(json.loads, sys.stdin))
