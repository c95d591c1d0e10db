"""Users in several companies: which they are, and in which a request acts."""

from __future__ import annotations

import pytest
from pytest_twisted import ensureDeferred

from eerp.auth import Companies, CompanyChange
from eerp.database.pool import Pool
from eerp.errors import Conflict, NotFound, ValidationFailed
from eerp.interfaces import Identity
from tests.postgres.world import World, process, with_ann

ONE = "018f4e9a-7c1b-7d2e-8f3a-000000000001"
TWO = "018f4e9a-7c1b-7d2e-8f3a-000000000002"
THREE = "018f4e9a-7c1b-7d2e-8f3a-000000000003"


async def _ann(world: World) -> Identity:
    return await world.identities.identify((await world.login()).access_token)


@ensureDeferred
async def test_the_first_company_of_a_user_becomes_the_default(pool: Pool):
    accounts = (await with_ann(pool)).accounts
    assert await accounts.change_companies("ann", CompanyChange()) == Companies(
        None, ()
    )
    added = await accounts.change_companies("ANN", CompanyChange([TWO.upper(), ONE]))
    assert added == Companies(TWO, (ONE, TWO))
    again = await accounts.change_companies("ann", CompanyChange([TWO, THREE]))
    assert again == Companies(TWO, (ONE, TWO, THREE))


@ensureDeferred
async def test_a_default_is_one_of_the_users_companies(pool: Pool):
    accounts = (await with_ann(pool)).accounts
    with pytest.raises(Conflict, match="does not belong"):
        await accounts.change_companies("ann", CompanyChange([ONE], default=TWO))
    assert await accounts.change_companies("ann", CompanyChange()) == Companies(
        None, ()
    )
    change = CompanyChange([ONE, TWO], default=TWO)
    assert (await accounts.change_companies("ann", change)).default == TWO
    with pytest.raises(Conflict):
        await accounts.change_companies("ann", CompanyChange((), [TWO], TWO))


@ensureDeferred
async def test_without_its_company_a_user_acts_in_none(pool: Pool):
    accounts = (await with_ann(pool)).accounts
    await accounts.change_companies("ann", CompanyChange([ONE, TWO]))
    left = await accounts.change_companies("ann", CompanyChange((), [ONE]))
    assert left == Companies(None, (TWO,))


@ensureDeferred
async def test_what_is_no_company_or_no_user_is_refused(pool: Pool):
    accounts = (await with_ann(pool)).accounts
    for change in (
        CompanyChange(["x"]),
        CompanyChange((), [""]),
        CompanyChange(default="7"),
    ):
        with pytest.raises(ValidationFailed, match="is not the id of a company"):
            await accounts.change_companies("ann", change)
    with pytest.raises(NotFound, match="There is no user bob"):
        await accounts.change_companies("bob", CompanyChange([ONE]))


@ensureDeferred
async def test_an_identity_has_its_companies_and_changes_apply_at_once(pool: Pool):
    world = await with_ann(pool)
    await world.accounts.change_companies("ann", CompanyChange([ONE, TWO]))
    token = (await world.login()).access_token
    identity = await world.identities.identify(token)
    assert (identity.company_id, identity.companies) == (ONE, (ONE, TWO))
    await world.accounts.change_companies("ann", CompanyChange((), [TWO]))
    assert world.identities.cached(token) is None
    assert (await world.identities.identify(token)).companies == (ONE,)


@ensureDeferred
async def test_me_says_in_which_companies_one_may_act(pool: Pool):
    world = await with_ann(pool)
    await world.accounts.change_companies("ann", CompanyChange([ONE, TWO], default=TWO))
    me = await world.accounts.me(await _ann(world))
    assert (me["company_id"], me["companies"]) == (TWO, [ONE, TWO])


@ensureDeferred
async def test_a_user_who_is_deleted_leaves_no_companies(pool: Pool):
    world = await with_ann(pool)
    await world.accounts.change_companies("ann", CompanyChange([ONE, TWO]))
    await world.sql("delete from eerp.users")
    assert await process(pool).sql("select count(*) from eerp.user_companies") == [(0,)]
