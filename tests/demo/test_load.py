"""Loading is idempotent, resumable, patient and bounded."""

from __future__ import annotations

import io

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from demo.northwind.client import Client
from demo.northwind.data import COUNTRY_CODES, read_traders
from demo.northwind.errors import DemoError, Refused
from demo.northwind.load import AT_ONCE_MAX, ATTEMPTS_MAX, Loader
from demo.northwind.progress import Progress
from tests.demo.double import PASSWORD, Crm, problem

URL = "http://crm.example"
ALL = {"companies": 120, "contacts": 120, "addresses": 120}


class SlowClient:
    """A client whose look-ups end only when the test says so."""

    def __init__(self):
        self.waiting = []

    def find_all(self, path):
        codes = COUNTRY_CODES.values()
        return succeed([{"id": code, "code": code} for code in codes])

    def find(self, path, filters):
        answer = Deferred()
        self.waiting.append(answer)
        return answer


class LoadTests(SynchronousTestCase):
    def setUp(self):
        self.crm = Crm()
        self.clock = Clock()
        self.traders = read_traders()

    def start(self, traders=None):
        client = Client(self.crm.http(), URL, "admin", PASSWORD)
        self.successResultOf(Deferred.fromCoroutine(client.sign_in()))
        progress = Progress(len(self.traders), "companies", io.StringIO())
        loader = Loader(self.clock, client, progress)
        return Deferred.fromCoroutine(loader.load(traders or self.traders))

    def spoil(self, *answers):
        """Answer the requests after the sign-in and the countries with `answers`."""
        served = [lambda request: None] * (1 + len(self.crm.countries))
        self.crm.misfortunes = served + [
            lambda request, answer=answer: answer for answer in answers
        ]

    def test_all_traders_are_loaded(self):
        tally = self.successResultOf(self.start())
        assert (tally.created, tally.unchanged) == (360, 0)
        assert self.crm.count() == dict(tally.kinds) == ALL

    def test_a_second_run_adds_nothing(self):
        self.successResultOf(self.start())
        tally = self.successResultOf(self.start())
        assert (tally.created, tally.unchanged) == (0, 360)
        assert self.crm.count() == ALL

    def test_a_run_broken_off_half_way_is_completed_by_the_next(self):
        refusal = problem(403, "You may not.")
        passed = [None] * 200
        self.spoil(*passed, *[refusal] * AT_ONCE_MAX)
        error = self.failureResultOf(self.start()).value
        assert type(error) is Refused
        made = sum(self.crm.count().values())
        assert 0 < made < 360
        self.crm.misfortunes = []
        tally = self.successResultOf(self.start())
        assert (tally.created, tally.unchanged) == (360 - made, made)
        assert self.crm.count() == ALL

    def test_contacts_and_addresses_belong_to_their_company(self):
        self.successResultOf(self.start())
        ids = [company["id"] for company in self.crm.records["companies"]]
        for kind in ("contacts", "addresses"):
            assert [record["company_id"] for record in self.crm.records[kind]] == ids

    def test_addresses_refer_to_their_country(self):
        self.successResultOf(self.start())
        ids = [address["country_id"] for address in self.crm.records["addresses"]]
        assert ids == [f"id-{trader.country}" for trader in self.traders]

    def test_a_country_that_eerp_lacks_is_one_clear_line(self):
        self.crm.countries.remove("DE")
        error = self.failureResultOf(self.start()).value
        assert str(error) == "EERP has no country 'DE'."

    def test_it_comes_back_when_eerp_said(self):
        self.spoil(problem(429, "Slow down.", retry_after="5"))
        done = self.start(self.traders[:1])
        self.clock.advance(4.9)
        self.assertNoResult(done)
        self.clock.advance(0.2)
        assert self.successResultOf(done).created == 3

    def test_it_gives_up_in_the_end(self):
        self.spoil(*[problem(503, "The database is away.")] * ATTEMPTS_MAX)
        done = self.start(self.traders[:1])
        self.clock.pump([1.0] * ATTEMPTS_MAX)
        error = self.failureResultOf(done).value
        assert str(error) == "EERP answered 503: The database is away."

    def test_it_does_not_wait_for_long(self):
        self.spoil(problem(429, "Slow down.", retry_after="900"))
        error = self.failureResultOf(self.start(self.traders[:1])).value
        assert type(error) is DemoError
        assert str(error).endswith("Slow down. Try again in 900 seconds.")

    def test_a_create_whose_answer_was_lost_is_not_repeated(self):
        def store_and_fail(request):
            self.crm.records["companies"].append({"reference": "NW-ALFKI", "id": "7"})
            return problem(503, "The answer was lost.")

        self.spoil(None)
        self.crm.misfortunes.append(store_and_fail)
        done = self.start(self.traders[:1])
        self.clock.advance(1)
        tally = self.successResultOf(done)
        assert (tally.created, tally.unchanged) == (2, 1)
        assert self.crm.count()["companies"] == 1

    def test_no_more_than_a_few_companies_are_under_way_at_once(self):
        client = SlowClient()
        progress = Progress(len(self.traders), "companies", io.StringIO())
        loader = Loader(self.clock, client, progress)
        done = Deferred.fromCoroutine(loader.load(self.traders))
        while client.waiting:
            assert len(client.waiting) <= AT_ONCE_MAX
            client.waiting.pop().callback({"id": "1"})
        assert self.successResultOf(done).unchanged == 360
