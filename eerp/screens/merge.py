"""What a module declares, laid over what follows from its models and routes."""

from __future__ import annotations

from collections.abc import Mapping

from eerp.screens.catalogue import Piece
from eerp.screens.declaring import Declaring
from eerp.screens.merge_actions import added_action, merged_action
from eerp.screens.merge_models import merged_model
from eerp.screens.merge_reports import merged_report
from eerp.screens.merge_views import merged_measure
from eerp.screens.part import Part

__all__ = ["merged"]


def merged(by: Declaring, derived: Part, declared: Piece) -> Part:
    """A module's part with all that it says of it."""
    menu = declared.get("menu")
    items = derived.module["menu"] if menu is None else [_item(by, m) for m in menu]
    told = declared.get("models", {})
    by.only(told, list(derived.models), "models")
    models = {
        name: merged_model(by, model, told[name]) if name in told else model
        for name, model in derived.models.items()
    }
    return Part(
        module={**derived.module, **declared.get("module", {}), "menu": items},
        models=models,
        reports=[
            merged_report(by, models, each) for each in declared.get("reports", ())
        ],
        dashboard=_dashboard(by, derived, models, declared.get("dashboard")),
        slots={
            place: [_slot(by, place, each) for each in added]
            for place, added in declared.get("slots", {}).items()
        },
    )


def _item(by: Declaring, item: Piece) -> Piece:
    if ("model" in item) == ("report" in item):
        by.refuse(f"menu.{item['key']}", "it names either a model or a report")
    return by.keyed(item, "model", "report")


def _dashboard(
    by: Declaring, derived: Part, models: Mapping[str, Piece], declared: Piece | None
) -> Piece | None:
    if declared is None:
        return None
    return {
        "module": by.module,
        "title": declared.get("title", derived.module["title"]),
        "cards": [_card(by, models, each) for each in declared["cards"]],
    }


def _card(by: Declaring, models: Mapping[str, Piece], declared: Piece) -> Piece:
    place = f"dashboard.{declared['key']}"
    card = {"width": 1, **by.keyed(declared, "model", "report")}
    if ("model" in declared) == ("report" in declared):
        by.refuse(place, "it names either a model or a report")
    if "report" in declared:
        if declared["kind"] != "figure" or "at" not in declared:
            by.refuse(place, "of a report it is a figure, and says at where")
        return card
    if declared["kind"] != "list":
        labels = _labels(by, models, card["model"])
        card["measure"] = merged_measure(declared.get("measure", "count"), labels)
    if declared["kind"] == "chart" and "by" not in declared:
        by.refuse(place, "a chart has a by")
    return card


def _labels(by: Declaring, models: Mapping[str, Piece], key: str) -> dict[str, str]:
    """What the fields of a model are called, if it is the module's own."""
    module, _, name = key.partition(".")
    fields = models[name]["fields"] if module == by.module and name in models else []
    return {each["name"]: each["label"] for each in fields}


def _slot(by: Declaring, place: str, declared: Piece) -> Piece:
    slot: Piece = {"module": by.module, **declared}
    if "related" in declared:
        slot["related"] = by.keyed(declared["related"], "model")
    if "action" in declared:
        told, at = declared["action"], f"slots.{place}.{declared['key']}"
        key = ".".join(place.split(".")[:2])
        model = by.catalogue.models[key]
        action = added_action(by, model, declared["key"], told, at)
        told = {"title": declared["title"], **told}
        slot["action"] = merged_action(by, model, action, told, at)
    return slot
