"""Sample sentences and a sample stream with what is right about them, written to measure; the events are made up.

Some are beyond the rules and are here for that: a measure that everything passes says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worker.model import Article, Source

# What the sentence rests on; "" where that is the outlet's own reporting.
ATTRIBUTIONS = (
    ("The bridge was closed after a crack was found, the Associated Press reported.", "ap"),
    ("TOKYO (Kyodo) - The ferry turned back on Friday.", "kyodo"),
    ("Talks on the ferry have failed, according to the Nikkei newspaper.", "nikkei"),
    ("The harbour master told Sky News that he had warned of it.", "sky-news"),
    ("She will not stand again, she said in an interview with the Washington Post.", "washington-post"),
    ("The two ministers met in secret, Bloomberg News reported, citing officials in Tokyo.", "officials:jp"),
    ("The company is for sale, the Wall Street Journal first reported on Tuesday.", "dow-jones"),
    ("Turkish media reported that the ferry had been hit.", "media:tr"),
    ("The ferry was hit by a drone, Ukrainian officials said.", "officials:ua"),
    ("According to two senior US officials, the ferry was followed.", "officials:us"),
    ("The White House said the ferry would sail again.", "officials:us"),
    ("Israel's defence ministry said that it had stopped the ferry.", "officials:il"),
    ("State-run Anadolu said the captain was safe.", "anadolu"),
    ("A dead whale was found at the pier, according to local media.", "media:"),
    ("The Norwegian news website Havnebladet reported that the captain had left.", "outlet:havnebladet"),
    ("El capitán ha dimitido, según informó El País.", "el-pais"),
    ("Der Kapitän ist laut dpa zurückgetreten.", "dpa"),
    ("Le capitaine a démissionné, selon Le Figaro.", "le-figaro"),
    ("Капитан ушел в отставку, сообщает ТАСС.", "tass"),
    ("据新华社报道，船长已辞职。", "xinhua"),
    ("共同通信によると、船長は辞任した。", "kyodo"),
    ("교도통신에 따르면 선장이 사임했다.", "kyodo"),
    # beyond the rules: no verb known, a pronoun, an outlet no table has, a list
    ("A Reuters reporter saw the ferry burn.", "reuters"),
    ("The paper, Le Monde, has it that the captain left.", "le-monde"),
    ("The ferry was sold, the Havnebladet daily found out.", "outlet:havnebladet"),
    ("Video verified by the BBC shows the ferry on its side.", "bbc"),
    ("The captain resigned, it emerged in Yonhap dispatches.", "yonhap"),
    ("The captain said on Monday that he would resign.", ""),
    ("I stood at the pier when the ferry came in.", ""),
    ("Residents told reporters that they had heard a bang.", ""),
    ("The union of BBC staff voted for a strike on Friday.", ""),
    ("CNN's share of the evening audience fell again.", ""),
    ("The ferry company reported a loss of three million.", ""),
    ("Officials in the harbour said that nobody was hurt.", ""),
    ("According to the timetable, the ferry leaves at nine.", ""),
    ("An old editor of the Daily Mirror denies that he was on board.", ""),
    ("A spokesman for the White House gardeners said the lawn was fine.", ""),
    ("The captain, who reads the Guardian, declined to comment.", ""),
    ("Police are looking for a white van.", ""),
    ("The Times Square screens went dark at noon.", ""),
)

# What the Kremlin does in the sentence about a visit of Kim Jong Un to Putin: "" where it is not on record.
PARTY = ("Kremlin", "Peskov", "Кремль", "Кремле", "Песков", "Пескова", "Kreml", "克里姆林宫", "크렘린궁", "クレムリン")
FOUND = (
    "Kim Jong Un",
    "Putin",
    "visit",
    "talks",
    "визит",
    "визита",
    "Besuch",
    "visite",
    "visita",
    "访问",
    "방문",
    "会談",
)
SPOKEN = (
    ("The Kremlin announced on Friday that Kim Jong Un was coming.", "confirms"),
    ("The visit will be short, the Kremlin's press service said.", "confirms"),
    ("“Kim Jong Un is our guest,” Peskov told a Sunday programme.", "confirms"),
    ("Kim Jong Un's visit has been confirmed by the Kremlin.", "confirms"),
    ("According to the Kremlin, Kim Jong Un asked for the talks.", "confirms"),
    ("Kremlin spokesman Dmitry Peskov said the talks with Kim Jong Un would be long.", "confirms"),
    ("Песков сообщил о визите, визит начнется в среду.", "confirms"),
    ("Der Kreml kündigte einen Besuch an.", "confirms"),
    ("La visita fue anunciada ayer, según el Kremlin.", "confirms"),
    ("克里姆林宫宣布了这次访问。", "confirms"),
    ("크렘린궁은 방문 계획을 확인했다.", "confirms"),
    ("The Kremlin dismissed reports of a visit by Kim Jong Un.", "denies"),
    ("Reports of a visit are fake, said Peskov, and Kim Jong Un stays at home.", "denies"),
    ("В Кремле опровергли визит.", "denies"),
    ("Le Kremlin dément toute visite.", "denies"),
    # beyond the rules: words that nobody put on a list, what is said of what is said
    ("The Kremlin poured cold water on talk of a visit by Kim Jong Un.", "denies"),
    ("There will be no visit by Kim Jong Un, the Kremlin said.", "denies"),
    ("“He is coming for talks with Kim Jong Un's sister,” Putin's spokesman said.", "confirms"),
    ("The Kremlin was silent on a visit by Kim Jong Un.", ""),
    ("The Kremlin said it would comment on a visit by Kim Jong Un later, and not before.", ""),
    ("Once the Kremlin has announced the visit, Kim Jong Un will leave.", ""),
    ("The Kremlin may have confirmed the visit by tonight.", ""),
    ("A visit by Kim Jong Un was not denied by the Kremlin.", ""),
    ("Kremlin insiders said Kim Jong Un was on his way.", ""),
    ("The Kremlin's rivals announced a visit to Kim Jong Un.", ""),
    ("Kim Jong Un toured the Kremlin after the talks, guides said.", ""),
    ("The Kremlin said Lukashenko and Putin had spoken of wheat.", ""),
    ("Кремль не стал подтверждать визит.", ""),
    ("Le Kremlin n'a ni confirmé ni démenti la visite.", ""),
    ("克里姆林宫没有证实访问。", ""),
)


@dataclass(frozen=True)
class Told:
    """An article of the stream, and the reason for which it has to tell somebody; "" where it has none."""

    article: Article
    reason: str


_DAY = (
    # hour, source, reason, title, text
    (0.0, "alpha", "new_story", "Ferry runs aground off Port Sample", "A ferry ran aground off Port Sample in fog."),
    (0.5, "beta", "", "Ferry aground in fog off Port Sample", "A ferry ran aground off Port Sample, AFP reported."),
    (0.6, "gamma", "", "Port Sample: ferry runs aground", "The ferry ran aground off Port Sample, AFP reported."),
    (1.0, "delta", "corroborated", "Port Sample ferry: I saw it strike", "From the pier at Port Sample I saw it."),
    (2.0, "alpha", "", "Morning briefing: a ferry and a vote", "The ferry off Port Sample, and what else matters."),
    (3.0, "beta", "", "Ferry passengers at Port Sample sleep in a gym", "Volunteers of Port Sample brought blankets."),
    (4.0, "gamma", "", "Insurers count the cost of the ferry", "The owners of the ferry at Port Sample are insured."),
    (5.0, "delta", "", "Ten years on: the Port Sample ferry of 2013", "In 2013 a ferry ran aground off Port Sample."),
    (6.0, "beta", "new_story", "Blaze on Lake Exemplar", "Flames broke out in the engine of a ferry on Lake Exemplar."),
    (7.0, "alpha", "", "Lake Exemplar blaze is out", "Flames had spread from the engine of the ferry, far inland."),
    (7.1, "beta", "", "Lake Exemplar blaze: what we know", "Flames in the engine, a ferry adrift: Lake Exemplar."),
    (8.0, "gamma", "corroborated", "Lake Exemplar: a blaze seen", "From Lake Exemplar we saw flames; the ferry burnt."),
    (30.0, "alpha", "", "Port Sample: divers at the ferry", "Divers went down to the ferry off Port Sample."),
    # a story that goes on: found alike for hours, then an arrest, a charge, and tolls that rise meanwhile
    (
        40.0,
        "alpha",
        "new_story",
        "Ferry pilot vanishes from Quay Specimen",
        "A ferry pilot is missing from Quay Specimen.",
    ),
    (40.4, "beta", "", "Ferry pilot of Quay Specimen missing", "The pilot of a ferry is missing from Quay Specimen."),
    (
        41.0,
        "gamma",
        "corroborated",
        "Quay Specimen: ferry pilot missing",
        "At Quay Specimen I asked for the ferry pilot.",
    ),
    (42.0, "delta", "", "Quay Specimen looks for its ferry pilot", "The ferry pilot of Quay Specimen is missing."),
    (43.0, "alpha", "", "Missing ferry pilot: what Quay Specimen knows", "The ferry pilot left Quay Specimen at dawn."),
    (
        44.0,
        "beta",
        "",
        "Ferry pilot of Quay Specimen missed by 20 people",
        "The ferry pilot of Quay Specimen is missed.",
    ),
    (
        45.0,
        "gamma",
        "",
        "Ferry pilot of Quay Specimen missed by 30 people",
        "The ferry pilot of Quay Specimen is missed.",
    ),
    (
        46.0,
        "delta",
        "",
        "Ferry pilot of Quay Specimen missed by 40 people",
        "The ferry pilot of Quay Specimen is missed.",
    ),
    (
        47.0,
        "alpha",
        "",
        "Quay Specimen waits for its missing ferry pilot",
        "No ferry leaves Quay Specimen, no pilot comes.",
    ),
    (
        48.0,
        "beta",
        "",
        "No trace of the missing pilot of the Quay Specimen ferry",
        "Quay Specimen: no trace of its ferry pilot.",
    ),
    (
        52.0,
        "alpha",
        "",
        "Pilot of Quay Specimen ferry arrested abroad",
        "The ferry pilot of Quay Specimen was arrested.",
    ),
    (
        52.3,
        "beta",
        "",
        "Arrest of missing ferry pilot of Quay Specimen",
        "The ferry pilot of Quay Specimen is under arrest.",
    ),
    (52.5, "beta", "", "Arrested: the Quay Specimen ferry pilot", "The ferry pilot of Quay Specimen is under arrest."),
    (52.9, "delta", "corroborated", "Quay Specimen ferry: pilot under arrest", "I saw the arrest of the ferry pilot."),
    (53.5, "gamma", "", "Quay Specimen ferry pilot is arrested", "The ferry pilot of Quay Specimen is under arrest."),
    (61.0, "gamma", "", "Quay Specimen ferry pilot charged", "The ferry pilot of Quay Specimen is charged with theft."),
    (
        61.2,
        "alpha",
        "",
        "Charges against ferry pilot of Quay Specimen",
        "Theft: the ferry pilot of Quay Specimen is charged.",
    ),
    (
        61.7,
        "beta",
        "corroborated",
        "Ferry pilot charged, Quay Specimen relieved",
        "Quay Specimen: charges against the ferry pilot.",
    ),
    # beyond the rules: a turn in different words everywhere
    (70.0, "alpha", "", "Quay Specimen ferry pilot let go", "The ferry pilot of Quay Specimen is a free man."),
    (70.2, "beta", "", "Ferry pilot of Quay Specimen set free", "The ferry pilot of Quay Specimen left prison."),
    (
        70.5,
        "delta",
        "corroborated",
        "Quay Specimen ferry pilot is out",
        "The ferry pilot of Quay Specimen left prison.",
    ),
    # a verdict, in other words everywhere
    (
        80.0,
        "alpha",
        "",
        "Quay Specimen ferry pilot found guilty",
        "The ferry pilot of Quay Specimen is guilty of theft.",
    ),
    (80.2, "beta", "", "Ferry pilot of Quay Specimen convicted", "Theft: a verdict on the Quay Specimen ferry pilot."),
    (
        80.5,
        "gamma",
        "corroborated",
        "Quay Specimen: ferry pilot sentenced",
        "The ferry pilot of Quay Specimen has to pay.",
    ),
    # what a paper thinks of it
    (
        90.0,
        "eta",
        "",
        "Editorial: ferry pilots of Quay Specimen deserve rest, kindness, decent wages and holidays",
        "We think that the ferry pilots of Quay Specimen deserve better.",
    ),
    # beyond the rules: a second grounding in the same port on the same day
    (9.0, "delta", "new_story", "Another ferry aground off Port Sample", "A second ferry ran aground off Port Sample."),
)
MORNING = datetime(2026, 3, 2, 6, tzinfo=UTC)
STREAM = tuple(
    Told(
        article=Article(
            id=f"{source}-{hour}",
            title=title,
            text=text,
            published=MORNING + timedelta(hours=hour),
            seen_at=MORNING + timedelta(hours=hour),
            source=Source(domain=f"{source}.example"),
        ),
        reason=reason,
    )
    for hour, source, reason, title, text in sorted(_DAY)
)
