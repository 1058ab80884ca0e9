"""The phrases by which residue is known: English, Russian, Korean, Japanese, Chinese, Spanish, French, German, Arabic.

Tables are separated by bars; white space and line breaks within a phrase count as one space. All are lower case.
"""

from __future__ import annotations


def table(phrases: str) -> frozenset[str]:
    """The phrases of a table, one by one."""
    return frozenset(phrase for one in phrases.split("|") if (phrase := " ".join(one.split())))


# Marks before the title of another article ("READ MORE: title"); prose never has these words before a colon.
TEASER_HEADS = """
read more | read also | also read | read next | read the full story | see also | related
| related stories | related articles | more on this story | more from | watch | watch now
| don't miss | do not miss | recommended | recommended reading | must read | trending | most read
| related news | related links | related topics | next story | up next | explore more
| in case you missed it | top stories | читайте также | читать также | также читайте | читать далее
| смотрите также | по теме | читайте ещё | читайте еще | материалы по теме | 관련기사 | 관련 기사
| 함께 보면 좋은 기사 | 이 기사도 읽어보세요 | 추천기사 | 추천 기사 | 주요뉴스 | 関連記事
| 関連ニュース | あわせて読みたい | 合わせて読みたい | こちらもおすすめ | おすすめ記事 | 相关新闻
| 相关阅读 | 延伸阅读 | 相關新聞 | 相關閱讀 | 延伸閱讀 | 推荐阅读 | 推薦閱讀 | 更多新闻 | 更多新聞
| 相关报道 | 相關報導 | lea también | lee también | leer más | te puede interesar
| le puede interesar | también te puede interesar | noticias relacionadas | no te pierdas
| lire aussi | à lire aussi | a lire aussi | à lire également | lire la suite | à voir aussi
| sur le même sujet | ne manquez pas | lesen sie auch | lesen sie mehr | mehr zum thema
| auch interessant | das könnte sie auch interessieren | zum thema | weiterlesen | lesen sie weiter
| اقرأ أيضا | اقرأ أيضًا | اقرأ المزيد | إقرأ أيضا | اقرأ ايضا | مواضيع ذات صلة | أخبار ذات صلة
| شاهد أيضا | شاهد أيضًا
"""
# Whole lines that are furniture of a page.
FURNITURE = """
people also ask | leave a reply | leave a comment | post a comment | join the conversation
| comments | comment | share | share this | share this article | share this story | advertisement
| advertisment | ad | sponsored | sponsored content | promoted | subscribe | subscribe now | sign up
| sign in | log in | register | newsletter | follow us | more info | read full article
| source read full article | cancel reply
| save my name email and website in this browser for the next time i comment
| required fields are marked | view comments | show comments | click here to read more
| story continues below advertisement | article continues below | back to top | print this article
| copy link | listen to this article | оставить комментарий | комментарии | добавить комментарий
| поделиться | реклама | подписаться | подпишитесь на рассылку | подписывайтесь на нас | 댓글
| 공유하기 | 구독하기 | 기사제보 | 무단전재 및 재배포 금지 | 무단 전재 재배포 금지 | 좋아요 | 광고
| コメント | コメントを残す | シェアする | 広告 | 続きを読む | 会員登録 | この記事をシェア
| フォローする | ログイン | 评论 | 發表評論 | 发表评论 | 分享 | 广告 | 廣告 | 责任编辑 | 登录 | 登錄
| 留言 | 發佈留言 | 订阅 | 訂閱 | deja un comentario | deja una respuesta | comentarios | compartir
| publicidad | suscríbete | suscríbase | síguenos | síguenos en | laisser un commentaire
| commentaires | partager | publicité | abonnez vous | s'abonner | suivez nous | inscrivez vous
| kommentare | kommentar schreiben | schreibe einen kommentar | teilen | anzeige | werbung
| jetzt abonnieren | folgen sie uns | zur startseite | اترك تعليقا | اترك تعليقًا | اترك ردا
| التعليقات | شارك | مشاركة | إعلان | اشترك الآن | تابعنا | تسجيل الدخول
"""
# Paragraphs that begin like this, and are no longer than a notice, speak to the reader about the site.
NOTICES = """
your email address will not be published | we use your sign-up to provide content
| we use your sign up to provide content | by signing up you agree | by signing up, you agree
| by signing up i agree | by subscribing you agree | by subscribing, you agree | by clicking sign up
| by entering your email | sign up for our | sign up to our | sign up here | sign up now
| sign up to receive | subscribe to our | get the latest news delivered | get our free
| enter your email | please enter a valid email | thank you for subscribing | thanks for signing up
| this site uses cookies | this website uses cookies | we use cookies | we and our partners use
| we and our partners store | we and our partners process | by continuing to use this site
| by continuing to browse | this content is provided by | to display this content
| please enable javascript | you need to enable javascript | follow us on | follow us in
| follow our | join our whatsapp | join our telegram | join us on facebook | join us on telegram
| join us on whatsapp | like us on facebook | find us on | download our app | download the app
| click here to subscribe | click here to join | all rights reserved | copyright © | ©
| this material may not be published | this site uses akismet | this site is protected by recaptcha
| have something to say | do you have a story | got a story | ваш e-mail не будет опубликован
| ваш адрес email не будет опубликован | подписывайтесь на | подпишитесь на | мы используем cookie
| мы используем файлы cookie | на сайте используются cookie | этот сайт использует cookie
| этот сайт использует файлы cookie | следите за нашими новостями | присоединяйтесь к нам
| обязательные поля помечены | читайте нас в | нажимая кнопку | 이메일 주소는 공개되지 | 저작권자 ⓒ
| 저작권자ⓒ | 저작권자 © | 저작권자© | 저작권자(c) | ⓒ | <저작권자 | 무단전재 | 무단 전재
| 네이버에서 구독 | 제보는 카카오톡 | メールアドレスが公開されることはありません
| 当サイトではクッキー | 当サイトではcookie | このサイトではcookie | このサイトではクッキー
| このサイトはcookie | 公式アカウントをフォロー | メールマガジン登録 | 無断転載
| 您的电子邮箱地址不会被公开 | 您的邮箱地址不会被公开 | 您的電子郵件地址不會被公開
| 發佈留言必須填寫 | 本网站使用cookie | 本網站使用cookie | 未经授权不得 | 未經授權不得 | 版权所有
| 關注我們 | 关注我们 | 欢迎关注 | 扫描二维码 | 掃描二維碼
| tu dirección de correo electrónico no será publicada
| su dirección de correo electrónico no será publicada | utilizamos cookies
| este sitio utiliza cookies | este sitio usa cookies | síguenos en | suscríbete a | suscríbase a
| regístrate | únete a nuestro | todos los derechos reservados
| votre adresse e-mail ne sera pas publiée | votre adresse email ne sera pas publiée
| nous utilisons des cookies | ce site utilise des cookies | en vous inscrivant | abonnez-vous à
| inscrivez-vous à | suivez-nous sur | tous droits réservés | retrouvez-nous sur
| deine e-mail-adresse wird nicht veröffentlicht | ihre e-mail-adresse wird nicht veröffentlicht
| wir verwenden cookies | diese website verwendet cookies | diese webseite verwendet cookies
| mit der anmeldung zum newsletter | melden sie sich für | abonnieren sie | folgen sie uns auf
| alle rechte vorbehalten | jetzt newsletter | لن يتم نشر عنوان بريدك | لن يتم نشر بريدك
| نستخدم ملفات تعريف الارتباط | يستخدم هذا الموقع ملفات | تابعونا على | تابعنا على
| جميع الحقوق محفوظة | الحقول الإلزامية
"""
# Marks before an attribution at the end of an article.
SOURCES = "source|sources|via|источник|출처|出典|来源|來源|fuente|fuentes|quelle|quellen|المصدر"
# Titles and headings of pages that say the article is gone, or was never there.
NOT_FOUND = """
404 | 404 error | error 404 | not found | 404 not found | page not found | 404 page not found | file not found
| page cannot be found | the page you requested could not be found | the page you are looking for does not exist
| this page could not be found | this page is not available | this page does not exist | article not found
| sorry, this page is not available | story not found | 410 gone | oops! that page can't be found | whoops
| страница не найдена | страница не существует | статья не найдена | ошибка 404 | 404 страница не найдена
| 페이지를 찾을 수 없습니다 | 존재하지 않는 페이지입니다 | 삭제된 기사입니다 | 요청하신 페이지를 찾을 수 없습니다
| ページが見つかりません | ページが見つかりませんでした | お探しのページは見つかりませんでした
| お探しのページが見つかりません
| 指定されたページは存在しません | 页面不存在 | 找不到页面 | 页面未找到 | 您访问的页面不存在
| 頁面不存在 | 找不到網頁 | 找不到頁面 | 找不到您要的網頁 | página no encontrada | no se ha encontrado la página
| no se encontró la página | esta página no existe | error 404 página no encontrada | page non trouvée
| page introuvable | cette page n'existe pas | la page demandée est introuvable | erreur 404 | seite nicht gefunden
| die seite wurde nicht gefunden | diese seite existiert nicht | fehler 404 | artikel nicht gefunden
| الصفحة غير موجودة | لم يتم العثور على الصفحة | خطأ 404 | الصفحة المطلوبة غير موجودة
"""
# Titles and headings of pages that let people in after a test.
ROBOT_CHECKS = """
just a moment... | attention required! | attention required! cloudflare | access denied
| access to this page has been denied
| are you a robot? | are you human? | please verify you are a human | verify you are human | robot check
| security check
| pardon our interruption | checking your browser | 403 forbidden | forbidden | captcha | human verification
| проверка браузера | вы не робот? | доступ запрещен | доступ ограничен | 安全验证 | 人机验证 | アクセスが拒否されました
| acceso denegado | accès refusé | zugriff verweigert | تم رفض الوصول
"""
# Words of which consent notices, and hardly anything else, consist.
CONSENT = (
    r"\bcookies?\b|cookie-|\bconsent\b|tracking technolog|personal data|personalised ad|personalized ad|privacy policy"
    r"|privacy settings|файл\w* cookie|персональн\w+ данн\w+|쿠키|개인정보 (?:처리|수집)"
    r"|クッキー|個人情報の|cookie使用|隐私政策|隱私權政策|datos personales|données personnelles|consentement"
    r"|consentimiento|personenbezogene\w* daten|einwilligung"
    r"|datenschutz|ملفات تعريف الارتباط|البيانات الشخصية|سياسة الخصوصية"
)
