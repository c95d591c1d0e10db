"""All models: open while modules load, frozen before the first request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

from eerp.errors import DescriptionInvalid
from eerp.orm.access import check_rules
from eerp.orm.describe import read_model
from eerp.orm.extension import read_extension
from eerp.orm.faults import refused
from eerp.orm.model import Extension, Model
from eerp.orm.relations import relate

__all__ = ["Described", "ModelRegistry"]

Models = dict[tuple[str, str], Model]


@frozen(eq=False)
class Described:
    """What a module described, read and checked: its `models`, and in `extended` what
    it keeps of those of others, each with the model that it belongs to."""

    module: str
    models: tuple[Model, ...]
    extended: tuple[tuple[Model, Extension], ...]

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """What it keeps of the records of others."""
        return tuple(extension for _, extension in self.extended)


class ModelRegistry:
    """The models of every module, by module and name."""

    def __init__(self) -> None:
        self._models: Models = {}
        self._frozen = False

    def register(
        self,
        module: str,
        description_models: Any,
        extensions: Any = None,
        depends: Iterable[str] | None = None,
    ) -> tuple[Model, ...]:
        """`read` a module's description and `admit` it; its models."""
        described = self.read(module, description_models, extensions, depends)
        self.admit(described)
        return described.models

    def read(
        self,
        module: str,
        description_models: Any,
        extensions: Any = None,
        depends: Iterable[str] | None = None,
    ) -> Described:
        """Read the `models` of a module's description, and its `extensions` of models
        of others, and change nothing.

        What they refer to must be among them or be registered already, by a module
        that is in `depends` where that is given. Raises `DescriptionInvalid`, which
        names module, model and field.
        """
        if not isinstance(description_models, list):
            raise DescriptionInvalid(module, f"The models of {module} are not a list.")
        if any(owner == module for owner, _ in self._models):
            raise DescriptionInvalid(module, f"Module {module} is registered twice.")
        models = tuple(read_model(module, value) for value in description_models)
        added = {(module, model.name): model for model in models}
        if len(added) < len(models):
            message = f"Module {module} describes one model twice."
            raise DescriptionInvalid(module, message)
        known = self._known(module, depends) | added
        self._check_references(module, models, known)
        for model in models:
            relate(model, known)
        self._check_rules(module, models)
        return Described(module, models, _read_extensions(module, extensions, known))

    def admit(self, described: Described) -> None:
        """Add what was read: from here on, others may build on it."""
        assert not self._frozen, "models are registered before the freeze"
        for model in described.models:
            self._models[described.module, model.name] = model
        for model, extension in described.extended:
            model.extend(extension)

    def _known(self, module: str, depends: Iterable[str] | None) -> Models:
        """The models that those of `module` may refer to."""
        if depends is None:
            return dict(self._models)
        owners = {module, *depends}
        return {key: model for key, model in self._models.items() if key[0] in owners}

    def _check_references(
        self, module: str, models: Iterable[Model], known: Models
    ) -> None:
        for model in models:
            for field in model.own.values():
                to = field.references
                if to is not None and (to.module, to.model) not in known:
                    raise DescriptionInvalid(
                        module,
                        f"Model {module}.{model.name}, field {field.name!r} refers to "
                        f"{to.module}.{to.model}, which is not a model of this module "
                        "or of one in its depends.",
                    )

    def _check_rules(self, module: str, models: Iterable[Model]) -> None:
        for model in models:
            for fault in check_rules(model):
                message = f"Model {module}.{model.name}, {fault}."
                raise DescriptionInvalid(module, message)

    def freeze(self) -> None:
        """No model is added from here on."""
        self._frozen = True

    def model(self, module: str, name: object) -> Model:
        """A model of `module`. Raises `ValidationFailed` when there is none."""
        if isinstance(name, str):
            model = self._models.get((module, name))
            if model is not None:
                return model
        names = ", ".join(sorted(m.name for m in self.of(module))) or "none"
        message = f"Module {module} has no such model; its models are: {names}."
        raise refused("/model", "unknown", message)

    def of(self, module: str) -> tuple[Model, ...]:
        """The models of `module`, in the order of its description."""
        return tuple(m for (owner, _), m in self._models.items() if owner == module)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())


def _read_extensions(
    module: str, values: Any, known: Models
) -> tuple[tuple[Model, Extension], ...]:
    if values is None:
        return ()
    if not isinstance(values, list):
        message = f"The extensions of {module} are not a list."
        raise DescriptionInvalid(module, message)
    read = tuple(read_extension(module, value, known) for value in values)
    if len({id(model) for model, _ in read}) < len(read):
        message = f"Module {module} extends one model twice."
        raise DescriptionInvalid(module, message)
    return read
