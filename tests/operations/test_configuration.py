"""The environment is read in one place, every mistake is named at once, and secrets stay secret."""

from __future__ import annotations

import stat

import pytest

from library_social import config
from library_social.keys import make_fernet_key, read_secrets
from library_social.reading import BadConfiguration

PRODUCTION = {
    "LIBRARY_SOCIAL_ENV": "production",
    "SECRET_KEY": "x" * 40,
    "TOKEN_KEYS": make_fernet_key(),
    "DATABASE_URL": "postgres://us:p%40ss@db.example.org:6543/social?sslmode=require",
    "REDIS_URL": "redis://cache.example.org:6379/3",
    "PUBLIC_URL": "https://social.example.org/",
}


@pytest.fixture
def load(tmp_path):
    return lambda **given: config.load({"VAR_DIR": str(tmp_path), **given})


def test_practice_needs_no_setting_at_all(load, tmp_path):
    made = load()
    assert made.environment == "practice"
    assert made.sandbox_url.startswith("http://127.0.0.1:")
    assert made.database.host == str(config.Place(tmp_path).run)


def test_every_mistake_is_listed_at_once(load):
    with pytest.raises(BadConfiguration) as caught:
        load(
            WORKERS="many", DATABASE_URL="mysql://here/x", PUBLIC_URL="ours", X_CLIENT_ID="half", TIME_ZONE="Mars/Base",
            TOKEN_KEYS="stub", LOG_LEVEL="LOUD", SMTP_SECURITY="rot13", SECRET_KEY="short", MEDIA_BUCKET_KEY="half",
        )  # fmt: skip
    said = str(caught.value)
    for name in (
        "WORKERS", "DATABASE_URL", "PUBLIC_URL", "X_CLIENT_SECRET", "TIME_ZONE", "TOKEN_KEYS", "LOG_LEVEL",
        "SMTP_SECURITY", "SECRET_KEY", "MEDIA_BUCKET_SECRET",
    ):  # fmt: skip
        assert name in said, name
    assert len(caught.value.problems) == 10


def test_production_refuses_to_start_without_its_own(load):
    with pytest.raises(BadConfiguration) as caught:
        load(LIBRARY_SOCIAL_ENV="production")
    assert {line.split()[0] for line in caught.value.problems} == {
        "SECRET_KEY", "TOKEN_KEYS", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL",
    }  # fmt: skip


def test_production_never_falls_back_on_secrets_made_for_practice(load, tmp_path):
    load()
    assert (tmp_path / "secrets").exists()
    with pytest.raises(BadConfiguration, match="SECRET_KEY is missing"):
        load(LIBRARY_SOCIAL_ENV="production")


def test_production_reads_what_it_is_given(load, tmp_path):
    made = load(**PRODUCTION)
    assert (made.database.user, made.database.password, made.database.port) == ("us", "p@ss", "6543")
    assert made.database.options == {"sslmode": "require"}
    assert made.public_url == "https://social.example.org"
    assert made.allowed_hosts == ("social.example.org",)
    assert made.is_secure
    assert made.sandbox_url == ""
    assert not (tmp_path / "secrets").exists()


def test_token_keys_are_never_the_secret_key(load):
    key = make_fernet_key()
    with pytest.raises(BadConfiguration, match="must not hold SECRET_KEY"):
        load(**{**PRODUCTION, "SECRET_KEY": key, "TOKEN_KEYS": f"{make_fernet_key()} {key}"})


def test_secrets_are_made_once_and_only_their_owner_reads_them(load, tmp_path):
    first, second = load(), load()
    assert (first.secret_key, first.token_keys, first.sandbox_key) == (
        second.secret_key, second.token_keys, second.sandbox_key,
    )  # fmt: skip
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o600
    assert set(read_secrets(tmp_path / "secrets")) == {"SECRET_KEY", "TOKEN_KEYS", "SANDBOX_KEY"}


def test_a_secret_from_the_environment_wins_and_is_not_written_down(load, tmp_path):
    assert load(SECRET_KEY="y" * 40).secret_key == "y" * 40
    assert "y" * 40 not in (tmp_path / "secrets").read_text()


def test_the_configuration_prints_without_its_secrets(load):
    made = load(**PRODUCTION)
    for secret in (made.secret_key, made.token_keys[0], "p@ss", "redis://"):
        assert secret not in repr(made)


@pytest.mark.parametrize(
    ("url", "broker", "cache"),
    [
        ("redis://h:1/3", "redis://h:1/3", "redis://h:1/4"),
        ("rediss://u:p@h", "rediss://u:p@h", "rediss://u:p@h/1"),
        ("unix:///run/v.sock?db=2", "redis+socket:///run/v.sock?virtual_host=2", "unix:///run/v.sock?db=3"),
    ],
)
def test_one_address_serves_bell_and_cache_from_two_databases(load, url, broker, cache):
    made = load(REDIS_URL=url)
    assert (made.broker_url, made.cache_url) == (broker, cache)


@pytest.mark.parametrize(("role", "most"), [("worker", 21), ("web", 11), ("other", 4)])
def test_connections_are_bounded_by_the_role_of_the_process(load, role, most):
    given = {"WORKER_DB_CONNECTIONS": "21", "WEB_DB_CONNECTIONS": "11"}
    assert load(PROCESS_ROLE=role, **given).db_connections == most


def test_networks_are_offered_with_both_halves_of_their_registration(load):
    made = load(X_CLIENT_ID="id", X_CLIENT_SECRET="secret", X_API_URL="http://127.0.0.1:9/x/")
    assert made.network_apps == {"twitter": ("id", "secret")}
    assert made.network_urls == {"X_API_URL": "http://127.0.0.1:9/x"}
