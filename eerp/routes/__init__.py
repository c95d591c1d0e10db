"""The route table, and what the core checks before a sandbox is made.

::

    table = RouteTable()
    table.register(
        module="crm", prefix="crm", method="GET", path="/contacts/{id:int}",
        handler_id=3, permission="crm.contacts.read",
    )
    table.freeze()
    match = table.match("GET", decode_path(b"/api/crm/contacts/7"))
    match.route.handler_id  # 3
    match.params            # {"id": "7"}
    match.route.check(match.params, (("limit", "7"),), b"", None)
    # ValidationFailed: query/limit is an unknown parameter
"""

from eerp.routes.answer import Answer
from eerp.routes.check import (
    BodyCheck,
    body_too_large,
    check_media_type,
    compile_body,
    parse_query,
    refuse_body,
)
from eerp.routes.parse import parse_json
from eerp.routes.path import decode_path
from eerp.routes.registry import METHODS, RESERVED_PREFIXES, ListCheck, RouteTable
from eerp.routes.route import Match, Route
from eerp.routes.texts import TextCheck

__all__ = [
    # answer
    "Answer",
    # check
    "BodyCheck", "body_too_large", "check_media_type", "compile_body", "parse_query",
    "refuse_body",
    # parse
    "parse_json",
    # path
    "decode_path",
    # registry
    "METHODS", "RESERVED_PREFIXES", "ListCheck", "RouteTable",
    # route
    "Match", "Route",
    # texts
    "TextCheck",
]  # fmt: skip
