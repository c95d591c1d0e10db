"""What modules register is taken as a whole, or refused with the reason."""

from __future__ import annotations

import pytest
from attrs import frozen

from eerp.delivery import Registry
from eerp.errors import RegistrationInvalid


@frozen
class One:
    texts: tuple[str, ...]
    handler_id: int = 1


def test_events_and_jobs_are_taken():
    registry = Registry()
    registry.register(
        "crm",
        ("core",),
        [One(("core.users.made",), 1), One(("crm.*",), 2)],
        [One(("nightly", "0 3 * * *"), 3)],
    )
    assert set(registry.handlers) == {"crm:core.users.made", "crm:crm.*"}
    assert registry.handlers["crm:crm.*"].handler_id == 2
    assert registry.jobs["crm", "nightly"].handler_id == 3


def test_a_module_may_hear_of_one_that_is_not_there():
    registry = Registry()
    registry.register("crm", ("hr",), [One(("hr.people.*",))], [])
    assert set(registry.handlers) == {"crm:hr.people.*"}


@pytest.mark.parametrize(
    ("events", "jobs", "reason"),
    [
        (["Contacts"], [], 'the event "Contacts", which is no topic'),
        (["*"], [], "which is no topic"),
        (["hr.people.made"], [], "hr.people.made of a module that it does not depend"),
        (["crm.a", "crm.a"], [], "the event crm.a twice"),
        ([], [("", "* * * * *")], "a job by the name of"),
        ([], [("a\n", "* * * * *")], r'a job by the name of "a\\n"'),
        ([], [("a", "* * *")], r'the job a with the schedule "\* \* \*", which needs'),
        ([], [("a", "0 0 31 2 *")], "which cannot be read|is never due"),
        ([], [("a", "* * * * *"), ("a", "0 * * * *")], "the job a twice"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_it_is_taken(events, jobs, reason):
    registry = Registry()
    with pytest.raises(RegistrationInvalid, match=reason) as refused:
        registry.register(
            "crm", (), [One((each,)) for each in events], [One(each) for each in jobs]
        )
    assert refused.value.module == "crm"
    assert registry.handlers == {}
    assert registry.jobs == {}
