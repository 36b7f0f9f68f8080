"""The languages of South, East and Southeast Asia. `language` says what each field holds."""

from __future__ import annotations

from typing import Final

from email_channels.mail.replies.languages.language import Language

# fmt: off
ASIAN: Final = (
    # Chinese
    Language(
        "zh",
        attribution_words=(
            "写道", "寫道", "编写", "編寫", "写到", "来信", "來信", "写了", "於", "撰寫", "发送于", "写",
        ),
        attribution_starts=("在", "于", "於"),
        from_labels=("发件人", "寄件者", "寄件人", "发信人", "發件人", "发自", "來自", "寄信人"),
        date_labels=(
            "发送时间", "发送日期", "日期", "寄件日期", "傳送時間", "傳送日期", "时间", "發送時間", "發送日期",
            "已傳送", "已发送", "寄件時間", "发件时间", "時間",
        ),
        to_labels=("收件人", "收件者", "至", "收信人"),
        other_labels=("抄送", "副本", "密件抄送", "重要性", "附件", "抄送人", "副本抄送"),
        subject_labels=("主题", "主旨", "主題", "标题", "標題"),
        original_message=(
            "原始邮件", "原始郵件", "原邮件", "原始信件", "邮件原件", "原始訊息", "回复的原邮件", "原件",
            "回复的邮件信息", "原始邮件信息", "源邮件", "原信件", "回复邮件",
        ),
        forwarded_message=(
            "转发的消息", "转发邮件", "轉寄郵件", "轉寄的訊息", "转发邮件信息", "轉寄信件", "开始转发邮件",
            "已轉寄的郵件", "转发的邮件", "下面是被转发的邮件", "下面是被轉寄的郵件", "被转发邮件信息",
            "開始轉寄郵件", "轉寄的郵件", "已转发邮件", "转发的原邮件",
        ),
        sent_from=(
            "发自我的", "從我的", "来自我的", "寄件自", "自我的", "傳送自", "发送自", "從 ", "获取 outlook",
            "取得 outlook", "发自", "我的 iphone 傳送", "从我的", "用 qq邮箱", "下載 outlook", "下载 outlook",
        ),
        reply_above=("请在此行上方", "请在此线以上", "在此線上方"),
    ),
    # Japanese
    Language(
        "ja",
        attribution_words=(
            "のメール", "は書きました", "書きました", "さんは書きました", "wrote", "のメッセージ", "からのメール",
            "が書いた", "さんが書きました", "は次のように書きました", "のメール:",
        ),
        from_labels=("差出人", "送信元", "送信者", "発信者"),
        date_labels=("送信日時", "日時", "日付", "送信日", "受信日時", "送信", "発信日時"),
        to_labels=("宛先", "送信先", "あて先", "宛て先"),
        other_labels=("cc", "重要度", "添付ファイル", "写し"),
        subject_labels=("件名", "題名", "タイトル"),
        original_message=(
            "元のメッセージ", "オリジナルメッセージ", "元のメール", "オリジナル メッセージ", "以下、元のメッセージ",
            "original message", "元メッセージ",
        ),
        forwarded_message=(
            "転送されたメッセージ", "転送メッセージ", "転送メール", "以下転送メール", "転送されたメール",
        ),
        sent_from=(
            "iphoneから送信", "iphone から送信", "ipadから送信", "ipad から送信", "androidから送信", "私の",
            "galaxyから送信", "outlook for ios を入手", "outlook for android を入手", "ios 版 outlook",
            "スマートフォンから送信", "携帯から送信", "xperiaから送信", "yahoo!メールアプリ",
        ),
        reply_above=("この行より上に", "この行の上に"),
    ),
    # Korean
    Language(
        "ko",
        attribution_words=(
            "작성", "님이 작성", "님이 작성하였습니다", "님이 작성:", "님이 쓴 글", "작성함", "썼습니다", "님의 말",
            "님이 작성하셨습니다", "님이 작성한 메시지",
        ),
        from_labels=("보낸 사람", "보낸사람", "발신", "발신자", "보낸이"),
        date_labels=("보낸 날짜", "날짜", "보냄", "보낸날짜", "발신일시", "보낸 시간", "받은 날짜"),
        to_labels=("받는 사람", "받는사람", "수신", "수신자", "받는이", "받은 사람"),
        other_labels=("참조", "중요도", "첨부 파일", "숨은 참조"),
        subject_labels=("제목",),
        original_message=(
            "원본 메시지", "원본 메일", "original message", "원본메시지", "원본 내용", "원본메일", "원본 이메일",
        ),
        forwarded_message=("전달된 메시지", "전달된 메일", "전달된 메시지 시작", "전달 메시지"),
        sent_from=(
            "나의 iphone에서 보냄", "내 iphone에서 보냄", "iphone에서 보냄", "ipad에서 보냄", "나의 ipad에서 보냄",
            "android용 outlook",
            "ios용 outlook", "갤럭시", "삼성", "내 galaxy에서", "네이버 메일 앱에서", "나의 galaxy", "내 galaxy",
            "나의 휴대",
        ),
    ),
    # Vietnamese
    Language(
        "vi",
        attribution_words=("đã viết", "viết", "đã viết:"),
        attribution_starts=("vào",),
        from_labels=("từ", "người gửi"),
        date_labels=("đã gửi", "ngày", "ngày gửi", "gửi"),
        to_labels=("tới", "đến", "người nhận"),
        other_labels=("cc",),
        subject_labels=("chủ đề", "tiêu đề"),
        original_message=("thư gốc", "tin nhắn gốc"),
        forwarded_message=("thư đã chuyển tiếp", "tin nhắn được chuyển tiếp"),
        sent_from=("đã gửi từ", "được gửi từ", "gửi từ", "tải outlook"),
    ),
    # Thai
    Language(
        "th",
        attribution_words=("เขียนว่า", "เขียน", "ได้เขียน"),
        attribution_starts=("ในวันที่", "เมื่อ"),
        from_labels=("จาก",),
        date_labels=("ส่ง", "วันที่", "ส่งเมื่อ"),
        to_labels=("ถึง",),
        other_labels=("สำเนา",),
        subject_labels=("เรื่อง", "หัวข้อ"),
        original_message=("ข้อความต้นฉบับ",),
        forwarded_message=("ข้อความที่ส่งต่อ",),
        sent_from=("ส่งจาก", "ดาวน์โหลด outlook"),
    ),
    # Indonesian
    Language(
        "id",
        attribution_words=("menulis", "menulis:", "telah menulis", "menulis berikut ini"),
        attribution_starts=("pada",),
        from_labels=("dari",),
        date_labels=("dikirim", "tanggal", "terkirim"),
        to_labels=("kepada", "ke"),
        other_labels=("tembusan",),
        subject_labels=("subjek", "perihal"),
        original_message=("pesan asli",),
        forwarded_message=("pesan terusan", "pesan yang diteruskan"),
        sent_from=("dikirim dari", "terkirim dari", "dapatkan outlook"),
    ),
    # Malay
    Language(
        "ms",
        attribution_words=("telah menulis", "menulis"),
        attribution_starts=("pada",),
        from_labels=("daripada",),
        date_labels=("dihantar", "tarikh"),
        to_labels=("kepada",),
        subject_labels=("subjek",),
        original_message=("mesej asal",),
        sent_from=("dihantar dari", "dihantar daripada"),
    ),
    # Filipino
    Language(
        "tl",
        attribution_words=("ay sumulat", "sumulat", "isinulat"),
        attribution_starts=("noong",),
        from_labels=("mula sa",),
        to_labels=("kay",),
    ),
    # Hindi
    Language(
        "hi",
        attribution_words=("ने लिखा", "लिखा", "को लिखा"),
        from_labels=("प्रेषक", "से"),
        date_labels=("दिनांक", "भेजा गया"),
        to_labels=("प्रति", "प्राप्तकर्ता"),
        subject_labels=("विषय",),
        original_message=("मूल संदेश",),
        sent_from=("मेरे",),
    ),
    # Bengali
    Language(
        "bn",
        attribution_words=("লিখেছেন", "লিখেছে"),
        from_labels=("প্রেরক",),
        date_labels=("তারিখ", "প্রেরিত"),
        to_labels=("প্রতি", "প্রাপক"),
        subject_labels=("বিষয়",),
    ),
    # Mongolian
    Language("mn", attribution_words=("бичсэн", "бичжээ")),
    # Tamil
    Language("ta", attribution_words=("எழுதியது", "எழுதினார்")),
    # Telugu
    Language("te", attribution_words=("ఇలా రాసారు", "వ్రాశారు")),
    # Marathi
    Language("mr", attribution_words=("ने लिहिले", "यांनी लिहिले")),
    # Gujarati
    Language("gu", attribution_words=("એ લખ્યું",)),
    # Kannada
    Language("kn", attribution_words=("ಬರೆದಿದ್ದಾರೆ",)),
    # Malayalam
    Language("ml", attribution_words=("എഴുതി",)),
    # Urdu
    Language(
        "ur",
        attribution_words=("نے لکھا",),
        from_labels=("منجانب",),
        date_labels=("تاریخ",),
        to_labels=("بنام",),
        subject_labels=("موضوع",),
    ),
    # Khmer
    Language("km", attribution_words=("បានសរសេរ",)),
    # Lao
    Language("lo", attribution_words=("ຂຽນວ່າ",)),
    # Burmese
    Language("my", attribution_words=("ရေးခဲ့သည်",)),
)
# fmt: on
