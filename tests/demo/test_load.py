"""Loading is idempotent, resumable, patient and bounded."""

from __future__ import annotations

import io

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from demo.northwind.client import Client
from demo.northwind.errors import DemoError, Refused
from demo.northwind.load import AT_ONCE_MAX, Loader
from demo.northwind.shelf import ATTEMPTS_MAX
from demo.northwind.trade import load_traders
from demo.northwind.traders import read_traders
from tests.demo.double import PASSWORD, Crm, problem

URL = "http://crm.example"
ALL = {"companies": 120, "contacts": 120, "addresses": 120}


class LoadTests(SynchronousTestCase):
    def setUp(self):
        self.crm = Crm()
        self.clock = Clock()
        self.traders = read_traders()

    def start(self, traders=None):
        """A loader, and what comes of loading traders."""
        client = Client(self.crm.http(), URL, "admin", PASSWORD)
        self.successResultOf(Deferred.fromCoroutine(client.sign_in()))
        loader = Loader(self.clock, client, io.StringIO())
        work = load_traders(loader, traders or self.traders)
        return loader, Deferred.fromCoroutine(work)

    def loaded(self, traders=None):
        """The tally of a run that succeeds."""
        loader, done = self.start(traders)
        self.successResultOf(done)
        return loader.tally

    def spoil(self, *answers):
        """Answer the requests after the sign-in, the countries and the three look-ups
        with `answers`."""
        served = [lambda request: None] * (1 + len(self.crm.countries) + 3)
        self.crm.misfortunes = served + [
            lambda request, answer=answer: answer for answer in answers
        ]

    def test_all_traders_are_loaded(self):
        tally = self.loaded()
        assert (tally.created, tally.unchanged) == (360, 0)
        assert self.crm.count() == dict(tally.kinds) == ALL

    def test_a_second_run_adds_nothing(self):
        self.loaded()
        tally = self.loaded()
        assert (tally.created, tally.unchanged) == (0, 360)
        assert self.crm.count() == ALL

    def test_a_run_broken_off_half_way_is_completed_by_the_next(self):
        refusal = problem(403, "You may not.")
        passed = [None] * 200
        self.spoil(*passed, *[refusal] * AT_ONCE_MAX)
        error = self.failureResultOf(self.start()[1]).value
        assert type(error) is Refused
        made = sum(self.crm.count().values())
        assert 0 < made < 360
        self.crm.misfortunes = []
        tally = self.loaded()
        assert (tally.created, tally.unchanged) == (360 - made, made)
        assert self.crm.count() == ALL

    def test_contacts_and_addresses_belong_to_their_company(self):
        self.loaded()
        ids = [company["id"] for company in self.crm.records["companies"]]
        for kind in ("contacts", "addresses"):
            assert [record["company_id"] for record in self.crm.records[kind]] == ids

    def test_addresses_refer_to_their_country(self):
        self.loaded()
        ids = [address["country_id"] for address in self.crm.records["addresses"]]
        assert ids == [f"id-{trader.country}" for trader in self.traders]

    def test_a_country_that_eerp_lacks_is_one_clear_line(self):
        self.crm.countries.remove("DE")
        error = self.failureResultOf(self.start()[1]).value
        assert str(error) == "EERP has no DE among its countries."

    def test_it_comes_back_when_eerp_said(self):
        self.spoil(problem(429, "Slow down.", retry_after="5"))
        loader, done = self.start(self.traders[:1])
        self.clock.advance(4.9)
        self.assertNoResult(done)
        self.clock.advance(0.2)
        self.successResultOf(done)
        assert loader.tally.created == 3

    def test_it_gives_up_in_the_end(self):
        self.spoil(*[problem(503, "The database is away.")] * ATTEMPTS_MAX)
        _, done = self.start(self.traders[:1])
        self.clock.pump([1.0] * ATTEMPTS_MAX)
        error = self.failureResultOf(done).value
        assert str(error) == "EERP answered 503: The database is away."

    def test_it_does_not_wait_for_long(self):
        self.spoil(problem(429, "Slow down.", retry_after="900"))
        error = self.failureResultOf(self.start(self.traders[:1])[1]).value
        assert type(error) is DemoError
        assert str(error).endswith("Slow down. Try again in 900 seconds.")

    def test_a_create_whose_answer_was_lost_is_not_repeated(self):
        def store_and_fail(request):
            self.crm.records["companies"].append({"reference": "NW-ALFKI", "id": "7"})
            return problem(503, "The answer was lost.")

        self.spoil()
        self.crm.misfortunes.append(store_and_fail)
        loader, done = self.start(self.traders[:1])
        self.clock.advance(1)
        self.successResultOf(done)
        assert (loader.tally.created, loader.tally.unchanged) == (2, 1)
        assert self.crm.count()["companies"] == 1

    def test_no_more_than_a_few_are_under_way_at_once(self):
        waiting = []

        def work(thing):
            waiting.append(Deferred())
            return waiting[-1]

        loader, _ = self.start(self.traders[:1])
        done = Deferred.fromCoroutine(loader.each("things", range(50), work))
        ended = 0
        while waiting:
            assert len(waiting) <= AT_ONCE_MAX
            waiting.pop().callback(None)
            ended += 1
        self.successResultOf(done)
        assert ended == 50

    def test_what_is_done_already_is_not_done_again(self):
        loader, _ = self.start(self.traders[:1])
        self.crm.records["runs"] = [{"id": "0", "state": "posted"}]
        calls = len(self.crm.calls)
        step = loader.once({"id": "0"}, "/api/crm/runs", "post")
        self.successResultOf(Deferred.fromCoroutine(step))
        assert self.crm.calls[calls:] == ["GET /api/crm/runs/0"]
