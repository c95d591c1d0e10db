"""Ordering by `depends` and `optional`: groups, cycles, gaps, and what a failure takes along."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import DependencyError, ModuleError, WasmInvalid
from eerp.modules import Detection, Manifest, Plan, failed_dependency, sort

MODULES_MAX = 50
EXAMPLE = {
    "core": [],
    "crm": ["core"],
    "accounting": ["core"],
    "hr": ["core"],
    "invoicing": ["crm", "accounting"],
    "payroll": ["hr", "accounting"],
}


def manifest(
    name: str, depends: Iterable[str] = (), optional: Iterable[str] = ()
) -> Manifest:
    return Manifest(
        name=name,
        version="1.0.0",
        display_name=name,
        folder=Path(name),
        wasm=Path(name, "module.wasm"),
        route_prefix=name,
        depends=tuple(depends),
        optional=tuple(optional),
    )


def detection(
    graph: Mapping[str, Iterable[str]],
    inactive: Iterable[str] = (),
    failures: Mapping[str, ModuleError] | None = None,
    optional: Mapping[str, Iterable[str]] | None = None,
) -> Detection:
    optional = optional or {}
    return Detection(
        active=tuple(
            manifest(name, depends, optional.get(name, ()))
            for name, depends in graph.items()
        ),
        inactive=tuple(manifest(name) for name in inactive),
        failures=failures or {},
    )


def plan_of(graph: Mapping[str, Iterable[str]], **more) -> Plan:
    return sort(detection(graph, **more), "skip")


def loaded(plan: Plan) -> list[list[str]]:
    return [[held.name for held in group] for group in plan.groups]


def test_the_example_of_the_architecture_has_its_priorities():
    plan = plan_of(EXAMPLE)
    assert plan.priorities == {
        "core": 0, "crm": 1, "accounting": 1, "hr": 1, "invoicing": 2, "payroll": 2,
    }  # fmt: skip
    assert loaded(plan) == [
        ["core"], ["accounting", "crm", "hr"], ["invoicing", "payroll"],
    ]  # fmt: skip
    assert plan.failures == {}


def test_no_modules_make_no_groups():
    assert plan_of({}) == Plan((), {})


@pytest.mark.parametrize(
    ("graph", "name", "chain"),
    [
        ({"a": ["a"]}, "a", "a -> a"),
        ({"a": ["b"], "b": ["a"]}, "a", "a -> b -> a"),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, "a", "a -> b -> c -> a"),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, "c", "c -> a -> b -> c"),
    ],
)
def test_cycle_is_named_as_a_chain(graph, name, chain):
    error = plan_of(graph).failures[name]
    assert isinstance(error, DependencyError)
    assert error.message.endswith(chain)


def test_cycle_of_fifty_is_named_whole():
    names = [f"m{n:02}" for n in range(MODULES_MAX)]
    graph = {name: [names[n - 1]] for n, name in enumerate(names)}
    message = plan_of(graph).failures["m00"].message
    assert message.endswith("m00 -> " + " -> ".join(reversed(names)))


def test_cycle_leaves_the_others_alone():
    plan = plan_of({**EXAMPLE, "a": ["b", "core"], "b": ["a"], "c": ["a"]})
    assert set(plan.priorities) == set(EXAMPLE)
    assert set(plan.failures) == {"a", "b", "c"}
    assert "because `a`" in plan.failures["c"].message


def test_missing_dependency_is_named_with_what_may_be_meant():
    error = plan_of({"core": [], "crm": ["cor"]}).failures["crm"]
    assert "depends on `cor`, which is not installed (crm -> cor)" in error.message
    assert "did you mean `core`?" in (error.hint or "")


def test_inactive_dependency_is_named():
    error = plan_of({"crm": ["core"]}, inactive=["core"]).failures["crm"]
    assert "depends on `core`, which is inactive (crm -> core)" in error.message


def test_failed_module_takes_its_dependents_along():
    graph = {name: depends for name, depends in EXAMPLE.items() if name != "crm"}
    cause = WasmInvalid("crm", "crm/module.wasm is missing")
    plan = plan_of(graph, failures={"crm": cause})
    assert list(plan.failures) == ["crm", "invoicing"]
    assert plan.failures["crm"] is cause
    assert "(invoicing -> crm)" in plan.failures["invoicing"].message
    assert loaded(plan) == [["core"], ["accounting", "hr"], ["payroll"]]


def test_stop_raises_the_cause_and_not_its_consequence():
    cause = WasmInvalid("core", "core/module.wasm is missing")
    found = detection({"crm": ["core"], "a": ["crm"]}, failures={"core": cause})
    with pytest.raises(WasmInvalid) as caught:
        sort(found, "stop")
    assert caught.value is cause


def test_stop_lets_a_plan_without_failures_through():
    assert loaded(sort(detection(EXAMPLE), "stop"))[0] == ["core"]


def test_module_without_failed_dependencies_has_no_error():
    assert failed_dependency(manifest("crm", ["core"]), {}) is None


def test_optional_module_that_is_there_is_loaded_before():
    plan = plan_of({"core": [], "accounting": ["core"], "inventory": ["core"]},
                   optional={"inventory": ["accounting"]})
    assert loaded(plan) == [["core"], ["accounting"], ["inventory"]]
    assert plan.failures == {}


@pytest.mark.parametrize("inactive", [[], ["accounting"]])
def test_optional_module_that_is_not_there_is_nothing(inactive):
    plan = plan_of({"core": [], "inventory": ["core"]}, inactive=inactive,
                   optional={"inventory": ["accounting"]})
    assert loaded(plan) == [["core"], ["inventory"]]
    assert plan.failures == {}


def test_optional_module_that_failed_takes_nobody_along():
    cause = WasmInvalid("accounting", "accounting/module.wasm is missing")
    plan = plan_of({"core": [], "inventory": ["core"], "shop": ["inventory"]},
                   optional={"inventory": ["accounting"]},
                   failures={"accounting": cause})
    assert loaded(plan) == [["core"], ["inventory"], ["shop"]]
    assert plan.failures == {"accounting": cause}


def test_what_lacks_something_is_not_waited_for():
    """`b` fails because of `d`, by way of `c`, and so `a` comes as early as `e`."""
    graph = {"a": [], "b": ["c"], "c": ["d"], "d": ["nothing"], "e": []}
    plan = plan_of(graph, optional={"a": ["b"]})
    assert loaded(plan) == [["a", "e"]]
    assert list(plan.failures) == ["d", "c", "b"]


@pytest.mark.parametrize("name", ["a", "b"])
def test_cycle_by_way_of_an_optional_module_says_so(name):
    graph = {"core": [], "a": ["core"], "b": ["a"]}
    error = plan_of(graph, optional={"a": ["b"]}).failures[name]
    words = {"a": "a -> b (optional) -> a", "b": "b -> a -> b (optional)"}
    assert error.message.endswith(f"depends on itself: {words[name]}")
    assert error.hint == "take `b` out of `optional` of `a`"


def test_module_beside_a_cycle_of_optional_ones_is_loaded():
    graph = {"a": [], "b": ["c"], "c": ["b"]}
    plan = plan_of(graph, optional={"a": ["b"]})
    assert loaded(plan) == [["a"]]
    assert set(plan.failures) == {"b", "c"}


def named(number: int) -> str:
    return f"m{number:02}"


modules = st.integers(0, MODULES_MAX - 1)
edges = st.lists(st.tuples(modules, modules), unique=True, max_size=2 * MODULES_MAX)


@st.composite
def graphs(draw, acyclic: bool):
    """Fifty modules in any order; an acyclic one points to lower numbers only."""
    graph: dict[str, list[str]] = {named(number): [] for number in range(MODULES_MAX)}
    for one, other in draw(edges):
        if one > other or not acyclic:
            graph[named(one)].append(named(other))
    return dict(draw(st.permutations(list(graph.items()))))


@given(graphs(acyclic=True))
def test_priority_is_one_more_than_the_largest_below(graph):
    plan = plan_of(graph)
    assert plan.failures == {}
    assert set(plan.priorities) == set(graph)
    for name, depends in graph.items():
        below = [plan.priorities[other] for other in depends]
        assert plan.priorities[name] == max(below, default=-1) + 1


@given(graphs(acyclic=False), st.randoms(use_true_random=False))
def test_plan_does_not_depend_on_the_order_of_the_scan(graph, random):
    shuffled = list(graph.items())
    random.shuffle(shuffled)
    one, two = plan_of(graph), plan_of(dict(shuffled))
    assert loaded(one) == loaded(two)
    words = {name: error.message for name, error in one.failures.items()}
    assert words == {name: error.message for name, error in two.failures.items()}


@given(graphs(acyclic=False))
def test_exactly_what_reaches_a_cycle_fails(graph):
    plan = plan_of(graph)
    reached = reach(graph)
    on_cycle = {name for name in graph if name in reached[name]}
    doomed = {name for name in graph if reached[name] & on_cycle}
    assert set(plan.failures) == doomed
    assert set(plan.priorities) == set(graph) - doomed
    for name in on_cycle:
        chain = plan.failures[name].message.rsplit(": ", 1)[1].split(" -> ")
        assert chain[0] == chain[-1] == name
        for one, other in itertools.pairwise(chain):
            assert other in graph[one]


@given(graphs(acyclic=True), st.sets(modules.map(named), max_size=5))
def test_exactly_what_reaches_a_gap_fails(graph, gone):
    left = {name: depends for name, depends in graph.items() if name not in gone}
    reached = reach(graph)
    assert set(plan_of(left).failures) == {
        name for name in left if reached[name] & gone
    }


@given(graphs(acyclic=True), st.data())
def test_optional_modules_come_before_and_take_nobody_along(graph, data):
    """Of each module's edges some are optional, and some modules are missing."""
    optional = {
        name: data.draw(st.sets(st.sampled_from(others)))
        for name, others in graph.items()
        if others
    }
    needed = {
        name: [other for other in others if other not in optional.get(name, ())]
        for name, others in graph.items()
    }
    gone = data.draw(st.sets(modules.map(named), max_size=5))
    left = {name: others for name, others in needed.items() if name not in gone}

    plan = plan_of(left, optional=optional)

    reached = reach(needed)
    assert set(plan.failures) == {name for name in left if reached[name] & gone}
    for name, priority in plan.priorities.items():
        before = [plan.priorities[other] for other in graph[name] if other in plan.priorities]
        assert priority == max(before, default=-1) + 1


def reach(graph: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """For each module all that it depends on, directly or not."""
    reached = {name: set(depends) for name, depends in graph.items()}
    for middle in graph:
        for name in graph:
            if middle in reached[name]:
                reached[name] |= reached[middle]
    return reached
