"""Calls of modules' routes, as data, and the gateway that makes one or several.

REST makes one, a batch or a GraphQL operation several in one transaction; what stands
around a module's calls (`Middleware`) is met by all of them::

    asked = Asked("GET", b"/api/crm/contacts", (("limit", "5"),))
    call = prepare(table, asked, Caller(identity, request_id))
    reply = await gateway.one(call, cancel)
    reply = await gateway.together(Together([Step(call), ...], ...), cancel)
"""

from eerp.calls.call import Call, Middleware, Outcome, Proceed, Step, undone
from eerp.calls.chain import Chain, compose
from eerp.calls.gateway import Gateway, Running, Together
from eerp.calls.preferences import Preferences, read_preferences
from eerp.calls.prepare import GUEST_HEADERS, Asked, Caller, check, make, prepare
from eerp.calls.present import json_reply, present

__all__ = [
    # call
    "Call", "Middleware", "Outcome", "Proceed", "Step", "undone",
    # chain
    "Chain", "compose",
    # gateway
    "Gateway", "Running", "Together",
    # preferences
    "Preferences", "read_preferences",
    # prepare
    "Asked", "Caller", "GUEST_HEADERS", "check", "make", "prepare",
    # present
    "json_reply", "present",
]  # fmt: skip
