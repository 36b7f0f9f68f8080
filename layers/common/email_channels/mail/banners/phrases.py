"""The words of banners, in all languages that we know. To add a banner, add its words to the tables below.

Entries are regular expressions without groups, for caseless text. Every repetition needs a limit.
"""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression

_ALERTS: Final = (
    # English
    *("caution", "warning", "attention", "alert", "notice", "be careful", "beware", "important", "security notice"),
    # German
    *("achtung", "vorsicht", "warnung", "warnhinweis", "hinweis", "sicherheitshinweis", "wichtig"),
    # French
    *("attention", "avertissement", "prudence", "mise en garde", "précaution", "alerte", "avis"),
    # Spanish, Portuguese
    *("precaución", "precaucion", "advertencia", "atención", "atencion", "atencao", "cuidado", "alerta", "aviso",
      "atenção", "advertência"),
    # Italian
    *("attenzione", "avviso", "avvertenza", "avvertimento", "cautela"),
    # Dutch
    *("let op", "waarschuwing", "pas op", "opgelet", "voorzichtig"),
    # Polish
    *("uwaga", "ostrzeżenie", "ostrożnie", "ostrożność"),
    # Swedish, Danish, Norwegian
    *("varning", "obs", "observera", "advarsel", "pas på", "bemærk", "forsiktig", "merk", "nb"),
    # Finnish
    *("varoitus", "huomio", "huom"),
    # Czech, Slovak
    *("pozor", "upozornění", "varování", "upozornenie", "varovanie"),
    # Hungarian
    *("figyelem", "figyelmeztetés", "vigyázat"),
    # Romanian
    *("atenție", "atenţie", "avertisment", "avertizare"),
    # Croatian, Serbian, Slovenian
    *("pažnja", "upozorenje", "oprez", "opozorilo", "pozor", "пажња", "упозорење"),
    # Baltic languages
    *("hoiatus", "tähelepanu", "uzmanību", "brīdinājums", "dėmesio", "įspėjimas"),
    # Turkish
    *("dikkat", "uyarı"),
    # Russian, Ukrainian, Bulgarian
    *("внимание", "осторожно", "предупреждение", "увага", "обережно", "попередження"),
    # Greek
    *("προσοχή", "προσοχη", "προειδοποίηση", "προειδοποιηση"),
    # Chinese, Japanese, Korean
    *("注意", "警告", "提醒", "提示", "ご注意", "주의", "경고"),
    # Hebrew, Arabic
    *("זהירות", "אזהרה", "שים לב", "שימו לב", "تنبيه", "تحذير", "انتباه"),
)  # fmt: skip

_MESSAGE: Final = (
    *(r"e-?mails?\b", r"messages?\b", r"mails?\b", r"senders?\b", "nachricht", "absender", "courriel", "courrier"),
    *("expéditeur", "correo", "mensaje", "remitente", "messaggio", "mittente", "bericht", "afzender", "wiadomość"),
    *("wiadomości", "nadawc", "mensagem", "meddelande", "mejl", "avsändare", "besked", "afsender", "melding",
      "avsender"),
    *("e-post", "viesti", "sähköposti", "lähettäj", "zpráv", "odesílatel", "správ", "odosielateľ", "üzenet",
      "feladó"),
    *("levél", "mesaj", "expeditor", "e-posta", "ileti", "gönderen", "письм", "сообщени", "отправител", "лист"),
    *("відправник", "повідомлення", "имейл", "съобщение", "подател", "μήνυμα", "αποστολέα", "poruk", "pošiljatelj"),
    *("sporočil", "kiri", "saatja", "ziņ", "sūtītāj", "laišk", "siuntėj", "пошиљал", "порук"),
    *("邮件", "郵件", "寄件", "发件", "メール", "送信", "메일", "발신",
      "보낸", "הודע", "דוא", "שולח", "رسالة", "بريد", "مرسل"),
)  # fmt: skip

_OUTSIDE: Final = (
    *(r"outside\b", r"external\b", r"externally\b", r"\bext\b", "untrusted", "außerhalb", "ausserhalb",
      r"extern(?:e[rmns]?|í|ý|ého|ím|al)?\b"),
    *("von außen", "von extern", "extérieur", r"extern[oa]s?\b", "fuera de", r"estern[oaie]\b", "dall'esterno",
      "al di fuori"),
    *("buiten", "zewnętrzn", "spoza", "z zewnątrz", "fora d[aoe]", "utanför", "utifrån", r"externt\b", "uden for"),
    *("udefra", "udenfor", r"ekstern\w{0,2}\b", "utenfor", "utenifra", "ulkopuol", "ulkoi", "ulkopuo", "mimo",
      "zvenku"),
    *("vnější", "zvonka", "mimo", "külső", "kívülr", "kívül", "în afara", "din afara", "exteriorul", "dışından",
      "dışarıdan"),
    *("harici", "dışı", "внешн", "извне", "за пределами", "зовнішн", "ззовні", "поза межами", "външ", "извън"),
    *("εξωτερικ", "εκτόσ", "vanjsk", "izvan", "vanj", "zunanj", "спољн", "väljast", "väli", "ārēj", "ārpus", "išorin",
      "už .{0,20} ribų"),
    *("外部", "社外", "组织外", "組織外", "外来", "公司外", "외부", "חיצוני", "מחוץ", "خارج"),
)  # fmt: skip

# What this sentence says of itself: "This message came from outside". Other sentences that mention an external sender
# may be words of a person.
_ORIGINS: Final = (
    (r"(?:this|the) (?:e-?mail|message|mail|sender)\b.{0,80}\b(?:from|originat\w{1,5}|sent|by|is)\b.{0,60}"
     r"(?:outside\b|external (?:e-?mail|sender|source|party|domain|organi[sz]ation|address|network|account|system)"
     r"|untrusted sender)"),
    r"this (?:message|e-?mail) (?:is )?from an? (?:external|untrusted|unknown) (?:sender|source)",
    r"(?:originat\w{1,5}|received|sent|came) (?:from )?outside (?:of )?(?:the|your|our|this|\w{2,20}['’]?s?) ",
    r"(?:e-?mail|message|sender) is external\b",
    r"(?:this|the) (?:e-?mail|message|mail) .{0,60}external to (?:the|our|your|this)",
    (r"(?:sender|from address) .{0,60}(?:could not be|cannot be|has not been|was not|is not) (?:validated|verified"
     r"|authenticated)"),
    r"you (?:have )?(?:never|not) (?:previously )?(?:e-?mailed|corresponded|received)",
    (r"this (?:e-?mail|message) .{0,60}(?:may be|might be|could be|looks|potential\w{0,2}) .{0,20}(?:suspicious"
     r"|phish|spam|malicious|fraud|threat|impersonat)"),
    r"(?:security system|spam filter) has determined the message below",
    (r"this (?:e-?mail|message|mail) (?:has been|was) (?:automatically )?(?:scanned|checked for viruses"
     r"|sent securely|delivered securely)"),
    r"dies(?:e|es) (?:e-?mail|mail|nachricht|schreiben)\b.{0,90}(?:extern|außerhalb|ausserhalb|von außen)",
    r"(?:absender|e-?mail|nachricht) (?:ist|kommt|stammt|befindet sich) .{0,40}(?:extern|außerhalb|ausserhalb)",
    r"(?:ce|cet|cette) (?:e-?mail|courriel|message|mail|courrier)\b.{0,90}(?:extern|extérieur)",
    r"(?:este|esta|el|este) (?:e-?mail|correo|mensaje|mensagem|email)\b.{0,90}(?:extern|fuera de|fora d)",
    r"(?:quest[oa]|la presente|il presente) ?(?:e-?mail|messaggio|mail|email|posta)\b.{0,90}(?:estern|al di fuori)",
    r"(?:deze|dit) (?:e-?mail|mail|bericht|boodschap)\b.{0,90}(?:extern|buiten)",
    r"(?:ta|ten|to|niniejsz\w{1,3}) (?:wiadomość|e-?mail|mail)\b.{0,90}(?:zewnętrzn|spoza|z zewnątrz)",
    (r"(?:detta|det här|denna|den här) (?:e-?post\w{0,12}|mejl\w{0,3}|meddelande\w{0,2}|mail\w{0,2}"
     r")\b.{0,90}(?:extern|utanför|utifrån)"),
    (r"(?:denne|dette) (?:e-?mail|mail|besked|meddelelse|e-?post\w{0,3}|melding\w{0,3}|meldingen)\b.{0,90}"
     r"(?:ekstern|uden ?for|udefra|utenfor|utenifra)"),
    r"(?:tämä|tää) (?:viesti|sähköposti\w{0,8}|sähköpostiviesti)\b.{0,90}(?:ulko)",
    r"(?:tento|tato|táto|toto) (?:e-?mail|zpráva|správa)\b.{0,90}(?:extern|mimo|zvenku|zvonka|vnější)",
    r"(?:ez az|ez a|az|a) (?:e-?mail|üzenet|levél)\b.{0,90}(?:külső|kívül)",
    r"(?:acest|acesta este un) (?:e-?mail|mesaj)\b.{0,90}(?:extern|afara|exteriorul)",
    r"(?:bu) (?:e-?posta|ileti|mesaj|mail)\w{0,4}\b.{0,90}(?:dış|harici)",
    r"(?:это|данное|этот) (?:письмо|сообщение|e-?mail)\b.{0,90}(?:внешн|извне|за пределами)",
    r"(?:це|цей|цього) (?:лист|повідомлення|e-?mail)\w{0,2}\b.{0,90}(?:зовнішн|ззовні|поза)",
    r"(?:това|този) (?:съобщение|имейл|писмо)\b.{0,90}(?:външ|извън)",
    r"(?:αυτό|το παρόν) (?:το )?(?:μήνυμα|e-?mail|email)\b.{0,90}(?:εξωτερικ|εκτόσ)",
    r"(?:ova|ovaj|ovo|ta) (?:poruka|e-?mail|e-pošta|sporočilo)\b.{0,90}(?:vanjsk|izvan|spolja|zunanj)",
    r"(?:此|本|该|這封|这封)(?:电子)?(?:邮件|郵件|電子郵件|信件).{0,40}(?:外部|组织外|組織外|公司外|外来)",
    r"(?:この|本)(?:メール|メッセージ|電子メール).{0,40}(?:外部|社外|組織外)",
    r"(?:이|본) ?(?:메일|이메일|메시지).{0,40}외부",
    r"(?:הודעה זו|דוא\"ל זה|מייל זה).{0,60}(?:חיצוני|מחוץ)",
    r"(?:هذه الرسالة|هذا البريد).{0,60}خارج",
)  # fmt: skip

# Microsoft 365 writes these about a sender who never wrote before.
_FIRST_CONTACT: Final = (
    *(r"do(?:n['’]t|nt| not) (?:usually |often )?(?:get|receive) e-?mails? from", "learnaboutsenderidentification"),
    *(r"erhalten nicht (?:oft|häufig) ", r"bekommen nicht (?:oft|häufig) ", "ne recevez pas souvent",
      "n['’]obtenez pas souvent", "ne reçoivent pas souvent"),
    *("no suele(?:n)? recibir", "no reciben? (?:a menudo|con frecuencia|frecuentemente)",
      r"non (?:si )?ricev\w{1,6} spesso"),
    *("ontvangt niet vaak", "krijgt niet vaak", "nie otrzymujesz często", "nieczęsto otrzymujesz",
      "rzadko otrzymujesz"),
    *("não costuma(?:m)? receber", "não recebe(?:m)? (?:com frequência|frequentemente|muitas vezes)", "får inte ofta",
      "får ikke ofte"),
    *("modtager ikke ofte", "mottar ikke ofte", "et saa usein", "et usein saa", "nedostáváte často",
      "často nedostáváte", "nedostávate často"),
    *("nem kap gyakran", "nem gyakran kap", "nu primiți des", "nu primiți adesea", "almıyorsunuz",
      "не ?часто получаете", "не ?часто отримуєте"),
    *("δεν λαμβάνετε συχνά", "不经常收到", "不常收到", "通常不会收到", "不常從", "あまり受け取",
      "メールを受け取ることはあまり", "자주 받지 않"),
)  # fmt: skip

# What a reader should do, with the sender, or links and attachments, in it: few people write so.
_ADVICE: Final = (
    r"unless you (?:recogni[sz]e|know|trust|are expecting|were expecting|have verified|are (?:sure|certain|confident))",
    r"(?:links?|urls?) (?:or|and|&|,) ?(?:opening |open )?(?:any )?attachments?",
    r"attachments? (?:or|and|&) (?:click\w{0,3} (?:on )?)?(?:any )?(?:links?|urls?)",
    r"click\w{0,3} (?:on )?(?:any )?(?:links?|urls?).{0,20} open\w{0,3} (?:any )?attachments?",
    r"open\w{0,3} (?:any )?attachments?.{0,20} click",
    "(?:the )?content is safe", r"(?:exercise|use|take|with) (?:extreme |extra |additional )?(?:caution|care)\b",
    "be (?:cautious|vigilant|careful) (?:when|with|before)",
    "think before you click", r"report (?:suspicious|phishing|this message|this e-?mail|as)", "phishalarm",
    "recogni[sz]e the sender", "(?:verify|check|confirm) the (?:sender|source)",
    (r"if (?:in doubt|you are (?:unsure|in doubt|suspicious)|you have (?:any )?(?:doubt|concern)\w{0,2}|unsure"
     r"|it (?:looks|seems) suspicious).{0,90}(?:help ?desk|service ?desk|it |security|report|delete|contact)"),
    "learn why this is important", "why (?:is )?this (?:is )?important",
    "never (?:share|give|enter|disclose) (?:your )?(?:password|credential)",
    r"(?:klicken sie|öffnen sie) (?:nicht|keine|nur|bitte|links|anhänge)", r"klicken sie .{0,30}nicht",
    r"links? (?:oder|und|noch|bzw\.) .{0,20}anh[aä]ng", r"anh[aä]ng\w{0,2} (?:oder|und|bzw\.) .{0,20}links?",
    r"keine (?:links|anhänge|dateianhänge)",
    r"absender .{0,30}(?:kennen|erkennen|vertrauen|bekannt|vertrauenswürdig)", r"inhalt .{0,30}sicher",
    "warum dies wichtig ist", "besondere vorsicht", r"vorsichtig .{0,40}(?:links|anhäng)",
    "seien sie (?:bitte )?(?:vorsichtig|wachsam)",
    r"ne cliquez (?:pas|sur aucun)", r"n['’]ouvrez (?:pas|aucun)", r"ne pas (?:cliquer|ouvrir)",
    r"liens? (?:ou|et|ni) .{0,30}pièces? jointes?", r"pièces? jointes? (?:ou|et|ni) .{0,30}liens?",
    r"(?:reconnaiss\w{2,4}|connaiss\w{2,4}) .{0,10}expéditeur", r"contenu est (?:sûr|sécuri|fiable|sans danger)",
    r"soyez (?:prudent|vigilant)", "pourquoi (?:ceci|cela|c['’]est|cette)", "redoublez de",
    r"no (?:haga|hagas|hacer) cli[ck]", r"no (?:abra|abras|abrir) ", r"enlaces? (?:o|y|ni) .{0,20}adjuntos?",
    r"adjuntos? (?:o|y|ni) .{0,20}enlaces?", r"(?:reconozca|conozca) (?:al|el) remitente",
    r"contenido (?:es|sea) segur", r"por qué (?:esto )?(?:es|resulta) importante",
    r"non (?:cliccare|fare cli[ck]|aprire|fate cli[ck])", r"(?:link|collegamenti) (?:o|e|né) .{0,20}allegati",
    r"allegati (?:o|e|né) .{0,20}(?:link|collegamenti)", r"riconosc\w{2,5} il mittente",
    r"contenuto (?:è|sia) sicuro", r"perché (?:è|questo è) importante", "prestare attenzione",
    r"klik (?:niet|nooit)", r"open geen", r"(?:links?|koppelingen) (?:of|en) .{0,20}bijlagen?",
    r"bijlagen? (?:of|en) .{0,20}(?:links?|koppelingen)", r"afzender (?:her)?kent",
    r"afzender .{0,20}(?:vertrouwt|betrouwbaar)", r"inhoud (?:veilig is|is veilig)", "waarom dit belangrijk is",
    "wees (?:voorzichtig|alert)",
    r"nie klikaj", r"nie otwieraj", r"(?:linki|linków|łącza) (?:i|lub|ani|oraz) .{0,20}załącznik",
    r"załącznik\w{0,3} (?:i|lub|ani|oraz) .{0,20}(?:link|łącz)", r"(?:znasz|rozpoznajesz|znają państwo) nadawc",
    r"(?:zachowaj|zachować) (?:szczególną )?ostrożność", "dlaczego (?:jest )?to (?:jest )?ważne",
    r"treść jest bezpieczna",
    r"não (?:clique|abra|clicar|abrir)", r"(?:links?|ligações) (?:ou|e|nem) .{0,20}anexos?",
    r"anexos? (?:ou|e|nem) .{0,20}(?:links?|ligações)", r"reconheça o remetente", r"conteúdo (?:é|seja) seguro",
    r"por ?qu[eê] (?:motivo )?isso é importante", r"por que motivo isto é importante",
    r"klicka inte", r"öppna (?:inte|inga|ej)", r"länkar (?:eller|och) .{0,20}bilagor",
    r"bilagor (?:eller|och) .{0,20}länkar", r"känner igen avsändaren", r"innehållet är säkert",
    "varför det här är viktigt", "varför det är viktigt", "var (?:försiktig|vaksam)",
    r"(?:klik|klikk|åbn|åpne) (?:ikke|ikkje)", r"ikke (?:klikk|klik|åpne|åbn)",
    r"(?:links?|lenker) (?:eller|og) .{0,30}(?:vedhæft|vedlegg|filer)",
    r"(?:vedlegg|vedhæftede filer) (?:eller|og) .{0,20}(?:links?|lenker)",
    r"(?:kender|genkender|kjenner|gjenkjenner) (?:af|av)senderen", r"ind?n?holdet er (?:sikkert|trygt)",
    "hvorfor dette er vi[gk]tigt?", "vær (?:forsigtig|forsiktig|opmærksom)",
    r"älä (?:klikkaa|avaa|napsauta)", r"linkk\w{1,6} (?:tai|ja) .{0,20}liitte",
    r"liitte\w{1,6} (?:tai|ja|äläkä) .{0,20}linkk", r"tunnista? lähettäjä", r"miksi tämä on tärkeää",
    "ole varovainen", "noudata varovaisuutta",
    r"neklikejte", r"neotv[íe]re[jv]te", r"neotevírejte", r"neklikajte", r"neotvárajte",
    r"odkazy (?:ani|nebo|a|alebo) .{0,20}př?[íi]loh", r"zná?te odes[íi]latele", "proč je to důležité",
    "prečo je to dôležité", "buďte (?:opatrní|obezřetní|ostražití)",
    r"ne kattintson", r"ne nyiss[ao]n? meg",
    r"(?:hivatkozás|link)\w{0,6} (?:és|vagy|illetve) .{0,20}(?:mellékle|csatolmány)", r"miért fontos ez",
    r"legyen óvatos", r"ismeri a feladót",
    r"nu (?:accesați|faceți cli[ck]|deschideți|dați cli[ck]|apăsați)",
    r"linkuri(?:le)? (?:sau|și) .{0,20}(?:atașamente|fișiere)", r"recunoașteți expeditorul", r"de ce este important",
    r"tıklamayın", r"açmayın", r"dikkatli olun", r"neden önemli", r"göndereni tanı",
    r"не (?:переходите|открывайте|нажимайте|кликайте)", r"(?:ссылк\w{1,3}) (?:и|или) .{0,20}вложени",
    r"вложени\w{1,2} (?:и|или) .{0,20}ссылк", r"почему это важно", r"будьте (?:осторожны|внимательны|бдительны)",
    r"(?:знаете|уверены в) отправител",
    r"не (?:переходьте|відкривайте|натискайте|клікайте)", r"будьте (?:обережні|уважні)", r"чому це важливо",
    r"не (?:кликвайте|отваряйте|щракайте)", r"защо това е важно",
    r"μην (?:κάνετε κλικ|ανοίγετε|ανοίξετε|πατάτε)", r"γιατί είναι σημαντικό",
    r"na poveznice|ne otvarajte|ne klikajte|ne odpirajte|ne klikajte",
    *("请勿(?:点击|打开|点选)", "請勿(?:點擊|點選|開啟|打開|點按)", "不要(?:点击|打开|點擊|開啟)",
      "(?:链接|連結|连结)(?:或|和|及|与|與)附件",
      "附件(?:或|和|及|与|與)(?:链接|連結)", "谨慎", "謹慎", "为什么这很重要", "這很重要", "请注意(?:防范|安全)"),
    *("クリックしない", "開かないで", "(?:リンク|url)や(?:添付|ファイル)", "添付ファイルや(?:リンク|url)", "不審な",
      "ご注意ください", "注意してください", "重要である理由"),
    *("클릭하지", "열지 마", "(?:링크|첨부 ?파일)(?:나|와|를|을|및) ?.{0,10}(?:첨부|링크)", "주의하", "중요한 이유"),
    *("אל תלחצ", "אל תפתח", "אין ללחוץ", "אין לפתוח", "لا تنقر", "لا تفتح", "لا تقم ب(?:النقر|فتح)",
      "الروابط (?:أو|و) ?المرفقات"),
)  # fmt: skip

# What a banner orders. People order this, too, so it proves nothing alone.
_ORDERS: Final = (
    r"(?:please )?do(?:n['’]t| not) (?:click|open|reply|respond|download|enable|follow)",
    r"(?:if .{0,80})?(?:report|forward|contact|notify|inform|ask) .{0,60}(?:help ?desk|service ?desk|\bit\b|security)",
    r"(?:wenden|melden|kontaktieren|informieren) sie .{0,60}(?:\bit\b|help ?desk|service ?desk|sicherheit)",
    r"(?:contactez|signalez|prévenez) .{0,60}(?:informatique|sécurité|support|help ?desk)",
    r"(?:póngase en contacto|avise|informe|contacte) .{0,60}(?:informátic|seguridad|soporte|help ?desk)",
    r"(?:neem contact op|meld) .{0,60}(?:\bict\b|\bit\b|help ?desk|servicedesk)",
)

# What a banner goes on to say
_THREATS: Final = (
    *("phish", "spam", "malicious", "malware", "suspicious", "fraud", "scam", "spoof", "impersonat", "verdächtig"),
    *("betrüg", "schädlich", "schadsoftware", "hameçonnage", "malveillant", "suspect", "sospechos", "malicios"),
    *("sospett", "dannos", "verdacht", "kwaadaardig", "podejrzan", "złośliw", "suspeit", "misstänk", "skadlig"),
    *("mistænkelig", "mistenkelig", "skadelig", "haitalli", "podezřel", "škodliv", "gyanús", "фишинг", "мошенни"),
)  # fmt: skip

# Labels of the sensitivity of a text, which programs of document protection write on top
_LABELS: Final = (
    *("classification", "sensitivity", "klassifi[zk]ierung", "vertraulichkeit(?:sstufe)?", "classificatie"),
    *("classificazione", "clasificación", "classificação", "klassifisering", "klassificering", "klassning"),
    *("klasyfikacja", "klasifikace", "luokitus", "confidentialité"),
)  # fmt: skip

_SMALL_WORDS: Final = (
    *("from", "an", "a", "this", "is", "the", "of", "outside", "source", "origin", "organization", "organisation",
      "company"),
    *("use", "with", "care", "caution", "von", "außen", "externer", "externe", "de", "un", "une", "l'extérieur", "di",
      "da", "van", "een"),
    *("od", "från", "fra", "en", "et", "dit", "deze", "est", "ce", "este", "questo"),
)  # fmt: skip


def _any(words: tuple[str, ...]) -> str:
    """One of the words, with what `caseless` makes of their letters: itself, it would turn `\\W` into `\\w`."""
    return "|".join(words).replace("ß", "ss").replace("ı", "i").replace("ς", "σ")


def _at_word(words: tuple[str, ...]) -> str:
    """An expression for words that begin a word, or stand anywhere in scripts without spaces."""
    unspaced = tuple(word for word in words if _is_unspaced(word))
    spaced = tuple(word for word in words if not _is_unspaced(word))
    return rf"(?:(?<![^\W\d_])(?:{_any(spaced)})" + (rf"|{_any(unspaced)})" if unspaced else ")")


def _is_unspaced(word: str) -> bool:
    """Whether a word has a character of Chinese, Japanese or Korean. It may begin amid others.

    The tables have hundreds of words in other scripts, whose characters come before these.
    """
    return max(word) >= "\u2e80" and any("\u2e80" <= one <= "\u9fff" or "\uac00" <= one <= "\ud7af" for one in word)


_WORD_END: Final = r"(?:(?![^\W\d_])|(?<=[\u2e80-\u9fff\uac00-\ud7af]))"

ALERT: Final = expression(rf"(?:{_any(_ALERTS)}){_WORD_END}")
ALERTS: Final = expression(rf"{_at_word(_ALERTS)}{_WORD_END}")
TAG_AND_TEXT: Final = expression(
    rf"(?:{_any(_OUTSIDE)})(?:\s(?:{_any(_MESSAGE)})\w{{0,12}})?\s?[\])*]{{0,3}}\s?[:!–—-]"
    rf"|(?:{_any(_MESSAGE)})\s(?:{_any(_OUTSIDE)})\w{{0,4}}\s?[:!–—-]"
)
OUTSIDE_WORD: Final = expression(rf"{_at_word(_OUTSIDE)}\w{{0,6}}")
MESSAGE_WORD: Final = expression(rf"{_at_word(_MESSAGE)}\w{{0,6}}")
MESSAGE: Final = expression(_at_word(_MESSAGE))
OUTSIDE: Final = expression(_at_word(_OUTSIDE))
ORIGIN: Final = expression(_at_word(_ORIGINS))
FIRST_CONTACT: Final = expression(_any(_FIRST_CONTACT))
ADVICE: Final = expression(_at_word(_ADVICE))
THREAT: Final = expression(_at_word(_THREATS))
ORDER: Final = expression(_at_word(_ORDERS))
LABEL: Final = expression(
    rf"(?:(?:data|document|information|email) )?(?:{_any(_LABELS)})\s?[:=-]\s?[^\W\d_][\w /&-]{{2,40}}\Z"
)
SMALL_WORD: Final = expression(rf"{_at_word(_SMALL_WORDS)}(?![^\W\d_])")
