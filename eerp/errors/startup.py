"""Errors that end the start of the daemon, or a command."""

from __future__ import annotations

from eerp.errors.base import EerpError

__all__ = [
    "AuditBroken",
    "ConfigError",
    "DatabaseRefused",
    "DependencyError",
    "DescriptionInvalid",
    "ManifestInvalid",
    "MigrationRefused",
    "ModuleError",
    "RegistrationInvalid",
    "RouteConflict",
    "ServiceIncompatible",
    "StartupError",
    "WasmInvalid",
]


class StartupError(EerpError):
    """The daemon cannot start, or a command cannot run."""

    code = "startup_failed"
    title = "Start-up failed"


class ConfigError(StartupError):
    """eerp-config.json is not as the schema says; the message names the key."""

    code = "config_invalid"
    title = "Wrong configuration"


class DatabaseRefused(StartupError):
    """PostgreSQL cannot be used: out of reach, wrong password, version, durability."""

    code = "database_refused"
    title = "Unfit database"


class AuditBroken(StartupError):
    """The audit trail is not what was written; the places were printed."""

    code = "audit_broken"
    title = "Audit trail broken"


class ModuleError(StartupError):
    """One module cannot be loaded."""

    code = "module_failed"
    title = "Module failed"

    def __init__(
        self,
        module: str,
        message: str,
        *,
        hint: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, detail=detail)
        self.module = module


class ManifestInvalid(ModuleError):
    """module.json is missing a key, has an unknown one, or a wrong value."""

    code = "manifest_invalid"


class DependencyError(ModuleError):
    """A dependency is missing or inactive, a cycle, or two modules of one name."""

    code = "dependency_failed"


class WasmInvalid(ModuleError):
    """The file is not a WASM module of ABI 1 within its capabilities."""

    code = "wasm_invalid"


class DescriptionInvalid(ModuleError):
    """What `migrate` or `describe` answered is not as the ABI says."""

    code = "description_invalid"


class MigrationRefused(ModuleError):
    """A migration names a type or a schema it may not, or was changed later."""

    code = "migration_refused"


class RouteConflict(ModuleError):
    """Two routes serve the same paths; the message names both modules."""

    code = "route_conflict"


class ServiceIncompatible(ModuleError):
    """A module uses a service that is missing, out of its reach, or has changed."""

    code = "service_incompatible"


class RegistrationInvalid(ModuleError):
    """`init` registered an event or a job that cannot be: its topic, its schedule."""

    code = "registration_invalid"
