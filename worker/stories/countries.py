"""Countries as attributions name them: "South Korean media", "a US official", "officials in Seoul"."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# code | words that stand before media and officials | the seat of government | houses that speak for it
_TABLE = """
kr | South Korean, South Korea's, Seoul's | Seoul
kp | North Korean, North Korea's, Pyongyang's | Pyongyang
jp | Japanese, Japan's | Tokyo
cn | Chinese, China's | Beijing
tw | Taiwanese, Taiwan's | Taipei
ru | Russian, Russia's, Moscow's | Moscow | Kremlin
ua | Ukrainian, Ukraine's | Kyiv, Kiev
by | Belarusian | Minsk
us | US, U.S., American, United States | Washington | White House, Pentagon, State Department
gb | UK, British, Britain's | London | Downing Street
fr | French, France's | Paris | Élysée, Elysee
de | German, Germany's | Berlin
it | Italian, Italy's | Rome
es | Spanish, Spain's | Madrid
pl | Polish, Poland's | Warsaw
tr | Turkish, Turkey's | Ankara
il | Israeli, Israel's | Jerusalem, Tel Aviv
ps | Palestinian | Ramallah
ir | Iranian, Iran's | Tehran
iq | Iraqi, Iraq's | Baghdad
sy | Syrian, Syria's | Damascus
lb | Lebanese, Lebanon's | Beirut
sa | Saudi | Riyadh
eg | Egyptian, Egypt's | Cairo
ma | Moroccan, Morocco's | Rabat
in | Indian, India's | New Delhi, Delhi
pk | Pakistani, Pakistan's | Islamabad
af | Afghan, Taliban | Kabul
ca | Canadian, Canada's | Ottawa
mx | Mexican, Mexico's | Mexico City
br | Brazilian, Brazil's | Brasilia
ve | Venezuelan, Venezuela's | Caracas
id | Indonesian, Indonesia's | Jakarta
th | Thai, Thailand's | Bangkok
vn | Vietnamese, Vietnam's | Hanoi
ph | Philippine, Filipino | Manila
mm | Myanmar's, Burmese | Naypyidaw
kz | Kazakh, Kazakhstan's | Astana
ge | Georgian | Tbilisi
am | Armenian, Armenia's | Yerevan
az | Azerbaijani, Azerbaijan's | Baku
gr | Greek, Greece's | Athens
hu | Hungarian, Hungary's | Budapest
ro | Romanian, Romania's | Bucharest
rs | Serbian, Serbia's | Belgrade
nl | Dutch | The Hague
se | Swedish, Sweden's | Stockholm
fi | Finnish, Finland's | Helsinki
qa | Qatari, Qatar's | Doha
ye | Yemeni, Yemen's | Sanaa
jo | Jordanian, Jordan's | Amman
ly | Libyan, Libya's | Tripoli
sd | Sudanese, Sudan's | Khartoum
et | Ethiopian, Ethiopia's | Addis Ababa
ke | Kenyan, Kenya's | Nairobi
ng | Nigerian, Nigeria's | Abuja
za | South African, South Africa's | Pretoria
ar | Argentine, Argentina's | Buenos Aires
co | Colombian, Colombia's | Bogota, Bogotá
cl | Chilean, Chile's | Santiago
cu | Cuban, Cuba's | Havana
au | Australian, Australia's | Canberra
"""


def _column(column: int) -> Mapping[str, str]:
    """Name -> code."""
    rows = [[part.strip() for part in line.split("|")] for line in _TABLE.strip().splitlines()]
    return MappingProxyType({name: row[0] for row in rows if len(row) > column for name in row[column].split(", ")})


BY_ADJECTIVE, BY_SEAT, BY_HOUSE = (_column(column) for column in (1, 2, 3))
