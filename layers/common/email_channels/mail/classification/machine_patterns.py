"""What machines' mail looks like: patterns of senders, sentences, subjects and headers. Data for `classification`.

A sentence may be put in any language; it is searched in the first 8,000 characters of the text, without regard to case.
"""

from __future__ import annotations

import re
from typing import Final

REPLY_PREFIX: Final = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?"
    r"(?:(?:re|aw|sv|vs|antw|antwort|rif|r|réf|ref|odp|ynt|atb|vast|ang|risposta|réponse|respuesta"
    r"|回复|答复|回覆|答覆|返信|回信|답장|회신)\s?(?:\[\d+\])?\s?[:：]\s*)+",
    re.IGNORECASE,
)
# What may follow the phrase of an automatic answer in a subject: the end, the original's subject, or until when.
PHRASE_ENDS: Final = re.compile(
    r"\s*(?:$|[:：】\[\])(|.!~–—-]|(?:re|aw|fwd?|sv|wg)\s?:"
    r"|(?:auto ?-?(?:reply|response)|notification|notice|reply|response)\s*(?:$|[:：-])"
    r"|message\s*$"
    r"|(?:until|till|til|from|returning|through|thru|starting|bis|ab|vom|jusqu|hasta|desde"
    r"|fino|dal|até|t/m|tot|с|по|до)\b|\d)",
)
# What stands before a phrase in the middle of a subject: a tag, the original's subject, or "somebody is".
PHRASE_BEGINS: Final = re.compile(
    r"(?:^|[\])(|:：–—【\[-]\s*|\b(?:is|am|i'm|currently|ist|bin|est|suis|è|sono|está|estoy|is|are|är|er)\s+)$"
)
# The words of machines that answer, above what they answer.
AUTOMATIC_TEXT: Final = re.compile(
    r"this is an (?:automat(?:ic|ed)|auto[- ]?generated) (?:reply|response|answer|message|acknowledg)"
    r"|(?:automat(?:ic|ed)|auto) ?-?(?:reply|response) to your (?:e-?mail|message)"
    r"|this (?:message|e-?mail) (?:was|has been|is) (?:automatically (?:generated|sent)|generated automatically"
    r"|sent automatically)"
    r"|only notification you will receive while"
    r"|(?:dies|hierbei handelt es sich|es handelt sich) (?:ist "
    r"|um )?(?:hierbei )?(?:um )?ein(?:e)? (?:automatisch|automatisiert)"
    r"|diese (?:e-?mail|nachricht|antwort) wurde automatisch"
    r"|ceci est (?:un message|une réponse) automatique|este es un mensaje automático|esta es una respuesta automática"
    r"|questo è un messaggio automatico|dit is een automatisch|esta é uma (?:mensagem|resposta) automática"
    r"|это автоматическ"
    # People ask how such an answer is set; what is one says "this".
    r"|自動(?:返信|応答|送信)(?:メール)?(?:です|により|にて|され|でお|しています|となり)"
    r"|(?:这|這|此|本|系统|系統)[^\n]{0,12}自[动動](?:回复|答复|回覆|答覆|发送|發送)"
    r"|자동 ?(?:회신|응답|발송)[^\n]{0,6}(?:입니다|되었|됩니다|된 )",
    re.IGNORECASE,
)
# The words of those that say that they answer, and not only that a program wrote them.
AUTOMATIC_ANSWER: Final = re.compile(
    r"\b(?:automat(?:ic|ed)|auto|computer[- ]generated) ?-?(?:reply|response|answer|acknowledge?ment)\b"
    r"|automatisch(?:e[sr]?|erstellte)? (?:antwort|rückantwort|beantwoording)|réponse automatique"
    r"|respuesta automática|risposta automatica|resposta automática|автоматический ответ|automatische reactie"
    r"|自動(?:返信|応答)|自动(?:回复|答复)|자동 ?(?:회신|응답)",
    re.IGNORECASE,
)
# The words of those that say that a request has come in.
ACKNOWLEDGEMENT_TEXT: Final = re.compile(
    r"your (?:request|message|e-?mail|ticket|enquiry|inquiry|case|mail)\b.{0,120}?(?:has been|was|is being|have been) "
    r"(?:successfully )?(?:received|created|logged|registered|opened|held|reviewed by our)"
    r"|(?:we|i)(?: have|'ve)? (?:got|received) your (?:request|message|e-?mail|ticket|enquiry|inquiry)"
    r"|(?:confirm|acknowledge)(?:ing)? (?:that )?(?:we|receipt)|thank you for (?:contacting|your (?:request"
    r"|message|e-?mail|enquiry|inquiry))"
    r"|is being held until the list moderator"
    r"|(?:ihre|deine) (?:anfrage|nachricht|e-?mail|meldung)\b.{0,80}?(?:erhalten|eingegangen|entgegengenommen)"
    r"|(?:vielen )?dank für ihre (?:anfrage|nachricht|e-?mail)"
    r"|(?:nous avons bien reçu|nous accusons réception)|hemos recibido (?:su|tu) (?:solicitud|mensaje|correo)"
    r"|abbiamo ricevuto la (?:tua|sua|vostra) richiesta|we hebben (?:uw|je) (?:verzoek|bericht|e-?mail) ontvangen"
    r"|recebemos (?:a )?su?a (?:solicitação|mensagem)"
    r"|ваш(?:е|а) (?:обращение|заявка|письмо|сообщение).{0,60}?(?:получен|зарегистрирован|принят)",
    re.IGNORECASE | re.DOTALL,
)
# The words of those that hold a mail back until its sender proves to be somebody.
CHALLENGE_TEXT: Final = re.compile(
    r"(?:release|deliver|unblock) (?:your|this|the) (?:message|e-?mail|mail) (?:for delivery"
    r"|.{0,60}?please (?:click|reply|send|visit))"
    r"|(?:message|e-?mail|mail)\b.{0,80}?(?:is|has been) (?:being )?(?:held|waiting|quarantined)\b.{0,80}?"
    r"(?:because|until|in (?:a|the|my|their) |for (?:you|approval|moderation|confirmation|verification))"
    r"|(?:confirm|verify) (?:that you are|you are|yourself as)\b|(?:complete|pass) (?:the|this|a) .{0,40}?verification"
    r"|protect(?:ing)? (?:myself|themselves) from (?:receiving )?(?:junk|spam)|senders (?:i|they) have approved"
    r"|challenge[- ]response|one-time (?:confirmation|verification|approval) (?:request|process|step)?",
    re.IGNORECASE | re.DOTALL,
)
READ_TEXT: Final = re.compile(
    r"(?:was|has been) (?:(?:read|opened|displayed|deleted without being read)\b|(?:received|seen) by:)"
    r"|wurde .{0,60}?(?:gelesen|geöffnet"
    r"|gelöscht)"
    r"|a été (?:lu|supprimé|ouvert)|(?:se leyó|fue leído|ha sido leído|se eliminó)|è stato (?:letto|eliminato)"
    r"|foi (?:lida|lido|excluída)"
    r"|is (?:op .{0,60}?)?gelezen|(?:blev|ble) læst|lästes|on luettu|zostało? (?:przeczytan|odczytan)"
    r"|byla přečtena|прочитано|прочтено"
    r"|okundu|(?:已|被)(?:阅|閱)?[读讀]|開封されました|읽었습니다",
    re.IGNORECASE,
)
FEEDBACK_TEXT: Final = re.compile(
    r"\b(?:abuse|complaint|feedback|authentication failure) report\b.{0,60}?\bfor\b", re.IGNORECASE
)
OFFICE_MATTERS: Final = re.compile(
    r"(?:office|vacation|leave|holiday|absence) (?:suppl|equipment|hours|polic|request|space|work|time|coverage"
    r"|calendar"
    r"|form|days?\b|chairs|balance|approv|application|entitlement|allowance|plan|schedule|settings?|booking|pay\b"
    r"|carry)"
)
GATEWAY_TAG: Final = re.compile(r"^\s*\[(?:external|extern|ext|spam\??|caution|sec=[^\]]{1,30})\]\s*", re.IGNORECASE)
FORWARD_PREFIX: Final = re.compile(r"^\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vb|vs|pd|转发|轉寄|転送)\s?[:：]", re.IGNORECASE)
DAEMON_ADDRESS: Final = re.compile(
    r"^(?:mailer[-_.]?daemon|mail[-_.]?daemon|mailerdaemon|post[-_.]?master|mdaemon|mmdf|pmdf|maildeliverysystem|mail[-_.]?delivery"
    r"|mailsystem|mail[-_.]?server|mail[-_.]?gateway|mta|mail[-_.]?system|microsoftexchange[0-9a-f]{10,40}|bounces?|bounce[-_+].*|[a-z0-9._-]{1,60}-bounces?|mmsprocess|root-?mailer"
    r"|smtp|exchange[-_]?system|system[-_.]?administrator)$",
    re.IGNORECASE,
)
NO_REPLY: Final = re.compile(r"^(?:no|do-?not|dont|donot)[-_.]?reply$", re.IGNORECASE)
# Nobody's mailbox, whatever language its mail is in.
MAILER_DAEMON: Final = re.compile(r"^(?:mailer[-_.]?daemon|microsoftexchange[0-9a-f]{10,40})$", re.IGNORECASE)
ATTACHED_BOUNCE: Final = re.compile(
    rb"^(?:from:.{0,200}(?:mailer[-_.]?daemon|postmaster@|microsoftexchange[0-9a-f]{10})"
    rb"|content-type:[ \t]{0,5}multipart/report)",
    re.IGNORECASE | re.MULTILINE,
)
DAEMON_NAME: Final = re.compile(
    r"mail(?:er)?[ -]?(?:delivery )?(?:daemon|subsystem)|mail deliver(?:y|er)? (?:sub)?system|postmaster"
    r"|microsoft exchange|internet mail (?:delivery|gateway)|delivery subsystem|mail transport|mail router|memo service"
    r"|mail(?:er)? robot|mail delivery (?:agent|service)|undeliverable|(?:cc:mail|smtp|x\.?400) (?:link|gateway)"
    r"|(?:pmdf|e-?mail) interconnect",
    re.IGNORECASE,
)
# Names under which people write too.
ADMINISTRATOR: Final = re.compile(
    r"(?:mail|system) ?administrator|administrateur système|amministratore (?:di )?sistema|administrador del? sistema"
    r"|systembeheerder|системный администратор|システム管理者|microsoft outlook|mail ?system|mail (?:agent|service)",
    re.IGNORECASE,
)
# Whole subjects of mail servers: people write about them, and ask, but do not make them up.
SERVERS_SUBJECT: Final = re.compile(
    r"undelivered mail returned to sender|mail delivery failed ?: returning message to sender"
    r"|delivery status notification \((?:failure|delay|fehlgeschlagen|échec)\)"
    r"|returned mail: (?:see transcript for details|user unknown|host unknown)"
    r"|delivery failure: (?:user .{1,200} not |error transferring|no route found).{0,200}"
    r"|mail system error - returned mail|there was an error sending your mail"
    r"|delivery notification: delivery has (?:failed|been delayed)|warning: message \S{6,40} delayed .{1,40}"
    r"|warning: could not send message for past .{1,40}",
    re.IGNORECASE,
)

# Sentences of mail servers that nobody else writes, unless they are quoted.
REPORT_TEMPLATES: Final = (
    r"this is the (?:mail|postfix|mail delivery) system at",
    r"hi[.!] {1,4}this is the .{1,60}(?:program|server|mailer|mail system|agent|daemon)",
    r"this message was created automatically by (?:the )?mail",
    r"did not reach the following recipient",
    r"the following address(?:es)? (?:had|failed|have|could)",
    r"permanent fatal errors|transient non-fatal errors",
    r"transcript of session follows",
    r"-{3,} below this line is a copy of the message",
    r"-{3,} this is a copy of (?:the|your) message",
    r"generating server:|diagnostic information for administrators",
    r"delivery to the following recipients? (?:failed|has been delayed)",
    r"delivery has failed to these recipients",
    r"the e-?mail account that you tried to reach",
    r"your message .{0,200}(?:wasn't|was not|couldn't be|could not be) delivered to ",
    r"this is an automatically generated delivery status",
    r"die folgende(?:n)? adresse(?:n)? (?:ist|sind|war)",
    r"\|-{3,} ?(?:message log|failed addresses) follows?:",
    r"the following recipients?(?:\(s\))? (?:could not be reached|were affected)|not acceptable for delivery",
    r"zustellung fehlgeschlagen an folgende|fehler bei der nachrichtenzustellung|échec de la remise (?:à|aux)",
    r"bezorging is mislukt voor",
    r"no se pudo entregar el mensaje a estos|il recapito non è riuscito|falha na entrega a est|сбой доставки следующим",
    r"次の(?:受信者|宛先).{0,20}配信(?:に失敗|できません)|未能(?:传递|送达)到以下|無法傳遞給以下",
    r"다음 (?:받는 사람|수신자).{0,20}배달",
    r"抱歉，您的邮件被退回来了|退信原因",
    r"your message cannot be delivered to the following recipients?",
    r"this report relates to (?:a|your) message",
    r"we had trouble delivering your message|xmail bounce:|unable to deliver (?:the )?following mail",
    r"your (?:message|mail|e-?mail) could not be delivered to(?:\s*:| the following|\n| [^\s@]{1,64}@)",
    r"(?:original|unsent|undelivered|returned) message follows",
)
# What reports say, and people say now and then.
REPORT_WORDS: Final = (
    r"this is a permanent error",
    (
        r"your message (?:to .{1,100}? |with .{1,100}? |.{0,60})?(?:could not be|couldn't be|was not|wasn't|has not"
        r" been|cannot be|can not be|can't be) delivered"
    ),
    r"(?:could not|cannot|couldn't|unable to|can't) (?:be )?deliver(?:ed)?",
    r"delivery (?:to|has|of) .{0,200}?fail",
    r"undeliverable (?:mail|message|address)",
    r"wasn't delivered to",
    r"mailbox (?:is )?(?:full|unavailable|not found|does not exist)",
    r"recipient'?s? (?:address |mailbox )?(?:rejected|unknown|not found|is full)",
    r"user unknown|no such (?:user|mailbox|recipient|address)|unknown (?:user|recipient|address|local)",
    r"delivery attempts? will (?:continue|be)",
    r"message (?:has |is |was )?(?:been )?(?:returned|undeliverable|rejected|blocked)",
    r"(?:has|have|had) not been (?:delivered|sent)|(?:was|were|been) blocked by our",
    r"over quota|quota exceeded|exceeded (?:the |its )?(?:storage|quota)|mail(?:box)? quota",
    r"(?:smtp|remote) (?:error|server|host) .{0,80}(?:said|responded|rejected|returned|reported)",
    r"konnte nicht zugestellt werden|unzustellbar|empfänger (?:ist )?unbekannt",
    r"n'a pas pu être (?:remis|distribué|délivré)|utilisateur inconnu",
    r"no (?:se )?(?:ha )?(?:pudo|podido) (?:ser )?(?:se )?entrega|usuario desconocido",
    r"non (?:è stato|può essere|è stata|ha potuto) (?:recapita|consegna)",
    r"não pôde ser entregue|não foi entregue",
    r"не (?:может быть|было|удалось|мож.{1,10}) доставл?",
    r"配信(?:でき|不能)|送信でき(?:ません|なか)|配達でき|宛先不明",
    r"无法(?:送达|投递)|退信|無法(?:送達|傳遞)|배달(?:되지|할 수)|전송 ?실패",
)
REPORT_TEMPLATE: Final = re.compile("|".join(REPORT_TEMPLATES), re.IGNORECASE)
# A template above everything else: no person has said a word before it. Marks and lines of stars may stand there.
REPORT_BEGINS: Final = re.compile(
    r"[\s*#=|_-]{0,400}((?:"
    r"this is the (?:mail|postfix|mail delivery) system at "
    r"|hi[.!] {1,4}this is the .{1,60}(?:program|mail server|daemon)"
    r"|this message was created automatically by (?:the )?mail (?:delivery|system|server)"
    r"|-{3,} ?the following addresses had (?:permanent|transient|delivery)|-{3,} ?transcript of session follows"
    r"|delivery to the following recipients? (?:failed|has been delayed)"
    r"|delivery has failed to these recipients"
    r"|this is an automatically generated delivery status"
    r"|this is the (?:mail delivery agent|courier mail|.{1,40} mail(?:er)? (?:program|daemon|agent))"
    r"|this report relates to a message you sent with the following header"
    r"))",
    re.IGNORECASE,
)
# What mail servers send that returns no mail: lists of what was held back, reports on a domain (RFC 7489, RFC 8460).
NO_RETURN: Final = re.compile(
    r"quarantine|digest|summary|virus|spam report|quarantäne|report domain:|dmarc|aggregate report|almost full",
    re.IGNORECASE,
)
# Programs that people write with; no mail server says so of itself.
PERSONS_PROGRAM: Final = re.compile(
    r"outlook|thunderbird|apple mail|iphone|ipad|android|mutt|evolution|mozilla|lotus notes|zimbra|roundcube|eudora"
    r"|pine\b|the bat|sylpheed|claws|kmail|windows live|horde|squirrelmail|airmail|spark",
    re.IGNORECASE,
)
REPORT_TEXT: Final = re.compile("|".join((*REPORT_TEMPLATES, *REPORT_WORDS)), re.IGNORECASE)
SMTP_CODE: Final = re.compile(
    r"(?<![\d.])(?:[45]\d\d[ -]#?[245]\.\d\.\d|[45]\.\d\.\d{1,3}\b|(?:550|551|552|553|554|450|451|452|421)"
    r"[ -](?!(?:[kmg]b|eur|usd|chf|gbp|€|\$|£|%|users?|units?|pieces?|stück|km|kg)\b))",
    re.IGNORECASE,
)

# Headers that only automatic answers have; None: whatever the value.
AUTOMATIC_REPLY_HEADERS: Final = (
    ("x-autoreply", None),
    ("x-autorespond", None),
    ("x-autoresponder", None),
    ("x-auto-reply", None),
    ("x-auto-reply-from", None),
    ("x-autoreply-from", None),
    ("x-autoreply-domain", None),
    ("x-autoresponse", None),
    ("x-autoresponse-sender", None),
    ("x-mail-autoreply", None),
    ("x-mailer-autoreply", None),
    ("x-vacation", None),
    ("x-away", None),
    ("x-oof", None),
    ("auto-reply", None),
    ("x-ms-exchange-generated-message-source", re.compile("mailbox rules|oof|autoreply", re.IGNORECASE)),
    ("x-autogenerated", re.compile(r"reply", re.IGNORECASE)),
    ("x-auto-generated", re.compile(r"reply", re.IGNORECASE)),
    ("x-pn-reply", None),
    ("x-php-autoreply", None),
    ("x-fc-machinegenerated", re.compile("auto|reply", re.IGNORECASE)),
    ("x-post-messageclass", re.compile("autorespond", re.IGNORECASE)),
    ("delivered-to", re.compile(r"^autoresponder$", re.IGNORECASE)),
    ("preference", re.compile(r"auto[-_]?repl", re.IGNORECASE)),
    ("precedence", re.compile(r"auto[-_]?repl|auto[-_]?respond", re.IGNORECASE)),
    ("x-precedence", re.compile(r"auto[-_]?repl|auto[-_]?respond", re.IGNORECASE)),
    ("x-mailer", re.compile(r"auto-?(?:reply|respond)|vacation|out ?of ?office", re.IGNORECASE)),
    ("message-id", re.compile(r"^[^@]{0,200}(?:auto-?repl(?:y|ies)|autorespond|vacation)", re.IGNORECASE)),
    ("user-agent", re.compile(r"auto-?(?:reply|respond)|vacation", re.IGNORECASE)),
    ("return-path", re.compile(r"^[^@]{0,100}(?:auto-?reply|autorespond)", re.IGNORECASE)),
    ("from", re.compile(r"auto-?reply@|autorespond[a-z]{0,10}@", re.IGNORECASE)),
    ("delivered-by-the-graces-of", re.compile(r"vacation", re.IGNORECASE)),
    ("x-otrs-loop", re.compile(r"yes", re.IGNORECASE)),
    ("x-list-administrivia", re.compile(r"yes", re.IGNORECASE)),
)
