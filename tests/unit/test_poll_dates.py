"""Dates as feeds spell them: right, or None."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.poll.date_words import MONTHS, folded
from worker.poll.dates import read_date

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def at(hour, minute=0, second=0, *, day=14):
    return datetime(2024, 5, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # RFC 822, 1123, 2822
        ("Tue, 14 May 2024 10:30:00 GMT", at(10, 30)),
        ("Tue, 14 May 2024 10:30:00 +0300", at(7, 30)),
        ("Tue, 14 May 2024 10:30:00 -0430", at(15)),
        ("14 May 2024 10:30 EST", at(15, 30)),
        ("Tue, 14 May 24 10:30:00 Z", at(10, 30)),
        ("Tue, 14 May 124 10:30:00 GMT", at(10, 30)),
        ("tue,14 MAY 2024 10:30:00 gmt", at(10, 30)),
        ("Tue, 14 May 2024 10:30:00 -0000", at(10, 30)),
        ("Tue, 14 May 2024 10:30:00 +0530 (IST)", at(5)),
        ("Tue, 14 May 2024 10:30:00 -0400 EDT", at(14, 30)),
        # what publishers make of it
        ("Tue, 14 May 2024 10:30:00 +03:00", at(7, 30)),
        ("Tue, 14 May 2024 10:30:00 GMT+0300", at(7, 30)),
        ("Tue, 14 May 2024 10:30:00 UTC-5", at(15, 30)),
        ("Fri, 14 May 2024 10:30:00 GMT", at(10, 30)),
        ("Tuesday, 14 May 2024 10:30:00 GMT", at(10, 30)),
        ("Tuesday, 14-May-24 10:30:00 GMT", at(10, 30)),
        ("Tue, 14 May 2024", at(0)),
        ("Tue, May 14 2024 10:30:00 PM", at(22, 30)),
        ("Tue, 14 May 2024 8:19 am PST", at(16, 19)),
        ("Tue May 14 10:30:00 2024", at(10, 30)),
        ("Tue May 14 10:30:00 CEST 2024", at(8, 30)),
        ("Tue May 14 10:30:00 2024 +0200", at(8, 30)),
        ("Tue May 14 2024 10:30:00 GMT+0200 (Central European Summer Time)", at(8, 30)),
        # named zones
        ("Tue, 14 May 2024 10:30:00 BST", at(9, 30)),
        ("Tue, 14 May 2024 10:30:00 CEST", at(8, 30)),
        ("Tue, 14 May 2024 10:30:00 MSK", at(7, 30)),
        ("Tue, 14 May 2024 10:30:00 JST", at(1, 30)),
        ("Tue, 14 May 2024 10:30:00 KST", at(1, 30)),
        ("Tue, 14 May 2024 10:30:00 IST", at(5)),
        ("Tue, 14 May 2024 10:30:00 PDT", at(17, 30)),
        ("Tue, 14 May 2024 10:30:00 AEST", at(0, 30)),
        # RFC 3339, ISO 8601 and neighbours
        ("2024-05-14T10:30:00Z", at(10, 30)),
        ("2024-05-14t10:30:00.123456+02:00", at(8, 30)),
        ("2024-05-14T10:30:00-0500", at(15, 30)),
        ("2024-05-14T10:30+02", at(8, 30)),
        ("2024-05-14T24:00:00Z", at(0, day=15)),
        ("2024-05-14T10:30:60Z", at(10, 31)),
        ("2024-05-14T10:30:9+01:00", at(9, 30, 9)),
        ("2024-05-14 10:30:00", at(10, 30)),
        ("2024-05-14 10:30:00 +0000 UTC", at(10, 30)),
        ("2024-05-14 10:30:00 \u221205:00", at(15, 30)),
        ("2024-05-14", at(0)),
        ("2024-05-14Z", at(0)),
        ("2024-05-14+02:00", at(22, day=13)),
        ("20240514", at(0)),
        ("20240514T103000Z", at(10, 30)),
        ("20240514T1030", at(10, 30)),
        ("2024-135", at(0)),
        ("2024/05/14", at(0)),
        ("Tue, 2024/05/14 10:30:00 EDT", at(14, 30)),
        ("2024.05.14 10:30", at(10, 30)),
        ("14/05/2024", at(0)),
        ("05/14/2024 10:30 AM", at(10, 30)),
        ("14.05.2024 10:30", at(10, 30)),
        ("05/05/2024", at(0, day=5)),
        ("1715682600", at(10, 30)),
        ("1715682600000", at(10, 30)),
        # hours of the day
        ("May 14, 2024 3 PM", at(15)),
        ("May 14th, 2024 12:05 a.m.", at(0, 5)),
        ("May 14, 2024 12:05 PM", at(12, 5)),
        ("May 14, 2024 14:30 PM", at(14, 30)),
        ("10:30 14 May 2024", at(10, 30)),
        ("10:30 AM Tuesday, May 14, 2024", at(10, 30)),
        ("10:30 EDT, 14 May 2024", at(14, 30)),
        # languages
        ("Di, 14 Mai 2024 10:30:00 +0200", at(8, 30)),
        ("14. Mai 2024, 10:30 Uhr", at(10, 30)),
        ("mardi 14 mai 2024 à 10h30", at(10, 30)),
        ("mar, 14 may 2024 10:30:00 +0200", at(8, 30)),
        ("14 de mayo de 2024", at(0)),
        ("mar, 14 mag 2024 10:30:00 +0200", at(8, 30)),
        ("Ter, 14 Mai 2024 10:30:00 -0300", at(13, 30)),
        ("di, 14 mei 2024 10:30:00 +0200", at(8, 30)),
        ("14 maja 2024", at(0)),
        ("14. května 2024 10:30", at(10, 30)),
        ("2024. május 14. 10:30", at(10, 30)),
        ("14. toukokuuta 2024", at(0)),
        ("Salı, 14 Mayıs 2024 10:30:00 +0300", at(7, 30)),
        ("14 MAYIS 2024", at(0)),
        ("Τρι, 14 Μαϊ 2024 10:30:00 +0300", at(7, 30)),
        ("вт, 14 мая 2024 10:30:00 +0300", at(7, 30)),
        ("14 травня 2024 року", at(0)),
        ("14 مايو 2024", at(0)),
        ("١٤ مايو ٢٠٢٤", at(0)),
        ("14 मई 2024", at(0)),
        ("14 أيار 2024 10:30", at(10, 30)),
        ("14.05.2024, 10:30 МСК", at(7, 30)),
        ("14 maj 2024 kl. 10.30", at(10, 30)),
        ("14.5.2024 klo 10.30", at(10, 30)),
        ("2024年5月14日 10:30", at(10, 30)),
        ("2024年5月14日10時30分", at(10, 30)),
        ("2024年5月14日 下午3:20", at(15, 20)),
        ("2024년 5월 14일 오후 3:20", at(6, 20)),
        ("2024-05-14 오전 10:30:00", at(1, 30)),
        ("２０２４年５月１４日", at(0)),
    ],
)
def test_read_right(text, moment):
    assert read_date(text, now=NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "n/a",
        "2024",
        "2024-05",
        "05/2024",
        "May 2024",
        "14 May",
        "10:30",
        # could be two days
        "04/05/2024",
        "4-5-2024",
        "04.05.2024 10:30",
        "25/12/23",
        "23-12-25",
        # a month here, another one there
        "14 listopada 2023",
        # nobody knows the zone
        "Tue, 14 May 2024 10:30:00 XYZ",
        "Tue, 14 May 2024 10:30:00 A",
        "10:30 AM ET May 14, 2024",
        "Tue, 14 May 2024 10:30:00 +2500",
        "2024-05-14T10:30:00+02:75",
        # of China or of Chicago
        "Tue May 14 10:30:00 CST 2024",
        "14 May 2024 10:30:00 Europe/Paris",
        "2024-05-14T10:30:00Z+02:00",
        # no such moment
        "Tue, 31 Feb 2024 10:30:00 GMT",
        "2024-13-14T10:30:00Z",
        "2024-05-14T25:00:00Z",
        "2024-05-14T24:30:00Z",
        "2024-05-14T10:61:00Z",
        "2023-366",
        "2024-000",
        "May 14, 2024 14:30 AM",
        "May 14, 2024 0:30 PM",
        # not our time
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "0000-00-00 00:00:00",
        "Tue, 14 May 2124 10:30:00 GMT",
        "9999-12-31T23:59:59-14:00",
        # other calendars
        "令和6年5月14日",
        "14 พฤษภาคม 2567",
        # more than a date
        "14 May 2024 or later",
        "14 May 2024 15 May 2024",
        "x" * 1000,
        "1" * 119,
    ],
)
def test_none_rather_than_wrong(text):
    assert read_date(text, now=NOW) is None


def test_a_day_of_tolerance_for_clocks_and_zones():
    text = "Tue, 14 May 2024 10:30:00 GMT"
    assert read_date(text, now=at(10, 30) - timedelta(days=1)) == at(10, 30)
    assert read_date(text, now=at(10, 30) - timedelta(days=1, seconds=1)) is None


def test_the_months_of_rfc_822_are_all_known():
    names = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    assert [MONTHS[name.lower()] for name in names.split()] == list(range(1, 13))


def test_words_of_two_months_are_in_no_table():
    assert not {"listopad", "listopada", "lis"} & set(MONTHS)


def test_folding_brings_spellings_together():
    assert folded("MÄRZ") == folded("märz") == "marz"
    assert folded("５月") == "5月"
    assert folded("년") == "년"
