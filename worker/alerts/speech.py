"""The words by which somebody speaks, denies, or keeps silent, in the main languages of news.

Folded, as forms that stand in reports. Words of several languages are one set: they hardly meet, and where they do
("no", "ni") they mean the same.
"""

from __future__ import annotations

import regex


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONFIRMING = _words("""
    confirmed confirms confirming announced announces said says stated states reported reports declared declares told
    tells
    acknowledged acknowledges
    bestätigte bestätigt bestätigten erklärte erklärt sagte teilte meldete meldet kündigte verkündete
    confirmé confirme annoncé annonce déclaré déclare indiqué indique affirmé rapporté
    confirmó confirma confirmado anunció anuncia dijo dice declaró afirmó informó señaló
    confirmou anunciou disse declarou informou confermato annunciato detto dichiarato
    подтвердил подтвердила подтвердили подтверждает подтвержден подтверждена подтверждён сообщил сообщила сообщили
    сообщает заявил заявила заявили объявил объявили сказал
    подтвердило сообщило заявило підтвердив підтвердили повідомив повідомили заявив заявили
    أعلن وأعلن أعلنت وأعلنت أكد وأكد أكدت وأكدت قال وقال قالت وقالت أفاد وأفاد أفادت وأفادت
""")
DENYING = _words("""
    denied denies denying rejected rejects dismissed dismisses refuted refutes
    dementierte dementiert bestritt bestreitet démenti dément nié desmintió desmiente negó niega desmentiu negou
    smentito
    опроверг опровергла опровергли опровергает отрицает отрицают отверг отвергли спростував спростували заперечив
    заперечує
    نفى ونفى نفت ونفت
""")
# In these languages the verb opens the sentence, and the name comes after it.
VERB_FIRST = _words("""
    أعلن وأعلن أعلنت وأعلنت أكد وأكد أكدت وأكدت قال وقال قالت وقالت أفاد وأفاد أفادت وأفادت نفى ونفى نفت ونفت
""")
# "said that reports of a visit were false": what was said of it.
CALLED_FALSE = _words(
    "untrue false fake baseless groundless nonsense fabricated fiction falsch frei faux falso ложь фейк неправда"
)
REFUSING = _words("""
    not never no nothing neither nor cannot declined declines refused refuses unable without yet comment
    ni nicht kein keine keinen keiner weder lehnte ablehnte nichts pas jamais rien aucun aucune refusé
    tampoco nada ningún ninguna nunca rechazó não nem recusou non nessun rifiutato
    не ни нет никаких отказался отказалась отказались воздержался ні відмовився
    لم لن لا
""")
# What may come, or would if.
UNREAL = _words("""
    if unless whether until once will would could may might should expected likely yet
    wird würde könnte wenn falls ob sera pourrait si será podría quando se если бы может будет чи якщо
""")
# Words after a party's name by which somebody else speaks: "Kremlin critics", "a Kremlin source", "Kremlin-backed".
OTHERS = _words("""
    critic critics opponent opponents foe foes rival rivals watcher watchers insider insiders source sources official
    officials
    adviser advisers ally allies backed linked aligned controlled funded friendly installed run owned appointed loyal
    loyalist
    kritiker gegner insider détracteurs críticos критик критики критиков источник источники противник противники
    critique critiques adversaires crítico
""")
# Between them and the name: "critics of the Kremlin".
OF = _words("of de du der des del della do da el la les le the")
# Words after a party's name, or its genitive, by which it speaks itself.
VOICES = _words("""
    spokesman spokeswoman spokesperson spokespeople mouthpiece press service website statement office
    sprecher sprecherin pressedienst porte-parole portavoz porta-voz portavoce пресс-секретарь пресс-служба
""")
# What a Russian or Ukrainian name ends in, in its cases; the nominative's own last letter goes.
CASE_ENDINGS = _words("а у ом ым ем ём е ы и я ю ой ей ою ею і ові ем єм")
NOMINATIVE_ENDINGS = "ьйаяоеиыі"
# Between a genitive and the voice: "the Kremlin's official website".
OWN = _words("official own main state")
ARTICLES = _words("the der die das dem den le la les l' el los il lo o a в у")
# After an aside: "the seat of power, the Kremlin, also announced".
GOING_ON = _words("also has have had later then today yesterday earlier auch hat a aussi ha también também также")
ACCORDING = _words("laut selon según segundo secondo d'après zufolge словам данным сообщению словами даними")

# Scripts without spaces between words: after a particle that marks the name as the speaker the verb may be far.
SPEAKS_ON = frozenset("은는이가はが")
EAST_ASIAN = regex.compile(
    r"^(?:[^。！？]{0,120}?)(?:(?P<denies>否认|否認|부인(?:했|하)|否定(?:した|して))"
    r"|(?P<says>证实|證實|宣布|表示|确认|確認|报道|報道|报导|報導|发表|発表|明らかにし|伝え|報じ|によると|と述べ|と語"
    r"|에 따르면|밝혔|밝히였|(?:확인|발표|보도|주장|전|말)(?:했|하였)))"
    r"|^(?:方面)?(?P<says>称|稱|说|說)"
)
EAST_ASIAN_REFUSING = regex.compile(r"未|没有|沒有|不|拒绝|拒絕|なかった|ない|ず|않|거부|拒否|控え|批评者|批判")
