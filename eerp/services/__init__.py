"""The service container: the only way from module to module.

A service has a name, a schema of what goes in and one of what comes out. The core
offers some, modules offer others, each found by name in a table that is frozen before
anything listens::

    table = ServiceTable("0.1.0", core_offers(reactor, config.mail))
    declared = read_services("crm", "0.1.0", registrations, description)
    table.check(declared, depends=("core",), capabilities=("orm",))
    table.admit(declared, capabilities=("orm",))
    table.freeze()
    table.resolve("crm", "eerp.clock.now")

Each service of the core is a file here.
"""

from eerp.services.core import core_offers
from eerp.services.declare import Declared, read_services
from eerp.services.mail_sender import MailSender
from eerp.services.offer import CoreOffer, ModuleOffer, Use
from eerp.services.smtp import Smtp
from eerp.services.table import ServiceTable

__all__ = [
    "CoreOffer", "Declared", "MailSender", "ModuleOffer", "ServiceTable", "Smtp", "Use",
    "core_offers", "read_services",
]  # fmt: skip
