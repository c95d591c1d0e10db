"""What stands around the calls of a module's routes, as its module.json says.

::

    {"middleware": [{"name": "rate_limit", "requests": 100, "seconds": 60},
                    {"name": "cache", "methods": ["GET"], "paths": ["/countries"]}]}

    around = surround(manifest, told.registered("route"), Offers(), clock)
    for route, chain in chains(around, table.routes_of(manifest.name)):
        reply = await chain(call_of_route, innermost)

A Python package adds its own with a `Maker`, through an entry point of `GROUP`.
"""

from eerp.middleware.guard import Guarded
from eerp.middleware.maker import Context, Maker, Options
from eerp.middleware.offers import BUILT_IN, GROUP, Offer, Offers
from eerp.middleware.surround import Surrounding, chains, surround

__all__ = [
    # guard
    "Guarded",
    # maker
    "Context", "Maker", "Options",
    # offers
    "BUILT_IN", "GROUP", "Offer", "Offers",
    # surround
    "Surrounding", "chains", "surround",
]  # fmt: skip
