"""The screens for browsers, from a folder as `make pages` leaves it."""

from __future__ import annotations

import base64
import hashlib

import pytest

from eerp.web.app_pages import app_pages
from tests.web.wire import World

SCRIPT = b'{ start("_app") }'
HTML = (
    b'<!doctype html><script src="/_app/x.js"></script>'
    b"<script nonce='a'>" + SCRIPT + b"</script>"
)
IMMUTABLE = "/_app/immutable/start.AB12.js"


@pytest.fixture
def built(tmp_path):
    files = {
        "index.html": HTML,
        "index.html.br": b"page, brotli",
        "favicon.svg": b"<svg/>",
        "manifest.webmanifest": b"{}",
        "_app/version.json": b"{}",
        "_app/immutable/start.AB12.js": b"script",
        "_app/immutable/start.AB12.js.br": b"brotli",
        "_app/immutable/start.AB12.js.gz": b"gzipped",
        "_app/immutable/assets/font.CD34.woff2": b"font",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


@pytest.fixture
def world(built):
    return World(pages=app_pages(built))


@pytest.mark.parametrize(
    "path", ["/", "/crm/companies/1", "/crm?x=1", "/login", "/a.b", "/index.html"]
)
def test_the_page_is_at_every_path_of_nobody(world, path):
    response = world.ask("GET", path, token=None)
    assert (response.status, response.body) == (200, HTML)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"
    known = response.headers["etag"]
    again = world.ask("GET", path, token=None, if_none_match=known)
    assert (again.status, again.body) == (304, b"")


def test_only_our_scripts_run_and_nothing_leaves_our_origin(world):
    policy = world.ask("GET", "/").headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    digest = base64.b64encode(hashlib.sha256(SCRIPT).digest()).decode()
    assert rules["script-src"] == f"'self' 'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-src"] == "blob:"
    assert rules["frame-ancestors"] == "'none'"


def test_a_worker_obeys_the_policy_of_the_page(world):
    policy = world.ask("GET", "/").headers["content-security-policy"]
    assert world.ask("GET", IMMUTABLE).headers["content-security-policy"] == policy


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, br", "br", b"brotli"),
        ("gzip", "gzip", b"gzipped"),
        ("", None, b"script"),
    ],
)
def test_a_file_comes_compressed_as_the_browser_takes_it(
    world, accepted, encoding, body
):
    response = world.ask("GET", IMMUTABLE, accept_encoding=accepted)
    assert (response.status, response.body) == (200, body)
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"].startswith("Accept-Encoding")
    page = world.ask("GET", "/deals", accept_encoding="br")
    assert page.body == b"page, brotli"


@pytest.mark.parametrize(
    ("path", "kind", "kept"),
    [
        (IMMUTABLE, "text/javascript; charset=utf-8", "immutable"),
        ("/_app/immutable/assets/font.CD34.woff2", "font/woff2", "immutable"),
        ("/_app/version.json", "application/json", "no-cache"),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
    ],
)
def test_a_file_has_its_type_and_is_kept_for_good_if_named_by_its_content(
    world, path, kind, kept
):
    response = world.ask("GET", path, token=None)
    assert (response.status, response.headers["content-type"]) == (200, kind)
    assert kept in response.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    ["/_app/gone.js", "/_app/immutable/old.js", "/_app/immutable/start.AB12.js.br"],
)
def test_a_file_of_another_build_is_not_there(world, path):
    response = world.ask("GET", path)
    assert response.status == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/api", "/api/nothing", "/api/crm/nothing", "/graphql/x", "/health/x"]
)
def test_the_paths_of_the_api_are_never_the_page_s(world, path):
    response = world.ask("GET", path)
    assert (response.status, response.json["code"]) == (404, "not_found")


def test_a_page_is_only_looked_at(world):
    response = world.ask("POST", "/crm", body={})
    assert response.status == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    head = world.ask("HEAD", "/crm")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(HTML))


def test_a_bad_token_does_not_keep_the_page_away(world):
    assert world.ask("GET", "/crm", token="nobody-s").status == 200


def test_an_app_that_is_not_built_says_how_to_build_it(tmp_path):
    response = World(pages=app_pages(tmp_path / "nothing")).ask("GET", "/")
    assert response.status == 503
    assert b"run `make pages`" in response.body


def test_an_app_that_is_not_wanted_is_not_there(world):
    assert World().ask("GET", "/").status == 404
