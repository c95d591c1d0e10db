"""GraphQL over the routes of all modules: each field is a call of one of them.

::

    schema = build(models, table.routes())
    api = GraphQL(schema, table, Cursors(key), deferToThread)
    question = Question("{crm_companies {nodes {name}}}")
    plan = await api.plan(question, Caller(identity, "7"))
    outcomes = ...          # of the calls in plan.called, made by the gateway
    plan.answer(outcomes, explain)  # {"data": {"crm_companies": {"nodes": [...]}}}

`schema` builds what there is, of `records`, `inputs`, `bodies` and `schemas`; `api` is
the map of what happens to a question: `document`, `selection`, `plan`. graphql-core
parses, validates and answers what is asked of the schema; it never runs a resolver, so
that nothing of it waits for anything.
"""

from eerp.graphql.api import GraphQL, Question
from eerp.graphql.introspection import INTROSPECT, Aside
from eerp.graphql.plan import Explain, Plan, told
from eerp.graphql.schema import build

__all__ = [
    # api
    "GraphQL", "Question",
    # introspection
    "Aside", "INTROSPECT",
    # plan
    "Explain", "Plan", "told",
    # schema
    "build",
]  # fmt: skip
