"""What happens after commit: events to handlers and webhooks, jobs, and the way out.

A module emits an event in the transaction of what it tells (`outbox`); a delivery for
each subscriber is written with it. A deliverer, in any number of processes, claims what
is due and runs it::

    registry = Registry()
    registry.register("crm", ("core",), events, jobs)
    deliverer = Deliverer(reactor, listener, dispatcher, registry, poster, Pace())
    deliverer.start()
    await deliverer.stop(within_s=10)

Which file does what::

    topics        the grammar of topics; backoff: waits; cron: schedules; all pure
    outbox        events are written; registry: who hears of them
    claims        deliveries in the database; courier: what follows of each
    attempt       how one failed, and whether that counts; for deliveries and jobs
    pump          takes what is due, so many at once; deliverer: puts all together
    handlers      events to modules; jobs: what is due by the clock
    webhooks      who wants to be told; poster: tells them; signing: so that they know
    client        requests of modules to other servers
    hosts, dial   where such requests may go; fetch: one of them
    ledger        for people; sweep: forgets; statements: runs their statements
"""

from eerp.delivery.client import ModuleHosts, ModuleHttp
from eerp.delivery.deliverer import Deliverer, Pace
from eerp.delivery.dial import Dialer, resolver
from eerp.delivery.fetch import Fetcher
from eerp.delivery.hosts import HostRule
from eerp.delivery.ledger import Ledger
from eerp.delivery.outbox import CHANNEL, TransactionOutbox
from eerp.delivery.poster import Poster
from eerp.delivery.registry import Registry
from eerp.delivery.signing import Secrets
from eerp.delivery.statements import Desk
from eerp.delivery.webhooks import Webhooks

__all__ = [
    "CHANNEL", "Deliverer", "Desk", "Dialer", "Fetcher", "HostRule", "Ledger",
    "ModuleHosts", "ModuleHttp", "Pace", "Poster", "Registry", "Secrets",
    "TransactionOutbox", "Webhooks", "resolver",
]  # fmt: skip
