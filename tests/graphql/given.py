"""What stands in for a request: a caller, a way aside, and replies of modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from eerp.calls import Caller
from eerp.errors import EerpError
from eerp.graphql import GraphQL, Plan, Question, build
from eerp.interfaces import Identity, Reply
from eerp.orm.cursor import Cursors
from eerp.orm.model import Model
from eerp.routes import RouteTable
from tests.orm.given import ID

ROOT = Identity(ID, "root", None, (), frozenset({"*"}))
NOBODY = Caller(None, "1")


async def at_once(work: Callable[[], Any]) -> Any:
    """There is nobody whose way it could be in."""
    return work()


def graphql(models: Any, table: RouteTable) -> GraphQL:
    """GraphQL over the routes of a table."""
    schema = build(models, table.routes())
    return GraphQL(schema, table, Cursors(b"key"), at_once)


async def planned(
    api: GraphQL, text: str, who: Identity | None = ROOT, /, **variables: Any
) -> Plan:
    """The plan of an operation."""
    return await api.plan(Question(text, variables), Caller(who, "1"))


def called(plan: Plan) -> list[tuple[str, str, dict[str, str]]]:
    """The method, path and query string of each call of a plan."""
    requests = [step.call.request for step in plan.called]
    return [(one.method, one.path, dict(one.query)) for one in requests]


def replied(value: Any, status: int = 200) -> Reply:
    """A reply with JSON."""
    return Reply(status, orjson.dumps(value), {})


def explained(error: EerpError) -> Mapping[str, Any]:
    """What is told of an error."""
    return {"code": error.code, "status": error.status}


def shop(*routes: dict[str, Any], models: Any = ()) -> tuple[list[Model], RouteTable]:
    """The routes of a module that is called shop, with what they leave out."""
    table = RouteTable()
    for number, route in enumerate(routes):
        usual = {"handler_id": number, "permission": None, "method": "GET"}
        table.register(module="shop", prefix="shop", **{**usual, **route})
    table.freeze()
    return list(models), table
