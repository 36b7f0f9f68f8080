"""The guess of the charset of bytes that do not name it."""

from __future__ import annotations

import pytest
from email_channels.mail.charsets import decode
from email_channels.mail.charsets.guessing import guess_codec

SENTENCES = {
    "cp1251 koi8_r iso8859_5 cp866": (
        "Привет всем",
        "СРОЧНО!!! НУЖНА ПОМОЩЬ",
        "Добрый день! Прошу выслать счёт за октябрь.",
    ),
    "cp1251 koi8_u": ("Привіт, коли буде готове моє замовлення? Дякую",),
    "cp1253 iso8859_7": ("Καλημέρα, πότε θα είναι έτοιμη η παραγγελία;", "Ευχαριστώ πολύ"),
    "cp1255 iso8859_8": ("שלום לכם", "מתי ההזמנה שלי תהיה מוכנה? תודה"),
    "cp1256": ("مرحبا، متى سيكون طلبي جاهزا؟ شكرا",),
    "cp874": ("สวัสดีครับ เมื่อไหร่คำสั่งซื้อของฉันจะพร้อม",),
    "cp1254": ("Merhaba, siparişim ne zaman hazır olacak? Teşekkürler",),
    "cp1250 iso8859_2": (
        "Dzień dobry, proszę o przesłanie pliku, dziękuję",
        "Dobrý den, kdy bude moje objednávka hotová? Děkuji, příští",
    ),
    "cp1252": ("Café – naïve résumé", "Größe für Ärger", "¿Qué tal mañana? Adiós, señor", "Smörgåsbord på söndag"),
    "cp1257": ("Sveiki, ačiū už pagalbą šiandien",),
    "gbk": ("你好，附件是发票，请查收", "测试邮件内容"),
    "big5": ("測試郵件內容", "您好，請問這個產品什麼時候出貨？"),
    "cp949": ("안녕하세요. 문의드립니다. 감사합니다.", "테스트 메일입니다"),
    "cp932 euc_jp": ("テストメールです", "日本語のメールです。よろしくお願いします。"),
}


@pytest.mark.parametrize(
    ("codec", "sentence"),
    [
        (codec, sentence)
        for codecs, sentences in SENTENCES.items()
        for codec in codecs.split()
        for sentence in sentences
    ],
)
def test_sentence(codec: str, sentence: str) -> None:
    assert decode(sentence.encode(codec), None) == (sentence, None)


def test_too_short() -> None:
    assert guess_codec("it’s – 5 €".encode("cp1252")) is None
    assert guess_codec(b"\xe9\xe8") is None
