"""Addresses of Redis behind Sentinel, and what is shown of any."""

import pytest
import redis
from redis.sentinel import SentinelConnectionPool, SentinelManagedConnection, SentinelManagedSSLConnection

from worker.edge.redis_client import connect, impatient, is_outage, redis_errors
from worker.errors import UnavailableError
from worker.redis_address import sentinels, without_passwords

LONG = (
    "rediss+sentinel://ww:p%2Fw@one.example,two.example:26380,[2001:db8::3]:5000/press/2"
    "?ssl_ca_certs=/etc/ca.crt&sentinel_username=asks&sentinel_password=open%26shut&socket_timeout=4"
)


def test_an_address_names_sentinels_a_service_and_how_to_speak_with_its_primary():
    found = sentinels(LONG)
    assert found.hosts == (("one.example", 26379), ("two.example", 26380), ("2001:db8::3", 5000))
    assert found.service == "press"
    assert (found.username, found.password.get_secret_value()) == ("asks", "open&shut")
    assert redis.connection.parse_url(found.primary.get_secret_value()) == {
        "connection_class": redis.SSLConnection,
        "username": "ww",
        "password": "p/w",
        "db": 2,
        "ssl_ca_certs": "/etc/ca.crt",
        "socket_timeout": 4.0,
    }


def test_what_may_be_left_out_is():
    found = sentinels("redis+sentinel://one.example/press")
    assert found.hosts == (("one.example", 26379),)
    assert (found.username, found.password.get_secret_value()) == (None, "")
    assert redis.connection.parse_url(found.primary.get_secret_value()) == {}


@pytest.mark.parametrize("url", ["redis://localhost", "rediss://u:p@localhost:1/2?a=b", "unix:///run/redis.sock"])
def test_other_forms_are_left_to_redis_py(url):
    assert sentinels(url) is None


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("redis+sentinel://:hunter2@one.example", "names no service"),
        ("redis+sentinel://:hunter2@one.example/", "names no service"),
        ("redis+sentinel://:hunter2@one.example/press/first", "database"),
        ("redis+sentinel://:hunter2@one.example:26379,/press", "no host and port"),
        ("redis+sentinel://:hunter2@one.example:port/press", "no host and port"),
        ("redis+sentinel://:hunter2@one.example:70000/press", "up to 65535"),
    ],
)
def test_a_wrong_address_is_told_with_its_mend_and_without_its_password(url, mend):
    with pytest.raises(ValueError, match=mend) as caught:
        sentinels(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://:hunter2@h:1/0", "redis://:***@h:1/0"),
        ("rediss://u:hunter2@[::1]:1/0?password=hunter2&db=1", "rediss://u:***@[::1]:1/0?password=***&db=1"),
        ("unix://u:hunter2@/run/redis.sock?db=0", "unix://u:***@/run/redis.sock?db=0"),
        (
            "redis+sentinel://u:hun@ter2@a:1,[::1]:2/s?sentinel_password=hunter2",
            "redis+sentinel://u:***@a:1,[::1]:2/s?sentinel_password=***",
        ),
    ],
)
def test_no_password_is_shown(url, shown):
    assert without_passwords(url) == shown


def test_a_client_behind_sentinels_is_as_patient_as_any_other_unless_the_address_says_otherwise():
    usual = connect("redis://one.example").connection_pool.connection_kwargs
    pool = connect("redis+sentinel://one.example/press/1").connection_pool
    assert issubclass(pool.connection_class, SentinelManagedConnection)
    of_ours = ("socket_connect_timeout", "socket_timeout", "health_check_interval", "retry")
    assert [pool.connection_kwargs[name] for name in of_ours] == [usual[name] for name in of_ours]
    assert pool.connection_kwargs["db"] == 1
    assert connect(LONG).connection_pool.connection_kwargs["socket_timeout"] == 4.0


def test_tls_and_its_options_hold_for_the_sentinels_too_and_each_has_a_user_of_its_own():
    pool = connect(LONG).connection_pool
    asked = pool.sentinel_manager.sentinels[0].connection_pool
    assert issubclass(pool.connection_class, SentinelManagedSSLConnection)
    assert asked.connection_class is redis.SSLConnection
    assert pool.connection_kwargs["ssl_ca_certs"] == asked.connection_kwargs["ssl_ca_certs"] == "/etc/ca.crt"
    assert (pool.connection_kwargs["username"], asked.connection_kwargs["username"]) == ("ww", "asks")


@pytest.mark.parametrize("url", ["redis://one.example", LONG])
def test_an_impatient_client_is_one_of_the_same_server(url):
    one = connect(url)
    hasty = impatient(one, 0.5)
    told = hasty.connection_pool.connection_kwargs
    assert (told["socket_timeout"], told["socket_connect_timeout"]) == (0.5, 0.5)
    assert one.connection_pool.connection_kwargs["socket_connect_timeout"] == 5
    same = ("host", "port", "username", "ssl_ca_certs")
    assert [told.get(name) for name in same] == [one.connection_pool.connection_kwargs.get(name) for name in same]
    assert isinstance(hasty.connection_pool, SentinelConnectionPool) == (url == LONG)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("rediss://u:hunter2@h?ssl_ca_cert=/etc/ca.crt", "ssl_ca_cert'"),
        ("rediss://u:hunter2@h?ssl_cert_reqs=perhaps", "perhaps"),
        ("redis+sentinel://u:hunter2@h/press?socket_timeout=long", "socket_timeout"),
        ("redis+sentinel://u:hunter2@h", "names no service"),
    ],
)
def test_options_that_do_not_exist_are_told_before_anything_is_asked(url, why):
    with pytest.raises(UnavailableError, match=why) as caught:
        connect(url)
    assert "hunter2" not in str(caught.value)
    assert "mend [redis] url" in str(caught.value)


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (
            redis.exceptions.NoPermissionError("this user has no permissions to run the 'info' command"),
            "deploy/machines.md",
        ),
        (redis.AuthenticationError("invalid username-password pair"), "refused the password"),
        (redis.ConnectionError("Connection refused"), "start it"),
    ],
)
def test_what_redis_refuses_is_one_sentence_that_says_what_to_do(error, mend):
    with pytest.raises(UnavailableError, match=mend) as caught, redis_errors("redis://u:hunter2@h"):
        raise error
    assert "hunter2" not in str(caught.value)


def test_a_slot_that_is_elsewhere_now_is_an_outage_and_no_fault_of_the_question():
    assert is_outage(redis.exceptions.MovedError("15495 127.0.0.1:7002"))
    assert is_outage(redis.exceptions.AskError("15495 127.0.0.1:7002"))


def test_work_waits_where_the_user_lacks_a_right():
    assert is_outage(redis.exceptions.NoPermissionError("this user has no permissions to run the 'append' command"))
