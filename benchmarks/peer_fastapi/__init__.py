"""The peer: contacts served by FastAPI and asyncpg, written by hand.

It is what a careful team would write for these three routes and no others: SQL in
the source, one statement a request, pydantic for what comes in, orjson for what
goes out, and the checks that EERP makes for the same routes. It runs in its own
virtual environment and imports nothing of EERP.
"""
