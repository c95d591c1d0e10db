"""All services of the core, for one daemon."""

from __future__ import annotations

from typing import Any

from eerp.config import MailConfig
from eerp.services.clock import CLOCK
from eerp.services.files import FILES
from eerp.services.mail import Mail
from eerp.services.offer import CoreOffer
from eerp.services.render import Renderer
from eerp.services.sequences import SEQUENCES
from eerp.services.settings import SETTINGS

__all__ = ["core_offers"]


def core_offers(reactor: Any, mail: MailConfig | None) -> tuple[CoreOffer, ...]:
    """What the core offers to modules. Without `mail`, no mail can be sent."""
    return (
        *CLOCK,
        *SEQUENCES,
        *SETTINGS,
        *FILES,
        *Mail(mail).offers(),
        *Renderer(reactor).offers(),
    )
