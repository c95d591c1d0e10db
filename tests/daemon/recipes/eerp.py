"""Users, sessions, webhooks, comments: what EERP has without any module."""

from __future__ import annotations

import itertools

from tests.daemon.seeds import Body, Recipes, Record, Seeds


def refresh(seeds: Seeds) -> Body:
    """A refresh token that is good for once."""
    pair = seeds.done("POST", "/api/auth/login", seeds.login)
    return {"refresh_token": pair["refresh_token"]}


def session(seeds: Seeds) -> Record:
    """A session of the caller's, and not the one that asks."""
    seeds.done("POST", "/api/auth/login", seeds.login)
    items = seeds.done("GET", "/api/auth/sessions")["items"]
    return dict(next(each for each in items if not each["current"]))


def same_password(seeds: Seeds) -> Body:
    """The password, and the same again."""
    password = seeds.login["password"]
    return {"current": password, "new": password}


def new_filter(seeds: Seeds) -> Body:
    """A filter by a name of its own."""
    name = f"filter {seeds.number()}"
    return {"model": "crm.tags", "name": name, "query": {"name": "eq.x"}}


def new_comment(seeds: Seeds) -> Body:
    """A comment on a tag."""
    tag = seeds.known("/api/crm/tags")
    return {"model": "crm.tags", "record_id": tag["id"], "text": "Nice."}


def new_webhook(seeds: Seeds) -> Body:
    """What makes a webhook to where nobody listens."""
    return {"url": f"https://127.0.0.1:1/{seeds.number()}", "topics": ["a.*"]}


def webhook(seeds: Seeds) -> Record:
    """A webhook, even if there are as many as there may be."""
    response = seeds.call("POST", "/api/webhooks", new_webhook(seeds))
    if response.status_code == 409:
        for one in seeds.done("GET", "/api/webhooks")["items"]:
            if not seeds.keeps("/api/webhooks", one):
                seeds.done("DELETE", f"/api/webhooks/{one['id']}")
        return webhook(seeds)
    assert response.ok, response.text
    return dict(response.json())


def delivery(seeds: Seeds) -> Record:
    """A delivery of an event of the CRM to the loyalty programme."""
    member = seeds.known("/api/loyalty/members")
    sale = {"name": "A sale", "contact_id": member["contact_id"]}
    sale["expected_revenue"] = "100.00"
    made = seeds.done("POST", "/api/crm/opportunities", sale)
    seeds.done("POST", f"/api/crm/opportunities/{made['id']}/win")
    for state in itertools.cycle(("done", "pending")):
        items = seeds.done("GET", f"/api/deliveries?state={state}")["items"]
        if items:
            return dict(items[0])
    raise AssertionError("unreachable")


RECIPES = Recipes(
    bodies={
        "/api/users": lambda seeds: {"username": f"u{seeds.number()}", "roles": []},
        "/api/users/{id}": lambda _: {"active": False},
        "/api/users/{id}/password": lambda _: {},
        "/api/auth/password": same_password,
        "/api/roles/{name}": lambda _: {"permissions": ["crm.tags.read"]},
        "/api/ui/filters": new_filter,
        "/api/ui/filters/{id}": lambda _: {"shared": True},
        "/api/ui/preferences": lambda _: {"theme": "dark"},
        "/api/comments": new_comment,
        "/api/comments/{id}": lambda _: {"text": "Nicer."},
        "/api/auth/login": lambda seeds: seeds.login,
        "/api/auth/refresh": refresh,
        "/graphql": lambda _: {"query": "{__typename}"},
        "/api/batch": lambda _: {"calls": [{"method": "GET", "path": "/api/crm/tags"}]},
        "/api/webhooks": new_webhook,
        "/api/webhooks/{id}": lambda _: {"active": False},
    },
    records={
        "/api/webhooks": webhook,
        "/api/deliveries": delivery,
        "/api/sessions/{id}": session,
        "/api/auth/sessions/{id}": session,
    },
)
