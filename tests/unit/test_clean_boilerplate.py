"""Residue goes, prose stays: each rule has a good line that looks almost like a bad one."""

from __future__ import annotations

import pytest

from worker.clean.boilerplate import is_residue, without_residue

BAD = [
    "Don't miss our coverage of the regatta",
    "Нажимая «Подписаться», вы соглашаетесь с условиями",
    "Читайте больше: Погода на выходные",
    "이메일은 공개되지 않습니다. 필수 항목은 * 로 표시합니다",
    "회원가입 시 이용약관에 동의하게 됩니다.",
    "登録することで利用規約に同意したものとみなされます",
    "發佈電子郵件地址不會被公開。",
    "注册即表示您同意我们的条款",
    "人们还会问：",
    "Al registrarte, aceptas nuestros términos",
    "Schreiben Sie einen Kommentar",
    "Mit der Anmeldung stimmen Sie den Bedingungen zu",
    "À lire : la météo du week-end",
    "بالتسجيل فإنك توافق على الشروط",
    "READ MORE: Ten recipes for pickled cabbage",
    "Read more – Ten recipes for pickled cabbage",
    "[Related: Snapshots of the universe]",
    "ALSO READ: Rain expected at the weekend",
    "Don’t miss…",
    "Why the ferry timetable changes [ANALYSIS]",
    "People also ask:",
    "Leave a Reply",
    "Your email address will not be published. Required fields are marked *",
    "We use your sign-up to provide content in ways you’ve consented to. You can unsubscribe at any time. More info",
    "Sign up to our daily newsletter and never miss a story.",
    "This website uses cookies to improve your experience.",
    "Follow us on Telegram for the latest updates",
    "© 2023 Sample Courier. All rights reserved.",
    "Advertisement",
    "Читайте также: Погода на выходные",
    "Подписывайтесь на наш канал в Telegram",
    "Ваш e-mail не будет опубликован. Обязательные поля помечены *",
    "관련기사: 주말 날씨 전망",
    "저작권자 ⓒ 견본일보, 무단전재 및 재배포 금지",
    "댓글",
    "関連記事：週末の天気",
    "メールアドレスが公開されることはありません。",
    "コメントを残す",
    "相关阅读：周末天气",
    "延伸閱讀：週末天氣",
    "您的电子邮箱地址不会被公开。 必填项已用 * 标注",
    "Lea también: El tiempo del fin de semana",
    "Tu dirección de correo electrónico no será publicada.",
    "Síguenos en Facebook y en nuestro canal de WhatsApp",
    "À lire aussi : la météo du week-end",
    "Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *",
    "Lesen Sie auch: Das Wetter am Wochenende",
    "Deine E-Mail-Adresse wird nicht veröffentlicht.",
    "اقرأ أيضا: الطقس في عطلة نهاية الأسبوع",
    "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
    "Why the ferry timetable changes【分析】",
    "Чем закончилась поездка [ВИДЕО]",
    "Por qué cambia el horario [ANÁLISIS]",
    "سبب تغيير موعد العبّارة [فيديو]",
    "اقرأ أيضاً: الطقس في عطلة نهاية الأسبوع",
    "LEE MAS: El tiempo del fin de semana",
    "【関連記事】週末の天気",
    "[관련기사] 주말 날씨 전망",
    "By clicking “Accept all” you agree to our use of cookies.",
    "Follow the Sample Courier on Telegram and Facebook",
]
GOOD = [
    "Al registrarse, los viajeros dijeron que aceptan las normas del puerto.",
    "注册用户表示，他们同意新的条款。",
    "Mit der Anmeldung begann am Montag die Messe im Hafen.",
    "Регистрируясь на рейс, пассажиры получили талоны.",
    "Officials gave no date, the railway said [REUTERS].",
    "The talks will go on for a week, a spokeswoman said. [TASS]",
    "Follow-up visits on Facebook’s campus are planned, the minister said. They will take a week.",
    "Find the harbour on a map. The pier is on the left.",
    "“Follow us on Telegram,” the poster at the pier said.",
    "Главное в поездке, сказал машинист, не опоздать на паром.",
    "사진 속의 열차는 항구역에 서 있었다.",
    "分析人士说，列车行驶缓慢。",
    "図によると、列車は北へ向かう。",
    "Nicht verpassen will die Delegation den Abendzug.",
    "Voir aussi loin que la jetée, c’est rare en hiver.",
    "شارك المقال أحد الوزراء رأيه في الرحلة.",
    "Read more than forty books a year and you will remember few of them, she said.",
    "“Follow us on this road,” the minister told the delegates, “and you will not regret it.”",
    "“Leave a reply,” the sign at the door said.",
    "Related industries employ 40,000 people in the region.",
    "Watch - it was all he had left - in hand, the officer waited for the train.",
    "Sign language interpreters will be present at the talks.",
    "Follow-up talks are planned for October.",
    "Sources close to the delegation said the train would arrive on Tuesday.",
    "The site uses cookies, the regulator found, and must now ask for consent.",
    "Subscribe to the theory or not, the effect is real.",
    "Advertisement spending fell by a tenth, the agency reported.",
    "Comments made by the spokesman drew criticism.",
    "Don’t miss the point, he warned: the train is slow because it is heavy.",
    "The treaty [ANNEX] was published on Monday.",
    "По теме переговоров в пресс-службе ничего не сообщили.",
    "댓글 수천 개가 달렸다고 신문은 전했다.",
    "관련 기사를 쓴 기자는 말을 아꼈다.",
    "未经授权的无人机进入了机场上空。",
    "关注我国经济的专家表示乐观" + "。",
    "Lea también confirmó su asistencia a la reunión.",
    "Lire aussi entre les lignes, c’est le métier du diplomate.",
    "Zum Thema Sicherheit wollte sich der Sprecher nicht äußern.",
    "Anzeige erstattete am Montag ein Anwohner.",
    "اشترك في المحادثات وزراء من البلدين.",
    "شارك الوزير في الاجتماع يوم الاثنين.",
]


@pytest.mark.parametrize("line", BAD)
def test_residue_is_recognised(line):
    assert is_residue(line)


@pytest.mark.parametrize("line", GOOD)
def test_prose_is_not_residue(line):
    assert not is_residue(line)


def test_an_article_without_residue_is_left_as_it_is():
    text = "\n".join(GOOD)
    assert without_residue(text) == text


def test_teasers_under_a_teaser_heading_go_with_it():
    text = "Paragraph one.\nDon’t miss…\nA tagged story [INSIGHT]\nAnother story about the ferry port\nParagraph two."
    assert without_residue(text, link_lines=["Another story about the ferry port"]) == "Paragraph one.\nParagraph two."


def test_lines_that_are_only_a_link_go_but_names_stay():
    text = "North Korea\nStorm warning for the northern coast today\nParagraph."
    links = ["North Korea", "  Storm warning for the  northern coast today"]
    assert without_residue(text, link_lines=links) == "North Korea\nParagraph."


def test_a_source_note_goes_at_the_end_only():
    paragraphs = [f"Paragraph {number} of the sample." for number in range(5)]
    assert without_residue("\n".join([*paragraphs, "Source: Read Full Article"])) == "\n".join(paragraphs)
    assert without_residue("\n".join([paragraphs[0], "Quelle: dpa", *paragraphs[1:]])) == "\n".join(paragraphs)
    interview = ["Source: The train left on Sunday.", *paragraphs]
    assert without_residue("\n".join(interview)) == "\n".join(interview)


@pytest.mark.parametrize("line", ["READ MORE: " + "word " * 200, "We use cookies. " + "Long story. " * 100])
def test_long_paragraphs_are_never_residue(line):
    assert not is_residue(line)
