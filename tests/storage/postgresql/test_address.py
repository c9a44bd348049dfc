"""Addresses of PostgreSQL databases: what is shown of them holds no password, and what is wrong is said plainly."""

from __future__ import annotations

import pytest

from storage.postgresql.address import is_postgresql, parse_address

PASSWORD = "s3cret%2Fword"


def test_address_shows_hosts_and_database_only() -> None:
    address = parse_address(f"postgresql://bot:{PASSWORD}@a:5433,b/news?target_session_attrs=primary")
    assert str(address) == "postgresql://a:5433,b/news"
    assert (address.hosts, address.database) == ("a:5433,b", "news")
    assert address.secrets == (PASSWORD, "s3cret/word")
    assert "s3cret" not in repr(address)


@pytest.mark.parametrize(
    ("url", "shown", "secrets"),
    [
        ("postgresql:///news?host=/run/postgresql", "postgresql:///run/postgresql/news", ()),
        ("postgres://db/news", "postgresql://db/news", ()),
        ("postgresql://bot@db?dbname=news&password=hush", "postgresql://db/news", ("hush",)),
    ],
)
def test_other_spellings_of_an_address(url: str, shown: str, secrets: tuple[str, ...]) -> None:
    assert is_postgresql(url)
    address = parse_address(url)
    assert (str(address), address.secrets) == (shown, secrets)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            f"postgresql://bot:{PASSWORD}@a:5433,b/news?sslmode=require",
            "postgresql://bot@a:5433,b/news?sslmode=require",
        ),
        ("postgres://db/news", "postgres://db/news"),
        ("postgresql:///news?host=/run/postgresql&user=bot", "postgresql:///news?host=/run/postgresql&user=bot"),
        ("postgresql://bot@db?dbname=news&password=hush", "postgresql://bot@db?dbname=news"),
        ("postgresql://db/news?sslpassword=hush", "postgresql://db/news"),
    ],
)
def test_address_for_tools_has_the_user_and_no_password(url: str, shown: str) -> None:
    address = parse_address(url)
    assert address.without_secrets == shown
    assert parse_address(shown).secrets == ()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (f"postgresql://bot:{PASSWORD}@db", "names no database"),
        (f"postgresql://bot:{PASSWORD}@/news", "names no server"),
        (f"postgresql://bot:{PASSWORD}@db/news/more", "names no database"),
        (f"postgresql://bot:{PASSWORD} x@db/news", "%20"),
        (f"postgresql://bot:{PASSWORD}@db/news#x", "%23"),
        (f"postgresql://bot:{PASSWORD}@[::1/news", "is no URL"),
        (f"postgresql://bot:{PASSWORD}@db/news?x", "is no URL"),
    ],
)
def test_wrong_address_is_named_without_its_password(url: str, error: str) -> None:
    with pytest.raises(ValueError, match=error) as raised:
        parse_address(url)
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None
