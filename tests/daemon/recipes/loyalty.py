"""Members, whom they brought along, and their points."""

from __future__ import annotations

from tests.daemon.recipes.eerp import delivery
from tests.daemon.seeds import Body, Recipes, Record, Seeds


def joining(seeds: Seeds) -> Body:
    """Somebody who joins the loyalty programme."""
    number = seeds.number()
    email = f"member{number}@example.com"
    return {"number": f"card {number}", "email": email, "first_name": "Ann"}


def friend(seeds: Seeds) -> Body:
    """Somebody whom a member brings along."""
    return {"email": f"friend{seeds.number()}@example.com", "first_name": "Bob"}


def member(seeds: Seeds) -> Record:
    """Somebody who has joined."""
    return dict(seeds.done("POST", "/api/loyalty/members/join", joining(seeds)))


def referral(seeds: Seeds) -> Record:
    """Who brought whom along."""
    path = f"/api/loyalty/members/{seeds.known('/api/loyalty/members')['id']}/refer"
    return dict(seeds.done("POST", path, friend(seeds)))


def points(seeds: Seeds) -> Record:
    """What a member was given for a sale."""
    delivery(seeds)
    while True:
        items = seeds.done("GET", "/api/loyalty/points")["items"]
        if items:
            return dict(items[0])


RECIPES = Recipes(
    bodies={
        "/api/loyalty/members/join": joining,
        "/api/loyalty/members/{id}/refer": friend,
    },
    records={
        "/api/loyalty/members": member,
        "/api/loyalty/referrals": referral,
        "/api/loyalty/points": points,
    },
)
