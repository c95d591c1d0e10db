"""HTTP: the only home of Klein.

::

    site = build_site(
        table=table, gateway=dispatcher, identifier=identities, accounts=accounts,
        health=health, modules=modules, clock=reactor,
        settings=Settings(origins=frozenset({"https://erp.example.com"})),
    )
    port = await endpoint.listen(site)
    health.phase = "serving"
    ...
    health.phase = "draining"
    await port.stopListening()
    await site.drain(timeout_s=20)

``pipeline.py`` is the map of a request.
"""

from eerp.web.app import build_site
from eerp.web.core_routes import Accounts
from eerp.web.endpoints import Gateway
from eerp.web.health import Health, Modules, Pinger
from eerp.web.pipeline import Identifier
from eerp.web.site import Settings, Site

__all__ = [
    # app
    "build_site",
    # core_routes
    "Accounts",
    # health
    "Health", "Modules", "Pinger",
    # endpoints
    "Gateway",
    # pipeline
    "Identifier",
    # site
    "Settings", "Site",
]  # fmt: skip
