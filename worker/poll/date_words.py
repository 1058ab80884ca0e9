"""Names of months and zones as feeds spell them."""

from __future__ import annotations

import unicodedata

# One entry is a language: its twelve months in order, with "/" between the spellings of one month.
_LANGUAGES = {
    "English": "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sep/sept "
    "october/oct november/nov december/dec",
    "German": "januar/jänner/jan februar/feber/feb märz/maerz/mär/mrz april/apr mai juni/jun juli/jul august/aug "
    "september/sep/sept oktober/okt november/nov dezember/dez",
    "French": "janvier/janv février/févr/fév mars avril/avr mai juin juillet/juil août septembre/sept octobre/oct "
    "novembre/nov décembre/déc",
    "Spanish": "enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago "
    "septiembre/setiembre/sep/sept/set octubre/oct noviembre/nov diciembre/dic",
    "Italian": "gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago "
    "settembre/set ottobre/ott novembre/nov dicembre/dic",
    "Portuguese": "janeiro/jan fevereiro/fev março/mar abril/abr maio/mai junho/jun julho/jul agosto/ago setembro/set "
    "outubro/out novembro/nov dezembro/dez",
    "Catalan": "gener/gen febrer/febr març abril/abr maig juny juliol/jul agost/ag setembre/set octubre/oct "
    "novembre/nov desembre/des",
    "Dutch": "januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug september/sep/sept "
    "oktober/okt november/nov december/dec",
    "Swedish": "januari/jan februari/feb mars/mar april/apr maj juni/jun juli/jul augusti/aug september/sep/sept "
    "oktober/okt november/nov december/dec",
    "Danish, Norwegian": "januar/jan februar/feb marts/mars/mar april/apr maj/mai juni/jun juli/jul august/aug "
    "september/sep/sept oktober/okt november/nov december/desember/dec/des",
    "Finnish": "tammikuuta/tammikuu helmikuuta/helmikuu maaliskuuta/maaliskuu huhtikuuta/huhtikuu toukokuuta/toukokuu "
    "kesäkuuta/kesäkuu heinäkuuta/heinäkuu elokuuta/elokuu syyskuuta/syyskuu lokakuuta/lokakuu marraskuuta/marraskuu "
    "joulukuuta/joulukuu",
    "Polish": "styczeń/stycznia/sty luty/lutego/lut marzec/marca/mar kwiecień/kwietnia/kwi maj/maja "
    "czerwiec/czerwca/cze lipiec/lipca/lip sierpień/sierpnia/sie wrzesień/września/wrz październik/października/paź "
    "listopad/listopada/lis grudzień/grudnia/gru",
    "Czech": "leden/ledna únor/února březen/března duben/dubna květen/května červen/června červenec/července "
    "srpen/srpna září říjen/října listopad/listopadu prosinec/prosince",
    "Slovak": "január/januára február/februára marec/marca apríl/apríla máj/mája jún/júna júl/júla august/augusta "
    "september/septembra október/októbra november/novembra december/decembra",
    # Here so that the words which mean another month than in Polish or Czech are known to be ambiguous.
    "Croatian": "siječanj/siječnja/sij veljača/veljače/velj ožujak/ožujka/ožu travanj/travnja/tra svibanj/svibnja/svi "
    "lipanj/lipnja/lip srpanj/srpnja/srp kolovoz/kolovoza/kol rujan/rujna/ruj listopad/listopada/lis studeni/studenog/"
    "studenoga/stu prosinac/prosinca/pro",
    "Slovenian": "januar/januarja februar/februarja marec/marca april/aprila maj/maja junij/junija julij/julija "
    "avgust/avgusta september/septembra oktober/oktobra november/novembra december/decembra",
    "Serbian": "januar/januara februar/februara mart/marta april/aprila maj/maja jun/juna jul/jula avgust/avgusta "
    "septembar/septembra oktobar/oktobra novembar/novembra decembar/decembra",
    "Hungarian": "január/jan február/febr/feb március/márc április/ápr május/máj június/jún július/júl augusztus/aug "
    "szeptember/szept október/okt november/nov december/dec",
    "Romanian": "ianuarie/ian februarie/feb martie/mar aprilie/apr mai iunie/iun iulie/iul august/aug septembrie/sept "
    "octombrie/oct noiembrie/nov/noi decembrie/dec",
    "Turkish": "ocak/oca şubat/şub mart/mar nisan/nis mayıs/mayis/may haziran/haz temmuz/tem ağustos/ağu eylül/eyl "
    "ekim/eki kasım/kasim/kas aralık/aralik/ara",
    "Indonesian": "januari/jan februari/feb maret/mar april/apr mei juni/jun juli/jul agustus/agu/agt september/sep "
    "oktober/okt november/nov desember/des",
    "Greek": "ιανουάριος/ιανουαρίου/ιαν φεβρουάριος/φεβρουαρίου/φεβ μάρτιος/μαρτίου/μαρ απρίλιος/απριλίου/απρ "
    "μάιος/μαΐου/μαι ιούνιος/ιουνίου/ιουν ιούλιος/ιουλίου/ιουλ αύγουστος/αυγούστου/αυγ σεπτέμβριος/σεπτεμβρίου/σεπ "
    "οκτώβριος/οκτωβρίου/οκτ νοέμβριος/νοεμβρίου/νοε δεκέμβριος/δεκεμβρίου/δεκ",
    "Russian": "январь/января/янв февраль/февраля/фев/февр март/марта/мар апрель/апреля/апр май/мая июнь/июня/июн "
    "июль/июля/июл август/августа/авг сентябрь/сентября/сен/сент октябрь/октября/окт ноябрь/ноября/ноя/нояб "
    "декабрь/декабря/дек",
    "Ukrainian": "січень/січня/січ лютий/лютого/лют березень/березня/бер квітень/квітня/квіт травень/травня/трав "
    "червень/червня/черв липень/липня/лип серпень/серпня/серп вересень/вересня/вер жовтень/жовтня/жовт "
    "листопад/листопада/лист грудень/грудня/груд",
    "Bulgarian": "януари/яну февруари/фев март/мар април/апр май юни/юн юли/юл август/авг септември/сеп октомври/окт "
    "ноември/ное декември/дек",
    "Arabic": "يناير فبراير مارس أبريل/ابريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "Levantine Arabic": "- شباط آذار نيسان أيار حزيران تموز آب أيلول - - -",
    "Hindi": "जनवरी फरवरी/फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर/सितम्बर अक्टूबर/अक्तूबर नवंबर/नवम्बर दिसंबर/दिसम्बर",
}

# Words, folded, that stand between the parts of a date and mean nothing to it.
FILLERS = frozenset(
    {
        "de",
        "del",
        "d",
        "of",
        "um",
        "at",
        "a",
        "as",
        "las",
        "le",
        "den",
        "kl",
        "klo",
        "uhr",
        "o",
        "alle",
        "ore",
        "ora",
        "om",
        "в",
        "о",
        "г",
        "года",
        "року",
        "р",
    }
)

# Hours from UTC. RFC 822 defines UT, GMT, Z and the North American ones; of the others the meaning that news feeds use
# (IST is India, BST British Summer Time, CST and EST North American). Names with two likely meanings are left out.
ZONES = {
    "z": 0.0, "ut": 0.0, "utc": 0.0, "gmt": 0.0, "wet": 0.0,
    "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
    "akst": -9.0, "akdt": -8.0, "hst": -10.0, "nst": -3.5, "ndt": -2.5, "adt": -3.0, "brt": -3.0, "clt": -4.0,
    "bst": 1.0, "west": 1.0, "cet": 1.0, "met": 1.0, "mez": 1.0, "wat": 1.0,
    "cest": 2.0, "mest": 2.0, "mesz": 2.0, "eet": 2.0, "cat": 2.0, "sast": 2.0,
    "eest": 3.0, "msk": 3.0, "eat": 3.0, "trt": 3.0, "msd": 4.0, "samt": 4.0, "pkt": 5.0, "yekt": 5.0, "ist": 5.5,
    "npt": 5.75, "ict": 7.0, "wib": 7.0, "wita": 8.0, "hkt": 8.0, "sgt": 8.0, "awst": 8.0, "pht": 8.0,
    "jst": 9.0, "kst": 9.0, "wit": 9.0, "acst": 9.5, "acdt": 10.5, "aest": 10.0, "aedt": 11.0,
    "nzst": 12.0, "nzdt": 13.0,
}  # fmt: skip  # read as a table, not one below the other


def folded(text: str) -> str:
    """Lower case without accents and with compatibility forms replaced, so that spellings compare equal."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.replace("\u2212", "-").casefold())
    kept = "".join(char for char in parts if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", kept)


def _months() -> dict[str, int]:
    meanings: dict[str, set[int]] = {}
    for months in _LANGUAGES.values():
        for number, spellings in enumerate(months.split(), start=1):
            for word in spellings.split("/"):
                meanings.setdefault(folded(word), set()).add(number)
    return {word: numbers.pop() for word, numbers in meanings.items() if len(numbers) == 1}


# Words that mean different months in different languages are not in here.
MONTHS = _months()
