"""Every fault is named by its dotted key, all at once, without a value."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eerp.config import (
    SCHEMA,
    load,
)
from eerp.errors import ConfigError
from tests.config.files import EMBEDDED, refusal, refused, write


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"listne": []}, "listne: is not a known key; did you mean `listen`?"),
        ({"log": {"levle": 1}}, "log.levle: is not a known key; did you mean `level`?"),
        ({"log": {"level": "warning"}}, "log.level: must be one of debug, info, warn"),
        ({"log": 1}, "log: must be an object, not a whole number"),
        ({"listen": "tcp:1"}, "listen: must be a list, not a text"),
        ({"listen": []}, "listen: must not be empty"),
        ({"listen": ["tcp:1", "tcp:1"]}, "listen: must not have the same item twice"),
        (
            {"shutdown_timeout_s": True},
            "shutdown_timeout_s: must be a whole number, not",
        ),
        (
            {"shutdown_timeout_s": 1.5},
            "shutdown_timeout_s: must be a whole number, not",
        ),
        ({"shutdown_timeout_s": 0}, "shutdown_timeout_s: must be at least 1"),
        ({"shutdown_timeout_s": 10**30}, "shutdown_timeout_s: must be at most 600"),
        ({"state_dir": None}, "state_dir: must be a text, not null"),
        ({"state_dir": ""}, "state_dir: must not be empty"),
        ({"state_dir": "a\0b"}, "state_dir: must be a text without control characters"),
        ({"state_dir": "config.json"}, "state_dir: is not a folder"),
        ({"module_root": ["modules", "gone"]}, "module_root.1: does not exist"),
        ({"module_root": ["config.json"]}, "module_root.0: is not a folder"),
        (
            {"module_root": ["modules", "./modules"]},
            "module_root.1: is the same folder",
        ),
        ({"auth": {"signing_key_file": "no"}}, "auth.signing_key_file: does not exist"),
        ({"auth": {"signing_key_file": "."}}, "auth.signing_key_file: is not a file"),
        ({"auth": {"session_ttl_s": 100_000}}, "auth.refresh_token_ttl_s: must not be"),
        ({"limits": {"guest_cpu_ms_max": 31_000}}, "limits.guest_cpu_ms_max: must not"),
        ({"modules": {"CRM": {}}}, "modules.CRM: must be a module's name"),
        (
            {"modules": {"crm": {"capabilities": ["sql"]}}},
            "modules.crm.capabilities.0: ",
        ),
        ({"cors": {"origins": ["*"]}}, "cors.origins.0: must be an origin such as"),
        (
            {"cors": {"origins": ["https://a.org/"]}},
            "cors.origins.0: must be an origin",
        ),
        ({"optional_modules": ["a", "a"]}, "optional_modules: must not have the same"),
        ({"a\nb": 1}, "a\\nb: is not a known key"),
    ],
)
def test_wrong_key_is_named_with_what_is_wrong(folder, keys, fault):
    (line,) = refused(folder, {"database": EMBEDDED, **keys})
    assert line.startswith(fault)


@pytest.mark.parametrize(
    "endpoint",
    [
        "8080", "tcp:", "tcp:http", "tcp:65536", "tcp:port=70000", "tcp:1:colour=red",
        "udp:1", "ssl:443:privateKey=gone.pem", "systemd:index=0",
        "systemd:domain=INET", "systemd:domain=IPX:index=0", "tcp:1\n",
    ],
)  # fmt: skip
def test_endpoint_that_twisted_cannot_parse_is_refused(folder, endpoint):
    (line,) = refused(folder, {"database": EMBEDDED, "listen": [endpoint]})
    assert line.startswith("listen.0: ")


@pytest.mark.parametrize(
    "endpoint",
    [
        "tcp:0", "tcp:port=80:interface=0.0.0.0", "tcp6:80", "unix:/run/eerp.sock",
        "systemd:domain=INET:index=0", "systemd:domain=UNIX:name=web",
        "tcp:80:interface=\\:\\:1",
    ],
)  # fmt: skip
def test_endpoint_is_checked_without_opening_it(folder, endpoint):
    document = {"database": EMBEDDED, "listen": [endpoint]}
    assert load(write(folder, document)).listen == (endpoint,)


def test_all_faults_are_told_at_once(folder):
    lines = refused(
        folder,
        {
            "listen": ["tcp:x"],
            "module_root": ["gone"],
            "log": {"level": 7},
            "database": {"embedded": True, "host": "h", "pool_size": "8"},
            "colour": "red",
        },
    )
    keys = [line.split(":")[0] for line in lines]
    assert sorted(keys) == [
        "colour", "database.host", "database.pool_size", "listen.0", "log.level",
        "module_root.0",
    ]  # fmt: skip


def test_errors_carry_key_code_and_words(folder):
    with pytest.raises(ConfigError) as caught:
        load(write(folder, {"database": EMBEDDED, "log": {"format": "xml"}}))
    (fault,) = caught.value.errors
    assert (fault.pointer, fault.code) == ("log.format", "enum")
    assert caught.value.hint is not None


def test_keys_written_twice_are_refused(folder):
    lines = refused(
        folder,
        '{"database": {"embedded": false, "embedded": true}, "log": {}, "log": {}}',
    )
    assert lines == [
        "log: is written more than once",
        "database.embedded: is written more than once",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON: Expecting property name"),
        ('{"a": 1,}', "line 1, column"),
        ("[]", "is not a JSON object"),
        ("null", "is not a JSON object"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": 1e999}', "has a number that is too large"),
        ('{"a": ' + "9" * 5000 + "}", "has a number that is too large"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ('{"\\ud800": 1}', "half of a surrogate pair"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"a":' * 500 + "1" + "}" * 500, "is nested too deeply"),
        (b"\xff\xfe{}", "is not UTF-8, at byte 0"),
        ("\ufeff{}", "byte order mark"),
        (b" " * 2_000_000, "is larger than 1048576 bytes"),
    ],
)
def test_what_is_not_a_json_object_is_refused(folder, content, words):
    assert words in refusal(folder, content)


@pytest.mark.parametrize("name", ["gone.json", "modules", "a\0b"])
def test_file_that_cannot_be_read_is_refused_by_name(folder, name):
    with pytest.raises(ConfigError) as caught:
        load(folder / name)
    assert name.replace("\0", "\\x00") in caught.value.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*SCHEMA.content["properties"], "embedded", "host", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_values)
def test_no_document_brings_another_error_than_config_error(folder, document):
    with contextlib.suppress(ConfigError):
        load(write(folder, document))
