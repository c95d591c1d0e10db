"""EERP: a pluggable runtime for ERP business logic.

The code map. A file imports its own package and lower floors only::

    10 startup    options, service, sequence, load: composition, the reactor
     9 web        app, pipeline, respond, health: HTTP; the only home of Klein
     8 routes     registry, check: the route table, frozen after load
     8 calls      call, prepare, gateway: calls of routes, one or several at once
     8 openapi    document, records, filters: the API told to clients
     8 screens    screens, merge, seen, texts: what screens are made of
     8 middleware surround, offers, rate_limit...: what stands around a module's calls
     8 graphql    schema, api, document, plan: an operation as calls of routes
     8 services   table, declare, clock, mail...: what modules and the core offer
     8 delivery   outbox, deliverer, webhooks: what happens after commit
     8 kept       comments, filters, preferences: what people keep beside records
     8 changes    feed, sight, tail, follow: committed changes, told to who may know
     7 sandbox    engine, fiber, call, imports, dispatch: the only home of wasmtime
     6 auth       password, token, access, accounts: who calls, what they may do
     6 migrations plan, apply, verify: the tables of modules
     5 orm        model, query, access, repository: models to SQL
     4 database   pool, transaction, embedded, catalog: PostgreSQL, not models
     3 modules    manifest, detect, sort: module folders as data
     2 config     eerp-config.json -> one frozen Config
     2 schema     check, compare: JSON Schemas
     1 interfaces what the floors pass to each other
     0 errors, limits, log

The daemon starts in ``startup/sequence.py``: config, pool, detect, sort, load
groups, migrate, freeze, listen. A request runs through ``web/pipeline.py``:
identify, match, allow, check, call, respond. Each step is one call into the file
that bears its name.
"""

__version__ = "0.1.0"
