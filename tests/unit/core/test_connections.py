"""Connections from the environment, written as Airflow writes them."""

from __future__ import annotations

import json

import pytest

from connectors import Access
from hub.connections import from_environment, variable
from hub.errors import StopError

WRITTEN = {
    "an address with everything": (
        "mysql://li:p%40ss%2Fword@10.0.0.9:3306/exchange?charset=utf8mb4",
        Access("x", "mysql", "10.0.0.9", 3306, "li", "p@ss/word", "exchange", {"charset": "utf8mb4"}),
    ),
    "an SQLite file": ("sqlite:////data/exchange.db", Access("x", "sqlite", None, None, None, None, "/data/exchange.db")),
    "a service without a port": ("https://host.example/ws/Query", Access("x", "https", "host.example", path="ws/Query")),
    "a host in brackets of percent signs, as Airflow writes addresses": (
        "http://http%3A%2F%2Fhost.example%2Fws:80/", Access("x", "http", "http://host.example/ws", 80),
    ),
    "extra that is no flat list": (
        "http://h/?__extra__=%7B%22a%22%3A+%7B%22b%22%3A+1%7D%7D", Access("x", "http", "h", extra={"a": {"b": 1}}),
    ),
    "a kind with an underscore, which no URL's scheme may have": (
        "oracle+cx_oracle://scott:tiger@10.0.0.1:1521/?service_name=ORCL",
        Access("x", "oracle+cx_oracle", "10.0.0.1", 1521, "scott", "tiger", extra={"service_name": "ORCL"}),
    ),
    "JSON": (
        json.dumps({"conn_type": "postgres", "host": "h", "port": "5432", "login": "u", "password": "口令", "schema": "d",
                    "extra": {"sslmode": "require"}}),
        Access("x", "postgres", "h", 5432, "u", "口令", "d", {"sslmode": "require"}),
    ),
    "JSON whose extra is a text": ('{"conn_type": "http", "extra": "{\\"a\\": 1}"}', Access("x", "http", extra={"a": 1})),
}  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), WRITTEN.values(), ids=WRITTEN.keys())
def test_a_connection_is_read_from_its_variable(text: str, meant: Access) -> None:
    assert from_environment("x", {"AIRFLOW_CONN_X": text}) == meant


def test_a_hyphen_is_an_underscore_in_the_variable() -> None:
    assert variable("land-bureau") == "AIRFLOW_CONN_LAND_BUREAU"


def test_no_variable_no_connection() -> None:
    assert from_environment("x", {}) is None


@pytest.mark.parametrize(
    "text", ["{not json", "host only", "mysql://u:geheim@h:port/d", '{"port": "geheim"}', "[]{"]
)
def test_what_cannot_be_read_stops_and_never_shows_the_value(text: str) -> None:
    with pytest.raises(StopError) as caught:
        from_environment("x", {"AIRFLOW_CONN_X": text})
    assert caught.value.code == "CONNECTION"
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_connection_shows_no_secret() -> None:
    shown = repr(from_environment("x", {"AIRFLOW_CONN_X": "mysql://u:geheim@h/d?key=geheim2"}))
    assert "geheim" not in shown
