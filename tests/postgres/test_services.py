"""The core's services in real transactions: clock, sequences, settings, files."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from eerp.database.pool import Pool
from eerp.errors import NotFound, ValidationFailed
from eerp.interfaces import ServiceContext
from eerp.services import core_offers
from tests.postgres.services import GRAZ, VIENNA, Caller, caller, who
from tests.postgres.world import at_once


@pytest.fixture
def crm(pool: Pool) -> Caller:
    """The module crm, which calls for ann of Vienna."""
    return caller(pool, *core_offers(reactor, None))


Number = dict[str, Any]
INVOICE = {"name": "invoice"}
LOOSE = {"name": "ticket", "gapless": False}


@pytest_twisted.ensureDeferred
async def test_the_clock_knows_time_zones(crm: Caller) -> None:
    now = await crm.call("clock.now", {"zone": "Asia/Kathmandu"})

    assert now["zone"] == "Asia/Kathmandu"
    assert now["offset_s"] == 5 * 3600 + 45 * 60
    assert abs(now["ms"] / 1000 - reactor.seconds()) < 60
    with pytest.raises(ValidationFailed, match="no time zone Mars/Phobos"):
        await crm.call("clock.now", {"zone": "Mars/Phobos"})


@pytest_twisted.ensureDeferred
async def test_numbers_have_prefix_padding_and_a_yearly_start(crm: Caller) -> None:
    form = {
        "name": "invoice", "prefix": "INV-{year}-", "padding": 4, "reset": "yearly",
    }  # fmt: skip

    texts = [
        (await crm.call("sequences.next", {**form, "date": day}))["text"]
        for day in ("2026-03-01", "2026-12-31", "2027-01-01")
    ]

    assert texts == ["INV-2026-0001", "INV-2026-0002", "INV-2027-0001"]


@pytest_twisted.ensureDeferred
async def test_numbers_count_by_module_and_company(crm: Caller) -> None:
    async def number(**keys: Any) -> int:
        given = {**INVOICE, **keys.pop("given", {})}
        return int((await crm.call("sequences.next", given, **keys))["number"])

    assert [await number(), await number()] == [1, 2]
    assert await number(identity=who(GRAZ)) == 1
    assert await number(module="billing") == 1
    assert await number(given={"per_company": False}) == 1
    assert await number(given={"per_company": False}, identity=who(GRAZ)) == 2


@pytest_twisted.ensureDeferred
async def test_a_gapless_number_of_a_rolled_back_request_is_used_again(
    crm: Caller,
) -> None:
    await crm.call("sequences.next", INVOICE)
    lost = await crm.call("sequences.next", INVOICE, commits=False)
    again = await crm.call("sequences.next", INVOICE)
    assert lost["number"] == again["number"] == 2


@pytest_twisted.ensureDeferred
async def test_gapless_numbers_have_no_gap_however_many_ask(crm: Caller) -> None:
    async def request(fails: bool) -> int | None:
        async def work(context: ServiceContext) -> Number:
            number: Number = await crm.run(context, "sequences.next", INVOICE)
            await deferLater(reactor, 0.001)
            return number

        number = await crm.request(work, commits=not fails)
        return None if fails else int(number["number"])

    numbers = await at_once(*(request(n % 4 == 0) for n in range(40)))

    kept = sorted(number for number in numbers if number is not None)
    assert kept == list(range(1, 31))


@pytest_twisted.ensureDeferred
async def test_numbers_with_gaps_do_not_wait_for_each_other(crm: Caller) -> None:
    await crm.call("sequences.next", LOOSE)
    slow = crm.context(who(), "crm")
    try:
        first = await crm.run(slow, "sequences.next", LOOSE)
        others = await at_once(*(crm.call("sequences.next", LOOSE) for _ in range(3)))
    finally:
        await slow.transaction.rollback()

    assert first["number"] == 2
    assert sorted(other["number"] for other in others) == [3, 4, 5]


@pytest_twisted.ensureDeferred
async def test_the_first_numbers_with_gaps_may_be_asked_for_at_once(
    crm: Caller,
) -> None:
    given = {**LOOSE, "start": 100}
    numbers = await at_once(*(crm.call("sequences.next", given) for _ in range(4)))
    assert sorted(number["number"] for number in numbers) == [100, 101, 102, 103]


@pytest_twisted.ensureDeferred
async def test_a_company_s_setting_comes_before_that_for_all(crm: Caller) -> None:
    async def put(value: Any, scope: str) -> None:
        await crm.call("settings.set", {"key": "vat", "value": value, "scope": scope})

    await put({"rate": "0.20"}, "global")
    assert (await crm.call("settings.get", {"key": "vat"}))["scope"] == "global"
    await put([1, None, "x"], "company")

    own = await crm.call("settings.get", {"key": "vat"})
    other = await crm.call("settings.get", {"key": "vat"}, identity=who(GRAZ))
    whole = await crm.call("settings.get", {"key": "vat", "scope": "global"})

    assert (own["value"], own["scope"], own["set_by"]) == (
        [1, None, "x"],
        "company",
        "u1",
    )
    assert other["value"] == whole["value"] == {"rate": "0.20"}
    assert (await crm.call("settings.get", {"key": "vat"}, module="hr"))[
        "value"
    ] is None


@pytest_twisted.ensureDeferred
async def test_who_set_what_is_kept(crm: Caller, look: Any) -> None:
    for value in (1, 2, None):
        given = {"key": "a", "value": value, "scope": "company"}
        await crm.call("settings.set", given)

    changes = "SELECT before::text, after::text, actor, request_id"
    assert look(f"{changes} FROM eerp.setting_changes ORDER BY id") == [
        (None, "1", "u1", "r1"),
        ("1", "2", "u1", "r1"),
        ("2", None, "u1", "r1"),
    ]
    assert (await crm.call("settings.get", {"key": "a"}))["scope"] is None


@pytest_twisted.ensureDeferred
async def test_a_setting_of_no_company_or_of_any_size_is_refused(crm: Caller) -> None:
    given = {"key": "a", "value": 1, "scope": "company"}
    with pytest.raises(ValidationFailed, match="acts in a company"):
        await crm.call("settings.set", given, identity=who(None))
    with pytest.raises(ValidationFailed, match="more than 65536 bytes"):
        await crm.call("settings.set", {**given, "value": "x" * 70_000})


def upload(content: bytes, name: str = "a.txt", **keys: Any) -> dict[str, Any]:
    coded = base64.b64encode(content).decode()
    return {"name": name, "media_type": "text/plain", "content": coded, **keys}


@pytest_twisted.ensureDeferred
async def test_a_file_comes_back_as_it_was(crm: Caller) -> None:
    content = bytes(range(256)) * 4000
    put = await crm.call("files.put", upload(content))

    got = await crm.call("files.get", {"id": put["id"]})
    raw = await crm.call("files.get", {"id": put["id"], "raw": True})

    assert base64.b64decode(got.pop("content")) == raw == content
    assert got == put
    assert (put["size"], put["created_by"]) == (len(content), "u1")
    assert put["sha256"] == hashlib.sha256(content).hexdigest()


@pytest_twisted.ensureDeferred
async def test_files_are_the_module_s_and_the_company_s(crm: Caller) -> None:
    own = (await crm.call("files.put", upload(b"own")))["id"]
    shared = (await crm.call("files.put", upload(b"all", shared=True)))["id"]

    async def sees(file_id: str, **keys: Any) -> bool:
        try:
            return bool(await crm.call("files.get", {"id": file_id}, **keys))
        except NotFound:
            return False

    graz = who(GRAZ)
    assert await sees(own)
    assert not await sees(own, module="hr")
    assert not await sees(own, identity=graz)
    assert await sees(own, identity=who(GRAZ, may=(GRAZ, VIENNA)))
    assert await sees(own, identity=who(None, "eerp.companies.all"))
    assert await sees(shared, identity=graz)
    with pytest.raises(NotFound):
        await crm.call("files.delete", {"id": own}, identity=graz)


@pytest_twisted.ensureDeferred
async def test_content_is_kept_once_and_goes_with_its_last_file(
    crm: Caller, look: Any
) -> None:
    files = [await crm.call("files.put", upload(b"same", name)) for name in "ab"]
    await crm.call("files.put", upload(b"same"), module="hr")
    counted = "SELECT module, count(*) FROM eerp.file_contents GROUP BY 1 ORDER BY 1"
    assert look(counted) == [("crm", 1), ("hr", 1)]

    await crm.call("files.delete", {"id": files[0]["id"]})
    assert look(counted) == [("crm", 1), ("hr", 1)]
    await crm.call("files.delete", {"id": files[1]["id"]})
    assert look(counted) == [("hr", 1)]


@pytest_twisted.ensureDeferred
async def test_content_that_another_request_puts_meanwhile_stays(
    crm: Caller, look: Any
) -> None:
    old = await crm.call("files.put", upload(b"same"))
    putting = crm.context(who(), "crm")
    new = await crm.run(putting, "files.put", upload(b"same"))
    deleting = Deferred.fromCoroutine(crm.call("files.delete", {"id": old["id"]}))
    await deferLater(reactor, 0.1)
    await putting.transaction.commit()
    await deleting

    got = await crm.call("files.get", {"id": new["id"], "raw": True})

    assert got == b"same"


@pytest_twisted.ensureDeferred
async def test_files_are_listed_page_by_page(crm: Caller) -> None:
    await gatherResults(
        [Deferred.fromCoroutine(crm.call("files.put", upload(b"x", n))) for n in "abc"]
    )

    first = await crm.call("files.list", {"limit": 2})
    rest = await crm.call("files.list", {"limit": 2, "after": first["next"]})

    names = [item["name"] for item in first["items"] + rest["items"]]
    assert sorted(names) == ["a", "b", "c"]
    assert rest["next"] is None
    (one,) = (await crm.call("files.list", {"name": "b"}))["items"]
    assert one["name"] == "b"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"content": "%%%"}, "/content"),
        ({"content": base64.b64encode(bytes(4_000_000)).decode()}, "/content"),
        ({"name": "../a"}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"media_type": "text"}, "/media_type"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_wrong_file_is_refused(
    change: dict[str, Any], pointer: str, crm: Caller
) -> None:
    with pytest.raises(ValidationFailed) as caught:
        await crm.call("files.put", {**upload(b"x"), **change})
    assert [fault.pointer for fault in caught.value.errors] == [pointer]
