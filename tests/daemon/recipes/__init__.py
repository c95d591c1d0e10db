"""What has to be known of each module to call its routes with success."""

from __future__ import annotations

from tests.daemon.recipes import (
    accounting,
    core,
    crm,
    eerp,
    hr,
    inventory,
    invoicing,
    loyalty,
    payroll,
)
from tests.daemon.seeds import Recipes

RECIPES = Recipes.together(
    each.RECIPES
    for each in (
        accounting, core, crm, eerp, hr, inventory, invoicing, loyalty, payroll,
    )
)  # fmt: skip
