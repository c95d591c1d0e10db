"""Screens: what a client that knows no module needs to show all of them.

They follow from models and routes, as far as a module declares nothing else::

    screens = Screens(models, routes)
    screens.declare(manifest, description, migrations)   # each module, as it loads
    contracts = screens.complete({"core", "crm"})
    contracts.of(identity, "fr").body                    # what `GET /api/ui` answers
"""

from eerp.screens.screens import Contracts, Screens, Told

__all__ = [
    # screens
    "Contracts", "Screens", "Told",
]  # fmt: skip
