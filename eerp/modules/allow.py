"""What a module may do: asked for by its manifest, and allowed by the operator."""

from __future__ import annotations

from attrs import frozen

from eerp.config import Config, LimitsConfig
from eerp.modules.manifest import Manifest

__all__ = ["Allowance", "allow"]


@frozen
class Allowance:
    """What one module gets; `denied` it asked for and the operator did not allow."""

    capabilities: frozenset[str]
    denied: frozenset[str]
    limits: LimitsConfig


def allow(manifest: Manifest, config: Config) -> Allowance:
    """The capabilities that both sides name, and the smallest of all limits."""
    operator = config.module(manifest.name)
    allowed = manifest.capabilities & frozenset(operator.capabilities)
    return Allowance(
        capabilities=allowed,
        denied=manifest.capabilities - allowed,
        limits=config.limits.narrowed(operator.limits).narrowed(manifest.limits),
    )
