"""The phrases by which residue is known: English, Russian, Korean, Japanese, Chinese, Spanish, French, German, Arabic.

Tables are separated by bars; white space and line breaks within a phrase count as one space. All are lower case.
"""

from __future__ import annotations


def table(phrases: str) -> frozenset[str]:
    """The phrases of a table, one by one."""
    return frozenset(phrase for one in phrases.split("|") if (phrase := " ".join(one.split())))


# Marks before the title of another article ("READ MORE: title"); prose never has these words before a colon.
TEASER_HEADS = """
read more | read also | also read | read next | read the full story | see also | related | related stories
| related articles | more on this story | more from | watch | watch now | don't miss | do not miss | recommended
| recommended reading | must read | trending | most read | related news | related links | related topics
| next story | up next | explore more | in case you missed it | top stories | читайте также | читать также
| также читайте | читать далее | смотрите также | по теме | читайте ещё | читайте еще | материалы по теме
| 관련기사 | 관련 기사 | 함께 보면 좋은 기사 | 이 기사도 읽어보세요 | 추천기사 | 추천 기사 | 주요뉴스 | 関連記事
| 関連ニュース | あわせて読みたい | 合わせて読みたい | こちらもおすすめ | おすすめ記事 | 相关新闻 | 相关阅读
| 延伸阅读 | 相關新聞 | 相關閱讀 | 延伸閱讀 | 推荐阅读 | 推薦閱讀 | 更多新闻 | 更多新聞 | 相关报道 | 相關報導
| lea también | lee también | leer más | te puede interesar | le puede interesar | también te puede interesar
| noticias relacionadas | no te pierdas | lire aussi | à lire aussi | a lire aussi | à lire également
| lire la suite | à voir aussi | sur le même sujet | ne manquez pas | lesen sie auch | lesen sie mehr
| mehr zum thema | auch interessant | das könnte sie auch interessieren | zum thema | weiterlesen
| lesen sie weiter | اقرأ أيضا | اقرأ أيضًا | اقرأ المزيد | إقرأ أيضا | اقرأ ايضا | مواضيع ذات صلة
| أخبار ذات صلة | شاهد أيضا | شاهد أيضًا | read full story | read the story | read in full | read on
| learn more | find out more | also see | listen | listen now | don't miss our | editor's picks | editors' picks
| further reading | from the archive | tags | filed under | topics | photo | photos | photo credit | image
| image credit | credit | не пропустите | не пропусти | подробнее | читать полностью | читайте по теме
| читайте далее | рекомендуем | новости по теме | смотрите видео | материал по теме | также по теме | теги
| фото | 더 읽기 | 더 보기 | 함께 읽기 | 함께 읽으면 좋은 기사 | 놓치지 마세요 | 이어서 읽기 | 이 시각 주요뉴스
| 많이 본 기사 | 많이 본 뉴스 | 태그 | 사진 | 続きを読む | もっと読む | 全文を読む | お見逃しなく
| お見逃しなく! | 併せて読みたい | 次に読む | 関連リンク | 関連動画 | おすすめの記事 | こちらの記事もおすすめ
| タグ | 写真 | 阅读更多 | 閱讀更多 | 相关文章 | 相關文章 | 不要错过 | 不要錯過 | 别错过 | 別錯過 | 更多阅读
| 更多閱讀 | 更多相关新闻 | 点击阅读 | 點擊閱讀 | 猜你喜欢 | 热门新闻 | 熱門新聞 | 看更多 | 查看更多 | 标签
| 標籤 | 图片 | 圖片 | leer mas | lee más | leer además | lea más | más información | relacionado | relacionados
| no te lo pierdas | no se pierda | no te pierda | no se lo pierda | te recomendamos | le recomendamos
| ver también | vea también | mira también | seguir leyendo | puedes leer | artículos relacionados | etiquetas
| foto | fotos | lire également | lire plus | lire encore | en savoir plus | voir aussi | voir également
| articles liés | articles connexes | ne ratez pas | ne manquez rien | à ne pas manquer | à découvrir
| pour aller plus loin | notre dossier | étiquettes | mots-clés | crédit photo | mehr lesen | mehr dazu
| mehr erfahren | nicht verpassen | verpassen sie nicht | jetzt lesen | lies auch | lesen sie dazu | lesetipp
| siehe auch | verwandte artikel | ähnliche artikel | passend dazu | schlagwörter | bild | bildquelle
| اقرأ كذلك | طالع أيضا | لا تفوت | لا تفوتك | لا يفوتك | قد يهمك | قد يهمك أيضا | قد يعجبك أيضا | للمزيد
| المزيد | مقالات ذات صلة | أخبار متعلقة | موضوعات ذات صلة | وسوم | الكلمات المفتاحية | صورة
| читайте больше | также читают | también lee | también lea | à lire | a lire
"""
# Whole lines that are furniture of a page.
FURNITURE = """
people also ask | leave a reply | leave a comment | post a comment | join the conversation | comments | comment
| share | share this | share this article | share this story | advertisement | advertisment | ad | sponsored
| sponsored content | promoted | subscribe | subscribe now | sign up | sign in | log in | register | newsletter
| follow us | more info | read full article | source read full article | cancel reply
| save my name email and website in this browser for the next time i comment | required fields are marked
| view comments | show comments | click here to read more | story continues below advertisement
| article continues below | back to top | print this article | copy link | listen to this article
| оставить комментарий | комментарии | добавить комментарий | поделиться | реклама | подписаться
| подпишитесь на рассылку | подписывайтесь на нас | 댓글 | 공유하기 | 구독하기 | 기사제보
| 무단전재 및 재배포 금지 | 무단 전재 재배포 금지 | 좋아요 | 광고 | コメント | コメントを残す | シェアする
| 広告 | 続きを読む | 会員登録 | この記事をシェア | フォローする | ログイン | 评论 | 發表評論 | 发表评论 | 分享
| 广告 | 廣告 | 责任编辑 | 登录 | 登錄 | 留言 | 發佈留言 | 订阅 | 訂閱 | deja un comentario | deja una respuesta
| comentarios | compartir | publicidad | suscríbete | suscríbase | síguenos | síguenos en
| laisser un commentaire | commentaires | partager | publicité | abonnez vous | s'abonner | suivez nous
| inscrivez vous | kommentare | kommentar schreiben | schreibe einen kommentar | teilen | anzeige | werbung
| jetzt abonnieren | folgen sie uns | zur startseite | اترك تعليقا | اترك تعليقًا | اترك ردا | التعليقات | شارك
| مشاركة | إعلان | اشترك الآن | تابعنا | تسجيل الدخول | people also read | people also searched for
| leave a reply cancel reply | leave a comment cancel reply | tweet | retweet | share on facebook
| share on twitter | share on x | share on whatsapp | email this article | email this | print
| advertisement continue reading below | continue reading below | story continues below
| article continues below advertisement | article continues after advertisement | continue reading
| article content | recommended for you | you may also like | you might also like
| you may also be interested in | more from this section | more in this section | trending now
| comments are closed | comments closed | read the full story here | read more here | log in to comment
| login to comment | sign in to comment | you must be logged in to post a comment | support our journalism
| donate now | donate | latest news | latest stories | latest headlines | more news | breaking news
| most popular | most viewed | popular now | what to read next | read this next | more on this topic
| more on this | notify me of follow up comments by email | notify me of new posts by email | see more
| show more | load more | view more | view all | click to share | this story has been updated | related posts
| related content | related coverage | add a comment | add comment | post comment | submit | see also
| люди также спрашивают | вопросы читателей | оставьте комментарий | комментировать | написать комментарий
| обсудить | следите за нами | следите за нами в соцсетях | читайте нас | поделиться в facebook
| поделиться новостью | поделиться ссылкой | все права защищены | самое читаемое | популярное
| популярные новости | лента новостей | другие новости | главные новости | последние новости | главное
| подписка | отменить ответ | войти | загрузить ещё | показать ещё | мы в соцсетях | 사람들이 함께 묻는 질문
| 사람들이 많이 묻는 질문 | 관련 질문 | 자주 묻는 질문 | 댓글 남기기 | 댓글 쓰기 | 댓글 달기 | 댓글을 남겨주세요
| 댓글 보기 | 답글 남기기 | 의견 남기기 | 팔로우 | 팔로우하기 | 팔로우하세요 | 우리를 팔로우하세요
| 페이스북에서 팔로우하기 | 카카오톡 채널 추가 | 주요 뉴스 | 인기 기사 | 인기 뉴스 | 최신 기사 | 최신 뉴스
| 로그인 | 회원가입 | 기자 구독 | 제보하기 | 뉴스레터 신청 | 뉴스레터 구독 | 뉴스레터 구독하기 | 기사 공유하기
| 공유 | 인쇄하기 | 글자 크기 | 이 기사를 공유하기 | 관련 뉴스 | こんな質問もされています | 他の人はこちらも質問
| 関連する質問 | よくある質問 | みんなの質問 | コメントする | コメントを書く | コメントを投稿 | コメント一覧
| コメントをキャンセル | 返信を残す | 返信をキャンセル | フォローしてください | フォロー | 公式twitterをフォロー
| twitterでフォロー | facebookでフォロー | xでフォロー | いいね | ランキング | アクセスランキング | 人気記事
| 人気ランキング | 新着記事 | 最新記事 | 最新ニュース | メルマガ登録はこちら | メルマガ登録
| ニュースレターに登録 | ニュースレター登録 | 会員限定記事です | 有料会員限定 | この記事は会員限定です
| 記事をシェア | 印刷する | ツイート | 无障碍 | 人们还问 | 大家还在问 | 其他人也在问 | 其他人還問 | 人們也問
| 相关问题 | 相關問題 | 发表回复 | 發表回覆 | 发表回复 取消回复 | 發佈回覆 | 留下评论 | 留下評論 | 我要评论
| 網友評論 | 网友评论 | 查看评论 | 取消回复 | 登录后发表评论 | 關注 | 关注 | 关注我们 | 關注我們 | 追蹤我們
| 在微信上关注我们 | 扫码关注 | 扫码关注我们 | 分享到 | 分享文章 | 分享本文 | 转发 | 点赞 | 收藏 | 打印
| 热门文章 | 熱門文章 | 最新消息 | 最新新闻 | 最新新聞 | 热门推荐 | 猜您喜欢 | 点击查看更多 | 展开全文
| 阅读全文 | 閱讀全文 | 下载客户端 | 下載客戶端 | 下载app | 下載app | 订阅我们 | 訂閱電子報 | 订阅新闻通讯
| la gente también pregunta | otras personas también preguntan | otros usuarios también preguntan
| preguntas relacionadas | preguntas frecuentes | dejar un comentario | dejar una respuesta | deja tu comentario
| escribe un comentario | cancelar la respuesta | deja una respuesta cancelar la respuesta
| deja un comentario cancelar la respuesta | comentar | síganos | síguenos en redes | síguenos en redes sociales
| comparte esta noticia | compartir en facebook | compartir esta noticia | comparte | lo más leído
| lo más visto | lo último | más leídas | más noticias | últimas noticias | ver más | ver comentarios
| iniciar sesión | suscríbete a nuestro boletín | boletín | continúa leyendo | les gens demandent aussi
| autres questions posées | questions similaires | questions fréquentes | laisser une réponse
| laissez un commentaire | ajouter un commentaire | laisser un commentaire annuler la réponse
| annuler la réponse | commenter | réagir | suivez nous sur google news | suivez nous sur les réseaux sociaux
| partager cet article | partager sur facebook | partagez | la suite après la publicité
| la suite après cette publicité | les plus lus | les plus partagés | le plus lu | dernières actualités
| à la une | voir plus | voir tous les commentaires | se connecter | connexion | s'inscrire | infolettre
| article suivant | andere fragten auch | nutzer fragen auch | ähnliche fragen | häufige fragen
| wird auch oft gefragt | hinterlasse einen kommentar | kommentar hinterlassen | kommentar verfassen
| antworten abbrechen | hinterlasse eine antwort | schreibe einen kommentar antwort abbrechen
| antwort abbrechen | kommentieren | folge uns | folgen | artikel teilen | auf facebook teilen | beitrag teilen
| meistgelesen | meistgelesene artikel | am meisten gelesen | neueste artikel | aktuelle nachrichten
| weiterlesen nach der anzeige | empfohlener redaktioneller inhalt | externer inhalt | anmelden | einloggen
| registrieren | newsletter abonnieren | jetzt zum newsletter anmelden | drucken | nach oben | mehr anzeigen
| mehr nachrichten | artikel merken | zum newsletter | يسأل الناس أيضا | أسئلة ذات صلة | أسئلة شائعة
| أضف تعليقا | أضف تعليقك | اترك تعليقا إلغاء الرد | إلغاء الرد | كتابة تعليق | تابعونا | تابعنا على
| شارك المقال | شارك الخبر | شارك على فيسبوك | طباعة | الأكثر قراءة | الأكثر مشاهدة | آخر الأخبار | أهم الأخبار
| المزيد من الأخبار | اشترك | اشترك في النشرة البريدية | النشرة البريدية | التسجيل | عرض المزيد
| оставьте ответ | мы в telegram | 人们还会问 | 人們還會問 | 其他人还问了 | 其他人還問了
| otras preguntas de los usuarios | schreiben sie einen kommentar | weitere fragen | andere suchten auch nach
| أسئلة أخرى | xでフォローする | facebookでフォローする | twitterでフォローする
"""
# Paragraphs that begin like this, and are no longer than a notice, speak to the reader about the site.
NOTICES = """
your email address will not be published | we use your sign-up to provide content
| we use your sign up to provide content | by signing up you agree | by signing up, you agree
| by signing up i agree | by subscribing you agree | by subscribing, you agree | by clicking sign up
| by entering your email | sign up for our | sign up to our | sign up here | sign up now | sign up to receive
| subscribe to our | get the latest news delivered | get our free | enter your email
| please enter a valid email | thank you for subscribing | thanks for signing up | this site uses cookies
| this website uses cookies | we use cookies | we and our partners use | we and our partners store
| we and our partners process | by continuing to use this site | by continuing to browse
| this content is provided by | to display this content | please enable javascript
| you need to enable javascript | follow us on | follow us in | follow our | join our whatsapp
| join our telegram | join us on facebook | join us on telegram | join us on whatsapp | like us on facebook
| find us on | download our app | download the app | click here to subscribe | click here to join
| all rights reserved | copyright © | © | this material may not be published | this site uses akismet
| this site is protected by recaptcha | have something to say | do you have a story | got a story
| ваш e-mail не будет опубликован | ваш адрес email не будет опубликован | подписывайтесь на | подпишитесь на
| мы используем cookie | мы используем файлы cookie | на сайте используются cookie | этот сайт использует cookie
| этот сайт использует файлы cookie | следите за нашими новостями | присоединяйтесь к нам
| обязательные поля помечены | читайте нас в | нажимая кнопку | 이메일 주소는 공개되지 | 저작권자 ⓒ | 저작권자ⓒ
| 저작권자 © | 저작권자© | 저작권자(c) | ⓒ | <저작권자 | 무단전재 | 무단 전재 | 네이버에서 구독
| 제보는 카카오톡 | メールアドレスが公開されることはありません | 当サイトではクッキー | 当サイトではcookie
| このサイトではcookie | このサイトではクッキー | このサイトはcookie | 公式アカウントをフォロー
| メールマガジン登録 | 無断転載 | 您的电子邮箱地址不会被公开 | 您的邮箱地址不会被公开
| 您的電子郵件地址不會被公開 | 發佈留言必須填寫 | 本网站使用cookie | 本網站使用cookie | 未经授权不得
| 未經授權不得 | 版权所有 | 關注我們 | 关注我们 | 欢迎关注 | 扫描二维码 | 掃描二維碼
| tu dirección de correo electrónico no será publicada | su dirección de correo electrónico no será publicada
| utilizamos cookies | este sitio utiliza cookies | este sitio usa cookies | síguenos en | suscríbete a
| suscríbase a | regístrate | únete a nuestro | todos los derechos reservados
| votre adresse e-mail ne sera pas publiée | votre adresse email ne sera pas publiée
| nous utilisons des cookies | ce site utilise des cookies | en vous inscrivant | abonnez-vous à
| inscrivez-vous à | suivez-nous sur | tous droits réservés | retrouvez-nous sur
| deine e-mail-adresse wird nicht veröffentlicht | ihre e-mail-adresse wird nicht veröffentlicht
| wir verwenden cookies | diese website verwendet cookies | diese webseite verwendet cookies
| mit der anmeldung zum newsletter | melden sie sich für | abonnieren sie | folgen sie uns auf
| alle rechte vorbehalten | jetzt newsletter | لن يتم نشر عنوان بريدك | لن يتم نشر بريدك
| نستخدم ملفات تعريف الارتباط | يستخدم هذا الموقع ملفات | تابعونا على | تابعنا على | جميع الحقوق محفوظة
| الحقول الإلزامية | get the latest news straight | get the latest news in your inbox
| get the latest news and updates | get the day's | get breaking news | get our daily | get our best
| get news delivered | get unlimited access | to continue reading | subscribe today | subscribe now
| already a subscriber | already have an account | sign up for free | sign up for the | sign up for his
| sign up for her | sign up to the | by clicking accept | by clicking “accept | by clicking "accept
| by clicking 'accept | by providing your email | by submitting your email | by signing up for
| don't miss our coverage | got a tip | have a tip | send us a tip | email us at | contact us at
| log in to comment | this site requires javascript | javascript is disabled | your browser does not support
| our website uses cookies | our site uses cookies | you can unsubscribe at any time | you may unsubscribe
| stay up to date with | ad feedback | listen to our podcast | comments are moderated | view our privacy policy
| read our privacy policy | сайт использует cookie | сайт использует файлы cookie | наш сайт использует
| продолжая использовать сайт | ваш электронный адрес не будет | ваш адрес электронной почты не будет
| нажимая на кнопку | подпишитесь на наш | подпишитесь на нас | следите за нами | следите за новостями
| читайте наши новости | будьте в курсе | хотите быть в курсе | оформите подписку | 뉴스레터를 구독
| 뉴스레터에 가입 | 뉴스레터를 신청 | 당사는 쿠키 | 이 사이트는 쿠키 | 이 웹사이트는 쿠키 | 본 사이트는 쿠키
| 우리는 쿠키 | 저희는 쿠키 | 쿠키를 사용 | 최신 뉴스를 이메일로 | 이메일로 받아보 | 페이스북에서 팔로우
| 트위터에서 팔로우 | 텔레그램에서 팔로우 | 카카오톡에서 | 네이버에서 본지 | copyright ⓒ | ニュースレターに登録
| ニュースレターにご登録 | ニュースレターを購読 | メルマガに登録 | メールアドレスを入力 | 当サイトはクッキー
| 当サイトはcookie | 当社はクッキー | 当社はcookie | 本サイトはクッキー | 本サイトはcookie | 本サイトではcookie
| 当ウェブサイトでは | いつでも配信停止 | 最新ニュースをメールで | 公式アカウントを | twitterをフォロー
| lineで友だち | この記事は有料 | この続きは | 订阅我们的 | 訂閱我們的 | 订阅电子报 | 訂閱電子報 | 订阅新闻通讯
| 注册订阅 | 我们使用cookie | 我们使用 cookie | 我們使用cookie | 我們使用 cookie | 本网站使用 cookie
| 本網站使用 cookie | 本站使用cookie | 本站使用 cookie | 此网站使用 | 继续使用本网站 | 您的电子邮件地址不会
| 您的邮箱不会 | 您的電子郵箱 | 扫码关注 | 在微信上关注 | 在脸书上关注 | 下载我们的 | 您可以随时取消订阅
| 责任编辑 | 責任編輯 | 编辑： | 编辑: | 編輯： | 本文版权 | 转载请注明 | usamos cookies
| este sitio web utiliza cookies | esta web utiliza cookies | esta página utiliza cookies | esta web usa cookies
| al continuar navegando | recibe las noticias | recibe en tu correo | recibe nuestro | reciba las noticias
| suscríbete para | suscríbete y | apúntate a | inscríbete | puedes darte de baja | su dirección de correo
| tu dirección de correo | síganos en | sigue nuestro canal | únete a | descarga nuestra | descárgate nuestra
| regístrese | al suscribirte | recevez l'essentiel | recevez nos | recevez chaque | recevez toute
| ce site web utilise des cookies | notre site utilise | en poursuivant votre navigation
| votre adresse de messagerie | votre adresse courriel | suivez-nous | suivez nous sur | rejoignez-nous
| rejoignez notre | téléchargez notre | téléchargez l'application | inscrivez-vous | abonnez-vous pour
| vous pouvez vous désabonner | découvrez notre newsletter | cet article est réservé | wir nutzen cookies
| wir setzen cookies | diese seite nutzt cookies | diese seite verwendet cookies | unsere website verwendet
| mit ihrer anmeldung | melden sie sich zu | melde dich für | abonniere unseren | abonnieren sie unseren
| erhalten sie täglich | folge uns auf | laden sie unsere | lade unsere | sie können sich jederzeit
| sie können den newsletter | an dieser stelle finden sie einen | ich bin damit einverstanden, dass mir
| zustimmen und weiterlesen | اشترك في نشرتنا | اشترك في النشرة | اشترك معنا | سجل في النشرة
| احصل على آخر الأخبار | نستخدم ملفات | يستخدم موقعنا | هذا الموقع يستخدم | باستمرارك في | تابعونا عبر
| تابعنا عبر | تابع صفحتنا | انضم إلى قناتنا | انضم إلينا | انضموا إلى | حمل تطبيقنا | حمل التطبيق | لن يتم نشر
| لن ينشر بريدك | يمكنك إلغاء الاشتراك | أدخل بريدك
| don't miss our | нажимая « | регистрируясь, вы | регистрируясь вы | подписываясь, вы | подписываясь вы
| 이메일은 공개되지 | 귀하의 이메일 주소는 공개되지 | 가입하면 이용약관 | 가입하시면 이용약관 | 가입 시 이용약관
| 회원가입 시 이용약관 | 구독하면 이용약관 | 登録することで利用規約 | 登録すると利用規約
| ご登録いただくことで利用規約 | メルマガを購読 | 注册即表示 | 註冊即表示 | 订阅即表示 | 訂閱即表示 | 電子郵件地址不會
| 发布电子邮件地址不会 | 發佈電子郵件地址不會 | 發佈留言必須填寫 | 请关注我们 | 請關注我們 | al registrarte
| al registrarse, acepta | al registrarse acepta | al suscribirse, acepta | al suscribirse acepta
| mit der anmeldung stimmen sie | mit der anmeldung akzeptieren sie | mit der registrierung stimmen sie
| بالتسجيل فإنك | بتسجيلك فإنك | باشتراكك
"""
# Marks before an attribution at the end of an article.
SOURCES = (
    "source|sources|via|источник|출처|出典|ソース|来源|來源|资料来源|資料來源|消息来源|消息來源|fuente|fuentes"
    "|quelle|quellen|المصدر"
)
# Invitations at the end of an excerpt to read the rest elsewhere; before a colon they lead to another article.
REST_ELSEWHERE = (
    r"\b(?:read (?:more|on|the full (?:story|article))|continue reading|lire (?:la suite|plus)|weiterlesen"
    r"|mehr lesen|leer más|seguir leyendo|leia mais|leggi tutto|lees (?:meer|verder))\b[^.!?:]{0,80}$"
    r"|(?:читать (?:далее|полностью|дальше)|더 ?보기|続きを読む|阅读全文|閱讀全文|اقرأ المزيد)[^.!?。:：]{0,80}$"
)
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
| sorry, we couldn't find that page | we couldn't find that page | we can't find that page
| we can't find the page you're looking for | 존재하지 않는 기사입니다 | 해당 기사를 찾을 수 없습니다
| お探しの記事は見つかりませんでした | 記事が見つかりません | 您访问的页面不存在或已被删除 | 文章不存在
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
# In brackets at the end of a headline in a list of stories; in scripts with capitals, any word in capitals is one.
TAGS = (
    "분석|영상|동영상|사진|포토|인터뷰|해설|단독|動画|写真|画像|映像|分析|解説|特集|インタビュー"
    "|视频|視頻|影片|组图|图集|圖輯|評論|评论|专访|專訪|تحليل|فيديو|صور|رأي|مقابلة|تقرير|خاص"
)
# "Follow the desk on Telegram": the places such lines point to.
PLACES = (
    "facebook|twitter|x|instagram|telegram|whatsapp|youtube|tiktok|linkedin|google news|threads|bluesky|viber|vk"
    "|flipboard"
)
