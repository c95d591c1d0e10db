"""Bringing the tables of modules to what the modules say: plan, apply, verify.

::

    steps = plan(migrations, await applied(transaction, "crm"), "crm", depends)
    await apply(pool, "crm", steps)
    await verify(transaction, described)

`migration` reads a module's versions, each of `operations`, and replays them on paper
(`replay`); what the operations are made of is in `tables`, `columns`, `keys`,
`constraints`, `invariants`, `balance`, `data` and `expression`. Each comes to a
`statement` or several. `apply` plans and applies, `ahead` does what must not hold up
others on a large table, `back` undoes, `preview` says what would be done, `verify`
compares models with the catalogue.
"""

from eerp.migrations.apply import Applied, applied, apply, plan
from eerp.migrations.migration import Step
from eerp.migrations.verify import verify

__all__ = [
    # apply, migration
    "Applied", "Step", "applied", "apply", "plan",
    # verify
    "verify",
]  # fmt: skip
