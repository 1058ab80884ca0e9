"""Sample news and the pages it stands on, by number: the same text and the same bytes whenever they are asked for.

The news says nothing: places, people and firms are made of syllables. Their words are spread as those of real news are,
a few in every fourth article and thousands in one of a thousand. Pages have what makes those of newspapers large:
scripts, styles, navigation, teasers, pictures in many sizes, forms and footers.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

SEED = 9
_START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
_EVERYDAY_WORDS = """
    council minister report plan meeting budget spokesman company region government police court school hospital
    market price road worker union vote law party leader group project service water power winter summer season
    agreement decision question month week year morning evening percent number record office city town village
    family member statement document letter visit talks deal offer result change risk cost damage repair
"""
_EVERYDAY = _EVERYDAY_WORDS.split()
_AREAS = [
    row.split()
    for row in """
    ferry harbour captain dock crew cargo tide lighthouse anchor passenger
    volcano eruption ash crater lava evacuation shelter geologist tremor slope
    football striker goalkeeper league stadium coach penalty referee transfer championship
    election ballot candidate coalition turnout poll parliament constituency majority recount
    bank loan interest inflation currency bond shareholder dividend merger auditor
    railway train locomotive platform signal tunnel conductor timetable freight junction
    harvest farmer wheat drought irrigation orchard fertiliser tractor vineyard barley
    hospital surgeon vaccine patient clinic nurse epidemic diagnosis therapy ward
    satellite rocket orbit telescope astronaut launch antenna probe comet module
    museum painting sculptor exhibition gallery curator portrait archive manuscript restoration
    festival orchestra singer concert theatre premiere audience conductor album stage
    flood dam river reservoir levee rainfall rescue embankment pump sandbag
    university professor student laboratory thesis grant lecture campus scholarship faculty
    border customs convoy checkpoint refugee passport embassy diplomat treaty delegation
    wildfire forest firefighter smoke helicopter ranger timber ridge pasture hectare
    software chip server network password developer robot algorithm encryption startup
    trial judge verdict witness prosecutor sentence appeal jury lawyer evidence
    fishery trawler quota cod salmon net reef plankton hatchery coast
    airport runway pilot airline terminal luggage turbine radar hangar flight
    mine miner shaft coal copper ore drill quarry smelter lithium
    """.strip().splitlines()
]
_DEEDS_DONE = """
    announced rejected approved delayed criticised welcomed opened closed inspected repaired discussed postponed
    reviewed signed published defended questioned supported examined replaced
"""
_DEEDS = _DEEDS_DONE.split()
_KIND_WORDS = "local regional national new former large small recent early final second public private northern"
_KINDS = _KIND_WORDS.split()
_SHAPES = (
    "{person} of {place} {deed} the {area} and the {everyday} on {day}, the {kind} {everyday2} said.",
    "The {kind} {everyday} in {place} {deed} a {area}, which {firm} had {deed2} in the {everyday2} before.",
    "“We did not expect the {area},” said {person}, who speaks for {firm} in {place}.",
    "According to {firm}, the {everyday} of the {area} was {deed} after {number} days.",
    "{person} and {person2} {deed} the {everyday} about the {area} near {place}.",
    "In {place} there were {number} people at the {area} when the {kind} {everyday} was {deed}.",
    "Nobody at {firm} had {deed} the {area2}, but the {everyday} and the {everyday2} were {deed2} again.",
    "It is the {kind} {area} since the {everyday} of {place} was {deed} by {person}, an {everyday2} shows.",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SYLLABLE_ROW = "ba cor dal el fen gra hol in jas kel lor mar nev os pra quil ras sel tor ul ven wes yar zim"
_SYLLABLES = _SYLLABLE_ROW.split()
_PER_EVENT = 4
_COPIED = 12


@dataclass(frozen=True, slots=True)
class Report:
    """What an article says. `number` names it, `event` is shared by those that tell of the same matter."""

    number: int
    event: int
    title: str
    paragraphs: tuple[str, ...]
    published: datetime

    @property
    def summary(self) -> str:
        return self.paragraphs[0]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


@cache
def _name(number: int, world: int = 0) -> str:
    rng = random.Random(f"{SEED} name {number} of world {world}")
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 4))).capitalize()


def _spread(rng: random.Random, count: int) -> int:
    """A number below `count`, each about half as likely as the one at half its place."""
    return min(count - 1, int(count ** rng.random()) - 1)


def _person(rng: random.Random, world: int) -> str:
    number = _spread(rng, 3000)
    return f"{_name(10_000 + number % 400, world)} {_name(20_000 + number, world)}"


def report(number: int, world: int = 0) -> Report:
    """The report of this number. Some tell of one event, and some are copies of others word by word.

    In another world people, places and firms have other names, and do the same.
    """
    event = number - number % _PER_EVENT if number % 3 == 0 else number
    told = number - _COPIED if number % _COPIED == 1 and number > _COPIED else number
    rng, shared = random.Random(f"{SEED} report {told}"), random.Random(f"{SEED} event {event}")
    area, place, hero = shared.choice(_AREAS), _name(_spread(shared, 800), world), _person(shared, world)
    people = [hero, *(_person(rng, world) for _ in range(3))]
    places = [place, place, _name(_spread(rng, 2000), world)]
    firms = [f"{_name(40_000 + _spread(rng, 6000), world)} {kind}" for kind in ("Works", "Group")]

    def sentence() -> str:
        return rng.choice(_SHAPES).format(
            person=rng.choice(people),
            person2=rng.choice(people),
            place=rng.choice(places),
            firm=rng.choice(firms),
            area=rng.choice(area),
            area2=rng.choice(area),
            everyday=rng.choice(_EVERYDAY),
            everyday2=rng.choice(_EVERYDAY),
            deed=rng.choice(_DEEDS),
            deed2=rng.choice(_DEEDS),
            kind=rng.choice(_KINDS),
            day=rng.choice(_DAYS),
            number=rng.randint(2, 900),
        )

    paragraphs = tuple(" ".join(sentence() for _ in range(rng.randint(2, 3))) for _ in range(rng.randint(8, 14)))
    title = f"Sample report {number}: {hero} on the {shared.choice(area)} of {place}, {rng.choice(_EVERYDAY)} {told}"
    return Report(number, event, title, paragraphs, _START + timedelta(seconds=7 * number))


@cache
def _shell(host: int) -> tuple[str, str, str]:
    """What all pages of a host share: what stands before, beside and behind the article."""
    rng = random.Random(f"{SEED} host {host}")
    weight = rng.uniform(0.5, 2.0)
    styles = "".join(
        f".c{n}{{margin:{n % 9}px;padding:{n % 7}px;color:#{rng.randrange(1 << 24):06x}}}"
        for n in range(int(250 * weight))
    )
    scripts = "".join(
        f"<script>window.s{n}={json.dumps([rng.randrange(1 << 30) for _ in range(200)])};(function(a,b){{if(a<b){{"
        f"return a}}return b}})({n},{n + 1});</script>"
        for n in range(int(9 * weight))
    )
    links = [
        f'<li class="nav__item nav__item--{n % 4}"><a class="nav__link" href="/section/{n}" data-track="nav-{n}">'
        f"Section {_name(n)}</a></li>"
        for n in range(int(90 * weight))
    ]
    nav = f'<nav class="nav" aria-label="Main"><ul>{"".join(links)}</ul></nav>'
    teasers = "".join(
        f'<article class="teaser teaser--{n % 3}"><a href="/{host}/{n}.html"><picture>'
        + "".join(f'<source srcset="/i/{n}-{w}.webp {w}w" media="(min-width:{w}px)">' for w in (320, 640, 960, 1280))
        + f'<img src="/i/{n}.jpg" alt="" loading="lazy" width="320" height="180"></picture><h3 class="teaser__title">'
        f'More about {_name(n)} and {_name(n + host)}</h3></a><span class="teaser__time">{n} h</span></article>'
        for n in range(int(45 * weight))
    )
    footer = (
        f'<footer class="footer"><ul>{"".join(links)}</ul><form action="/sign-up"><label>Newsletter<input name="mail">'
        "</label><button>Sign up</button></form><p>Sample publisher, all of it sample text.</p></footer>"
    )
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{styles}</style>{scripts}'
    return head, nav, f'<aside class="more"><h2>More from this site</h2>{teasers}</aside>{footer}{scripts}'


def page(host: int, told: Report, address: str, *, bare: bool = False) -> bytes:
    """The page of a report on a host, `bare` without what surrounds articles.

    Most hosts say when it appeared in JSON-LD, some in meta elements or in sight.
    """
    head, nav, rest = ("", "", "") if bare else _shell(host)
    at, way = told.published.isoformat(), host % 8
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": told.title,
        "datePublished": at,
        "author": {"@type": "Person", "name": "Sample Author"},
        "publisher": {"@type": "Organization", "name": f"Sample paper {host}"},
        "description": told.summary,
    }
    stated = f'<script type="application/ld+json">{json.dumps(facts)}</script>' if way < 6 else ""
    meta = f'<meta property="article:published_time" content="{at}">' if way in {5, 6} else ""
    advert = (
        '<div class="ad ad--inline" data-slot="inline"><script>window.ads=window.ads||[];ads.push(1)</script></div>'
    )
    body = advert.join(f'<p class="body__text">{paragraph}</p>\n' for paragraph in told.paragraphs)
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{told.title} | Sample paper {host}</title>{head}{meta}'
        f'<link rel="canonical" href="{address}"><meta property="og:title" content="{told.title}">'
        f'<meta property="og:site_name" content="Sample paper {host}">'
        f'<meta property="og:description" content="{told.summary}">{stated}</head><body class="page page--{host % 5}">'
        f'<header class="header"><a href="/">Sample paper {host}</a>{nav}</header><main><article class="article">'
        f'<h1 class="headline">{told.title}</h1><div class="byline">By <a rel="author" href="/a">Sample Author</a> '
        f'<time datetime="{at}">{told.published:%d %B %Y}</time></div><figure><img src="/{told.number}.jpg" alt="">'
        f"<figcaption>A sample picture of {_name(host)}</figcaption></figure>"
        f'<div class="body">{body}</div><p class="tags"><a href="/t/1">Sample</a> <a href="/t/2">Text</a></p></article>'
        f"</main>{rest}</body></html>"
    ).encode()
