"""An event is written with what it tells of, or not at all."""

from __future__ import annotations

import pytest
import pytest_twisted

from eerp import limits
from eerp.errors import ValidationFailed
from eerp.interfaces import Statement
from tests.postgres.conftest import Look
from tests.postgres.delivering import Site

_EVENTS = "SELECT topic, key, data, module, request_id, actor FROM eerp.outbox"


@pytest_twisted.ensureDeferred
async def test_an_event_is_there_once_its_transaction_is_committed(
    site: Site, look: Look
) -> None:
    transaction = site.begin()
    await site.put(transaction, "crm.contacts.made", "k1", {"name": "Ann"})

    assert look(_EVENTS) == []

    await transaction.commit()
    assert look(_EVENTS) == [
        ("crm.contacts.made", "k1", {"name": "Ann"}, "crm", "r1", "ann")
    ]


@pytest_twisted.ensureDeferred
async def test_a_rollback_leaves_no_event_and_no_delivery(
    site: Site, look: Look
) -> None:
    await site.subscribe("crm", "crm.*")
    transaction = site.begin()
    await site.put(transaction)

    await transaction.rollback()

    assert look(_EVENTS) == []
    assert look("SELECT * FROM eerp.deliveries") == []


@pytest_twisted.ensureDeferred
async def test_an_event_says_which_transaction_it_is_of(site: Site, look: Look) -> None:
    transaction = site.begin()
    await site.put(transaction)
    token = transaction.token

    await transaction.commit()

    assert look('SELECT "transaction" FROM eerp.outbox') == [(token,)]


@pytest_twisted.ensureDeferred
async def test_each_subscriber_gets_one_delivery_however_many_of_its_patterns_fit(
    site: Site, look: Look
) -> None:
    await site.subscribe("crm", "crm.contacts.made", "crm.*", "crm.deals.*")
    await site.subscribe("mail", "crm.contacts.*")

    await site.emit("crm.contacts.made")

    found = look("SELECT subscriber FROM eerp.deliveries ORDER BY 1")
    assert [row[0] for row in found] == [
        "crm:crm.*", "crm:crm.contacts.made", "mail:crm.contacts.*",
    ]  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_a_topic_is_below_the_module_that_emits_it(
    site: Site, look: Look
) -> None:
    await site.emit("contacts.made")
    await site.emit("hr.contacts.made")

    found = look("SELECT topic FROM eerp.outbox ORDER BY id")
    assert [row[0] for row in found] == ["crm.contacts.made", "crm.hr.contacts.made"]


@pytest.mark.parametrize(
    ("topic", "key", "data", "pointer"),
    [
        ("Contacts", None, None, "/topic"),
        ("a..b", None, None, "/topic"),
        ("contacts.*", None, None, "/topic"),
        ("a" * limits.TOPIC_CHARACTERS_MAX, None, None, "/topic"),
        (None, None, None, "/topic"),
        (["a"], None, None, "/topic"),
        ("a", "", None, "/key"),
        ("a", 7, None, "/key"),
        ("a", "\x00", None, "/key"),
        ("a", "k" * (limits.EVENT_KEY_CHARACTERS_MAX + 1), None, "/key"),
        ("a", None, "x" * limits.EVENT_DATA_BYTES_MAX, "/data"),
        ("a", None, {"a": ["\x00"]}, "/data"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_event_is_refused_and_costs_the_transaction_nothing(
    site: Site, look: Look, topic: object, key: object, data: object, pointer: str
) -> None:
    transaction = site.begin()

    with pytest.raises(ValidationFailed) as refused:
        await site.put(transaction, topic, key, data)

    assert refused.value.errors[0].pointer == pointer
    await site.put(transaction, "fine")
    await transaction.commit()
    assert len(look(_EVENTS)) == 1


@pytest_twisted.ensureDeferred
async def test_a_backslash_before_u0000_is_text_and_no_nul(
    site: Site, look: Look
) -> None:
    await site.emit("a", None, "\\u0000")

    assert look("SELECT data FROM eerp.outbox") == [("\\u0000",)]


@pytest_twisted.ensureDeferred
async def test_a_request_emits_so_many_events_and_no_more(
    site: Site, look: Look
) -> None:
    transaction = site.begin()
    for _ in range(limits.EVENTS_PER_TRANSACTION_MAX):
        await site.put(transaction)

    with pytest.raises(ValidationFailed, match="100 events at most"):
        await site.put(transaction)

    await transaction.commit()
    assert look("SELECT count(*) FROM eerp.outbox") == [(100,)]
    await site.emit()


@pytest_twisted.ensureDeferred
async def test_an_event_that_a_savepoint_took_back_does_not_count(
    site: Site, look: Look
) -> None:
    transaction = site.begin()
    savepoint = transaction.savepoint()
    await site.put(transaction, "gone")
    savepoint.rollback()
    await site.put(transaction, "kept")

    counted = await transaction.run(
        Statement("SELECT current_setting('eerp.events', true)")
    )

    await transaction.commit()
    assert counted[0][0] == "1"
    assert look("SELECT topic FROM eerp.outbox") == [("crm.kept",)]
