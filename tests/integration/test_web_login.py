"""Logging in: the session, its cookie, and how often one may guess."""

from __future__ import annotations

import hashlib
import re

import httpx2
import pytest

from worker.edge.keys import PREFIX
from worker.edge.store.sessions import ATTEMPTS, SESSION_SECONDS, Sessions
from worker.run.web.lock import Lock

OURS = {"sec-fetch-site": "same-origin"}
PAGE = {"accept": "text/html,application/xhtml+xml"}
PASSWORD = "Grüße:7"


@pytest.fixture
def client(newsroom, start):
    newsroom.publish()
    return start(password=PASSWORD)


def log_in(client, password=PASSWORD, **fields):
    return client.post("/login", data={"password": password, "back": "/feeds?q=a", **fields}, headers=OURS)


def test_people_are_led_to_the_login_and_back(client):
    answer = client.get("/feeds?q=a&state=ok", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?back=%2Ffeeds%3Fq%3Da%26state%3Dok")
    html = client.get(answer.headers["location"], headers=PAGE).text
    assert 'name="back" value="/feeds?q=a&amp;state=ok"' in html
    for path in re.findall(r'(?:href|src)="(/[^"]*)"', html):
        assert client.get(path).status_code == 200
    answer = log_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/feeds?q=a")
    assert client.get("/feeds", headers=PAGE).status_code == 200
    assert "Log out" in client.get("/", headers=PAGE).text


def test_the_cookie_is_kept_from_scripts_and_other_sites(client):
    cookie = log_in(client).headers["set-cookie"]
    parts = [part.strip().lower() for part in cookie.split(";")[1:]]
    assert {"httponly", "samesite=lax", "path=/", f"max-age={SESSION_SECONDS}"} <= set(parts)
    assert "secure" not in parts
    https = {**OURS, "x-forwarded-proto": "https"}
    again = client.post("/login", data={"password": PASSWORD}, headers=https)
    assert "; secure" in again.headers["set-cookie"].lower()


def test_redis_holds_nothing_to_log_in_with(newsroom, client):
    log_in(client)
    token = client.cookies["wirewatch_session"]
    kept = b"".join(
        key + newsroom.redis.get(key)
        for key in newsroom.redis.scan_iter(PREFIX + "web:*")
        if newsroom.redis.type(key) == b"string"
    )
    assert kept
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept


def test_logging_out_ends_the_session_for_whoever_holds_its_cookie(client):
    log_in(client)
    stolen = {"cookie": f"wirewatch_session={client.cookies['wirewatch_session']}"}
    assert httpx2.get(client.base_url, headers=stolen).status_code == 200
    answer = client.post("/logout", data={"back": "/"}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert httpx2.get(client.base_url, headers=stolen).status_code == 401


def test_another_password_ends_all_sessions(client, start):
    log_in(client)
    cookie = {"cookie": f"wirewatch_session={client.cookies['wirewatch_session']}"}
    assert start(password=PASSWORD).get("/", headers=cookie).status_code == 200
    assert start(password="another").get("/", headers=cookie).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5_000, "../../etc"])
def test_a_cookie_that_nobody_gave_opens_nothing(client, cookie):
    headers = {**PAGE, "cookie": f"wirewatch_session={cookie}"}
    assert client.get("/", headers=headers).headers["location"].startswith("/login")


def test_a_wrong_password_is_said_so_and_too_many_are_refused(client):
    for _ in range(ATTEMPTS):
        answer = log_in(client, "wrong", back='"><script>')
        assert answer.status_code == 403
        assert "This is not the password." in answer.text
        assert "<script>" not in answer.text
        assert "set-cookie" not in answer.headers
    answer = log_in(client)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "900"
    assert "try again in 15 minutes" in answer.text
    assert client.get("/", auth=("anyone", PASSWORD)).status_code == 429


def test_programs_guess_no_more_often(client):
    for _ in range(ATTEMPTS):
        assert client.get("/metrics", auth=("anyone", "wrong")).status_code == 401
    assert client.get("/metrics", auth=("anyone", PASSWORD)).status_code == 429


def test_who_knows_the_password_has_used_up_nothing(client):
    for _ in range(ATTEMPTS - 1):
        log_in(client, "wrong")
    assert log_in(client).status_code == 303
    for _ in range(ATTEMPTS - 1):
        assert log_in(client, "wrong").status_code == 403
    assert client.get("/metrics", auth=("anyone", PASSWORD)).status_code == 200


def test_a_form_of_another_site_cannot_log_in(client):
    assert client.post("/login", data={"password": PASSWORD}, headers={"origin": "http://e.example"}).status_code == 403


def test_without_a_password_there_is_nothing_to_log_in_to(newsroom, start):
    newsroom.publish()
    client = start()
    assert client.get("/login").headers["location"] == "/"
    assert log_in(client).headers["location"] == "/feeds?q=a"
    assert all("Log out" not in client.get(path).text for path in ("/", "/topics", "/system"))


def test_the_process_keeps_no_password_to_compare_with(store):
    lock = Lock(PASSWORD, Sessions(store))
    kept = [value.encode() if isinstance(value, str) else value for value in vars(lock).values()]
    assert PASSWORD.encode() not in b" ".join(value for value in kept if isinstance(value, bytes))
    salt, wanted = lock._salt, lock._wanted
    # RFC 7914, with 16 MB for each guess.
    assert wanted == hashlib.scrypt(PASSWORD.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    assert salt != Lock(PASSWORD, Sessions(store))._salt
