"""What a service is: a name, the schemas of what goes in and comes out, and whose."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from eerp.errors import EerpError, GuestProtocolError, ValidationFailed
from eerp.interfaces import CoreService, ModuleService, ServiceContext
from eerp.schema import SchemaCheck, compile_schema

__all__ = ["CORE", "CoreOffer", "ModuleOffer", "Raw", "Use"]

CORE = "eerp"
"""The first part of the name of each service of the core, as a module's is of its."""

Raw = bytes
"""An output that is not JSON: it is staged for the caller as it is."""


@frozen(eq=False)
class CoreOffer:
    """A service of the core, ``eerp.<name>``.

    A module needs `capability` for it, unless that is None.
    """

    name: str
    summary: str
    input: dict[str, Any]
    output: dict[str, Any]
    run: CoreService
    capability: str | None = None
    permission: None = None
    _check: SchemaCheck = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_check", compile_schema(self.input))

    async def call(self, context: ServiceContext, given: Any) -> Any:
        """Run it, once `given` fits. Raises ValidationFailed, and what it raises."""
        refuse_unfit(self.name, self._check, given)
        return await self.run(context, given)


@frozen(eq=False)
class ModuleOffer:
    """A service of a module; `name` begins with the module's."""

    name: str
    summary: str
    module: str
    handler_id: int
    permission: str | None
    input_check: SchemaCheck
    output_check: SchemaCheck

    @property
    def input(self) -> dict[str, Any] | bool:
        """The schema of what goes in, as the module declared it."""
        return self.input_check.schema

    @property
    def output(self) -> dict[str, Any] | bool:
        """The schema of what comes out, as the module declared it."""
        return self.output_check.schema

    def resolved(self) -> ModuleService:
        """The service as a caller's request finds it."""
        return ModuleService(
            module=self.module,
            handler_id=self.handler_id,
            permission=self.permission,
            check=self.check,
            check_output=self.check_output,
        )

    def check(self, given: Any) -> None:
        """Raise ValidationFailed unless `given`, parsed JSON, fits."""
        refuse_unfit(self.name, self.input_check, given)

    def check_output(self, value: Any) -> None:
        """Raise GuestProtocolError unless `value`, parsed JSON, is as promised."""
        if not self.output_check.accepts(value):
            raise broken_promise(self.name, self.output_check, value)


@frozen(eq=False)
class Use:
    """A service that a module calls, as it was when the module was built."""

    service: str
    version: str
    input: dict[str, Any] | bool
    output: dict[str, Any] | bool


def refuse_unfit(name: str, check: SchemaCheck, given: Any) -> None:
    """Raise ValidationFailed, naming the service, unless `given` fits."""
    if check.accepts(given):
        return
    errors = check.faults(given)
    noun = "fault" if len(errors) == 1 else "faults"
    raise ValidationFailed(
        f"The input of {name} has {len(errors)} {noun}.", errors=errors
    )


def broken_promise(name: str, check: SchemaCheck, value: Any) -> EerpError:
    """The error for an output that is not as its schema says."""
    found = "; ".join(f"{one.pointer} {one.message}" for one in check.faults(value))
    return GuestProtocolError(
        f"The service {name} answered something else than it declares.", detail=found
    )
