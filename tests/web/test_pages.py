"""The pages for browsers, from a folder as `make pages` leaves it."""

from __future__ import annotations

import pytest

from eerp.web.pages import page_routes
from tests.web.wire import World

HTML = b"<!doctype html><title>EERP</title>"


@pytest.fixture
def built(tmp_path):
    for page in ("docs", "graphiql"):
        folder = tmp_path / page
        folder.mkdir()
        (folder / "index.html").write_bytes(HTML)
        for name, content in {
            "page-AB12.js": b"script",
            "page-AB12.js.gz": b"gzipped",
            "page-AB12.js.br": b"brotli",
            "page-CD34.css": b"style",
        }.items():
            (folder / name).write_bytes(content)
    return tmp_path


@pytest.fixture
def world(built):
    return World(further=page_routes(docs=True, graphiql=True, built=built))


@pytest.mark.parametrize("path", ["/api/docs", "/graphql"])
def test_a_page_is_there_for_anybody_and_checked_for_news_each_time(world, path):
    response = world.ask("GET", path, token=None)
    assert (response.status, response.body) == (200, HTML)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    known = response.headers["etag"]
    again = world.ask("GET", path, token=None, if_none_match=known)
    assert (again.status, again.body) == (304, b"")


def test_a_page_runs_our_scripts_only_and_talks_to_our_origin_only(world):
    policy = world.ask("GET", "/api/docs").headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["style-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli"),
        ("GZIP;q=0.5", "gzip", b"gzipped"),
        ("br;q=0, gzip;q=1.0", "gzip", b"gzipped"),
        ("br; q=0.0", None, b"script"),
        ("deflate", None, b"script"),
        ("", None, b"script"),
    ],
)
def test_a_file_comes_compressed_as_the_browser_takes_it(
    world, accepted, encoding, body
):
    response = world.ask("GET", "/api/docs/page-AB12.js", accept_encoding=accepted)
    assert (response.status, response.body) == (200, body)
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "Accept-Encoding" in response.headers["vary"]


def test_a_file_is_kept_for_good(world):
    response = world.ask("GET", "/graphql/page-CD34.css", token=None)
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_bad_token_does_not_keep_a_page_away(world):
    assert world.ask("GET", "/api/docs", token="nobody-s").status == 200


@pytest.mark.parametrize(
    "name", ["index.html", "page-AB12.js.gz", "gone.js", "made-from", ".."]
)
def test_nothing_else_can_be_had(world, name):
    assert world.ask("GET", f"/api/docs/{name}").status in (400, 404)


def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path):
    world = World(further=page_routes(docs=True, graphiql=False, built=tmp_path))
    response = world.ask("GET", "/api/docs", token=None)
    assert response.status == 503
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert b"run `make pages`" in response.body


def test_a_page_that_is_not_wanted_is_not_there(built):
    world = World(further=page_routes(docs=False, graphiql=False, built=built))
    assert world.ask("GET", "/api/docs").status == 404
    assert world.ask("GET", "/graphql").status == 404


def test_no_policy_of_a_module_s_own_reaches_a_browser(world):
    world.gateway.reply = type(world.gateway.reply)(
        200,
        b"<script>alert(1)</script>",
        {"content-type": "text/html", "content-security-policy": "default-src *"},
    )
    response = world.ask("GET", "/api/crm/public")
    policy = response.headers["content-security-policy"]
    assert policy == "default-src 'none'; sandbox"
