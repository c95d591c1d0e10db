"""What the core itself writes for clients, when the answer to its commit is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor

from eerp.database.pool import Pool
from eerp.errors import NotFound
from tests.postgres.conftest import Look, Proxy
from tests.postgres.delivering import Site
from tests.postgres.world import with_ann

URL = "https://hooks.example/in"


@pytest_twisted.async_yield_fixture
async def linked(proxy: Proxy) -> AsyncIterator[Pool]:
    """A pool whose link may be cut."""
    pool = Pool(reactor, proxy.dsn, size=2, require_durable=False)
    await pool.open()
    yield pool
    await pool.close()


def cut(proxy: Proxy, when: str) -> None:
    """Lose the next COMMIT on its way, or the answer to it."""
    setattr(proxy, f"cut_{when}", b"COMMIT")


def was_cut(proxy: Proxy) -> bool:
    """Whether it came to that."""
    return proxy.cut_after is None and proxy.cut_before is None


@pytest.mark.parametrize("when", ["after", "before"])
@ensureDeferred
async def test_a_sign_in_and_its_renewal_are_good(
    linked: Pool, proxy: Proxy, when: str
) -> None:
    world = await with_ann(linked)
    cut(proxy, when)
    pair = await world.login()
    assert was_cut(proxy)
    cut(proxy, when)
    renewed = await world.accounts.refresh(pair.refresh_token)
    assert was_cut(proxy)
    assert await world.accounts.refresh(renewed.refresh_token)
    assert await world.sql("select count(*) from eerp.sessions") == [(1,)]


@pytest.mark.parametrize("when", ["after", "before"])
@ensureDeferred
async def test_a_webhook_is_made_changed_and_removed_once(
    linked: Pool, proxy: Proxy, look: Look, when: str
) -> None:
    webhooks = Site(linked, proxy.dsn).webhooks
    cut(proxy, when)
    made, secret = await webhooks.add(URL, ["crm.*"], active=True, actor="ann")
    assert was_cut(proxy)
    assert look("SELECT id::text FROM eerp.webhooks") == [(made.id,)]
    cut(proxy, when)
    changed = await webhooks.change(
        made.id, url=None, topics=None, active=False, actor="ann"
    )
    assert was_cut(proxy)
    assert not changed.active
    cut(proxy, when)
    rotated, fresh = await webhooks.rotate(made.id, actor="ann")
    assert was_cut(proxy)
    assert (rotated.generation, fresh != secret) == (made.generation + 1, True)
    cut(proxy, when)
    await webhooks.remove(made.id, actor="ann")
    assert was_cut(proxy)
    with pytest.raises(NotFound):
        await webhooks.get(made.id)
