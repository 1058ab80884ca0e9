"""Who publishes where: a small table of news agencies and outlets, and of domains that belong to one publisher.

Modest on purpose: it holds what many reports name as their root and what is well known to be one house. A domain that
is not here is a publisher of its own, so two sites of an unknown group count as two. Countries are ISO 3166 codes; they
let "South Korean media" meet the outlets it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher. `names` are how others call it, in their scripts; a name is told by its exact case."""

    key: str
    country: str
    names: tuple[str, ...]
    domains: tuple[str, ...]


# key | country | names | domains
_TABLE = """
reuters | gb | Reuters, Рейтер, Рейтерс, 路透社, 路透, ロイター, 로이터, رويترز | reuters.com
ap | us | Associated Press, AP, 美联社, 美聯社, AP通信, AP통신, أسوشيتد برس | apnews.com, ap.org
afp | fr | AFP, Agence France-Presse, 法新社, AFP통신, AFP通信, AFP時事, فرانس برس | afp.com
dpa | de | dpa, Deutsche Presse-Agentur, Deutschen Presse-Agentur | dpa.com
pa | gb | PA Media, PA news agency, Press Association | pa.media
efe | es | EFE, Agencia EFE | efe.com
ansa | it | ANSA, Ansa | ansa.it
tass | ru | TASS, Tass, ITAR-TASS, ТАСС, 塔斯社, タス通信, 타스통신 | tass.com, tass.ru
ria | ru | RIA Novosti, RIA, РИА Новости, 俄新社 | ria.ru
interfax | ru | Interfax, Интерфакс, 国际文传电讯社 | interfax.ru, interfax.com
interfax-ukraine | ua | Interfax-Ukraine, Интерфакс-Украина, Інтерфакс-Україна | interfax.com.ua
ukrinform | ua | Ukrinform, Укринформ, Укрінформ | ukrinform.ua, ukrinform.net
suspilne | ua | Suspilne, Суспільне | suspilne.media
xinhua | cn | Xinhua, 新华社, 新華社, Синьхуа, 신화통신 | xinhuanet.com, news.cn
global-times | cn | Global Times, 环球时报, 環球時報 | globaltimes.cn
cctv | cn | CCTV, 央视, 央視 | cctv.com, cgtn.com
scmp | hk | South China Morning Post | scmp.com
kcna | kp | KCNA, Korean Central News Agency, ЦТАК, 조선중앙통신, 朝中社, 朝鮮中央通信 | kcna.kp, kcna.co.jp
rodong | kp | Rodong Sinmun, 로동신문, 노동신문 | rodong.rep.kp
yonhap | kr | Yonhap, 연합뉴스, 韩联社, 韓聯社, 聯合ニュース, Ёнхап, Рёнхап | yna.co.kr, yonhapnews.co.kr
chosun | kr | Chosun Ilbo, 조선일보, 朝鮮日報 | chosun.com
joongang | kr | JoongAng Ilbo, JoongAng Daily, 중앙일보, 中央日報 | joongang.co.kr, joins.com
donga | kr | Dong-A Ilbo, 동아일보, 東亜日報 | donga.com
korea-herald | kr | Korea Herald | koreaherald.com
kbs | kr | KBS | kbs.co.kr
jtbc | kr | JTBC | jtbc.co.kr
tv-chosun | kr | TV Chosun, TV조선 | tvchosun.com
kyodo | jp | Kyodo, 共同社, 共同通信, Киодо, 교도통신 | kyodonews.net, kyodonews.jp
jiji | jp | Jiji, 時事通信, 时事社 | jiji.com
nhk | jp | NHK | nhk.or.jp
nikkei | jp | Nikkei, Nikkei Asia, 日本経済新聞, 日经 | nikkei.com
asahi | jp | Asahi Shimbun, Asahi, 朝日新聞 | asahi.com
yomiuri | jp | Yomiuri, Yomiuri Shimbun, 読売新聞 | yomiuri.co.jp
cna-taiwan | tw | Central News Agency, 中央社 | cna.com.tw
pti | in | PTI, Press Trust of India | ptinews.com
ani | in | ANI | aninews.in
times-of-india | in | Times of India | indiatimes.com
anadolu | tr | Anadolu, Anadolu Agency | aa.com.tr
irna | ir | IRNA | irna.ir
tasnim | ir | Tasnim | tasnimnews.com
fars | ir | Fars News, Fars news agency | farsnews.ir
spa | sa | Saudi Press Agency | spa.gov.sa
sana | sy | SANA | sana.sy
mena | eg | MENA news agency | mena.org.eg
map | ma | MAP news agency, Maghreb Arab Press | mapnews.ma
belta | by | BelTA, БелТА | belta.by
al-jazeera | qa | Al Jazeera, الجزيرة, 半岛电视台 | aljazeera.com, aljazeera.net
al-arabiya | sa | Al Arabiya, العربية | alarabiya.net
haaretz | il | Haaretz | haaretz.com
times-of-israel | il | Times of Israel | timesofisrael.com
bbc | gb | BBC, BBC News, Би-би-си, 英国广播公司 | bbc.co.uk, bbc.com, bbci.co.uk
sky-news | gb | Sky News | sky.com
itv | gb | ITV News, ITV | itv.com
channel-4 | gb | Channel 4 News | channel4.com
guardian | gb | Guardian, Observer | theguardian.com, guardian.co.uk
telegraph | gb | Daily Telegraph, Sunday Telegraph, Telegraph | telegraph.co.uk
times | gb | Times of London, Sunday Times | thetimes.co.uk, thetimes.com, thesundaytimes.co.uk
sun | gb | The Sun | thesun.co.uk, the-sun.com
daily-mail | gb | Daily Mail, Mail on Sunday, MailOnline, DailyMail.com | dailymail.co.uk, thisismoney.co.uk
reach | gb | Daily Mirror, Daily Express | mirror.co.uk, express.co.uk, dailystar.co.uk
independent | gb | The Independent | independent.co.uk, the-independent.com
ft | gb | Financial Times | ft.com
economist | gb | The Economist | economist.com
cnn | us | CNN, 美国有线电视新闻网 | cnn.com
nbc | us | NBC News, NBC, CNBC, MSNBC | nbcnews.com, cnbc.com, msnbc.com, nbc.com
abc-us | us | ABC News | abcnews.go.com, abcnews.com, go.com
cbs | us | CBS News, CBS | cbsnews.com
fox | us | Fox News, Fox News Digital, Fox Business | foxnews.com, foxbusiness.com
npr | us | NPR | npr.org
nyt | us | New York Times, 纽约时报, 紐約時報, 뉴욕타임스 | nytimes.com
washington-post | us | Washington Post, 华盛顿邮报, 워싱턴포스트 | washingtonpost.com
dow-jones | us | Wall Street Journal, Dow Jones, 华尔街日报 | wsj.com, barrons.com, marketwatch.com
la-times | us | Los Angeles Times | latimes.com
ny-post | us | New York Post | nypost.com
usa-today | us | USA Today | usatoday.com
chronicle | us | San Francisco Chronicle | sfchronicle.com, sfgate.com
bloomberg | us | Bloomberg, Bloomberg News, 彭博社, 블룸버그 | bloomberg.com
axios | us | Axios | axios.com
politico | us | Politico, POLITICO | politico.com, politico.eu
the-hill | us | The Hill | thehill.com
espn | us | ESPN | espn.com
tmz | us | TMZ | tmz.com
rfe-rl | us | Radio Free Europe, RFE/RL, Радио Свобода | rferl.org, svoboda.org
radio-free-asia | us | Radio Free Asia | rfa.org
nk-news | us | NK News | nknews.org
le-monde | fr | Le Monde | lemonde.fr
le-figaro | fr | Le Figaro | lefigaro.fr
france-24 | fr | France 24 | france24.com
rfi | fr | RFI | rfi.fr
spiegel | de | Spiegel, Der Spiegel | spiegel.de
bild | de | Bild | bild.de
welt | de | Die Welt | welt.de
sueddeutsche | de | Süddeutsche Zeitung, Süddeutschen Zeitung | sueddeutsche.de
faz | de | Frankfurter Allgemeine Zeitung, Frankfurter Allgemeinen Zeitung, FAZ | faz.net
ard | de | ARD, Tagesschau | tagesschau.de, ard.de
handelsblatt | de | Handelsblatt | handelsblatt.com
dw | de | Deutsche Welle | dw.com
el-pais | es | El País | elpais.com
corriere | it | Corriere della Sera | corriere.it
repubblica | it | La Repubblica, Repubblica | repubblica.it
globo | br | O Globo, G1 | globo.com
folha | br | Folha de S.Paulo | folha.uol.com.br
lusa | pt | Lusa | lusa.pt
ntb | no | NTB | ntb.no
tt | se | TT news agency | tt.se
pap | pl | PAP | pap.pl
abc-au | au | ABC Australia | abc.net.au
cbc | ca | CBC, CBC News | cbc.ca
"""


def _outlet(line: str) -> Outlet:
    key, country, names, domains = (part.strip() for part in line.split("|"))
    return Outlet(key=key, country=country, names=tuple(names.split(", ")), domains=tuple(domains.split(", ")))


OUTLETS = tuple(_outlet(line) for line in _TABLE.strip().splitlines())
BY_KEY = MappingProxyType({outlet.key: outlet for outlet in OUTLETS})
BY_NAME = MappingProxyType({name: outlet for outlet in OUTLETS for name in outlet.names})
_BY_DOMAIN = {domain: outlet.key for outlet in OUTLETS for domain in outlet.domains}
# Sites on which many publishers write: there the name says who speaks, as in "Sample News - YouTube".
_PLATFORMS = frozenset(
    {
        "youtube.com", "twitter.com", "x.com", "facebook.com", "t.me", "medium.com", "substack.com", "wordpress.com",
        "blogspot.com", "msn.com", "yahoo.com", "news.yahoo.com", "news.google.com", "reddit.com", "createsend.com",
    }
)  # fmt: skip  # one below the other they would hide the table above


def owner_of(domain: str, name: str | None = None) -> str:
    """The publisher behind a site: its key in the table, else the domain; on a platform, the one the name gives."""
    host = domain.casefold().removeprefix("www.")
    if host in _PLATFORMS:
        speaker = (name or "").split(" - ")[0].split(" | ")[0].strip()
        known = BY_NAME.get(speaker)
        return known.key if known else f"{speaker.casefold()} ({host})" if speaker else host
    labels = host.split(".")
    above = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((_BY_DOMAIN[one] for one in above if one in _BY_DOMAIN), host)
