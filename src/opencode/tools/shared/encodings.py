"""Which encoding a file's bytes are in, decided strictly: what does not fit is not text."""

import codecs
import re
import unicodedata
from collections.abc import Callable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_SAMPLE = 2000
"""Characters that are looked at to tell one legacy encoding from another."""
_WESTERN = frozenset(range(0xA0, 0xFE)) | frozenset(
    b"\x80\x82\x84\x85\x8a\x8b\x8c\x8e\x91\x92\x93\x94\x95\x96\x97\x99\x9a\x9b\x9c\x9e\x9f"
)


class Undecodable(Exception):
    """The bytes are no text in any encoding we know; the message says why."""


def detect(data: bytes) -> tuple[bytes, str]:
    """The byte order mark and the codec of `data`; decoding and encoding gives the same bytes.

    Raises Undecodable for binaries and for text with broken bytes."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            if _round_trip(data[len(bom) :], codec) is None:
                raise Undecodable(f"it starts like {codec} but has bytes that are not")
            return bom, codec
    if b"\0" in data:
        return b"", _wide(data)
    text = _round_trip(data, "utf-8")
    if len(_CONTROLS.findall(data[:65536])) * 10 > len(data[:65536]) * 3:
        raise Undecodable("it is binary")
    return b"", "utf-8" if text is not None else _legacy(data)


def _round_trip(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
        return text if text.encode(codec) == data else None
    except UnicodeError:
        return None


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every zero byte is the same half of a pair, and the text is plain."""
    for codec, half in (("utf-16-le", 0), ("utf-16-be", 1)):
        text = None if b"\0" in data[half::2] else _round_trip(data, codec)
        if text is not None and all(map(_is_plain, text)):
            return codec
    raise Undecodable("it is binary")


def _is_plain(char: str) -> bool:
    return char in "\t\n\r\f\x1b" or unicodedata.category(char) not in ("Cc", "Cn", "Co", "Cs")


def _legacy(data: bytes) -> str:
    lenient = data.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= char <= "\udcff" for char in lenient)
    whole = sum(char > "\x7f" for char in lenient) - broken
    if whole > broken:
        line = lenient[: next(i for i, c in enumerate(lenient) if "\udc80" <= c <= "\udcff")]
        raise Undecodable(f"it is UTF-8 with broken bytes in line {line.count(chr(10)) + 1}")
    return _east_asian(data) or _single_byte(data)


def _east_asian(data: bytes) -> str:
    for codec, is_common, share in (
        ("euc_jp", _is_japanese_euc, 0.8),
        ("cp932", _is_japanese, 0.7),
        ("euc_kr", _is_korean, 0.95),
        ("gbk", _is_simplified, 0.7),
        ("big5", _is_big5_common, 0.7),
        ("gb18030", _is_simplified, 0.7),
    ):
        text = _round_trip(data, codec)
        found = [char for char in text or "" if char > "\x7f"][:_SAMPLE]
        if not found or sum(map(is_common, found)) < share * len(found):
            continue
        if codec == "euc_jp" and sum(map(_is_kana, found)) * 4 < len(found):
            continue  # Chinese bytes, too, fall into the rows of common kanji
        if codec == "euc_kr" and len(found) < 8:
            continue
        return codec
    return ""


def _is_kana(char: str) -> bool:
    return "\u3040" <= char <= "\u30ff"


def _is_cjk_mark(char: str) -> bool:
    return "\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff5e"


def _lead(codec: str, first: int, last: int, trail: int) -> Callable[[str], bool]:
    """Whether a character lies in the rows of a double-byte table that hold the common ones."""

    def is_common(char: str) -> bool:
        try:
            pair = char.encode(codec)
        except UnicodeError:
            return False
        return len(pair) == 2 and first <= pair[0] <= last and pair[1] >= trail

    return is_common


_is_sjis_kanji = _lead("cp932", 0x88, 0x97, 0x40)
_is_euc_kanji = _lead("euc_jp", 0xB0, 0xCF, 0xA1)
_is_gb_common = _lead("gbk", 0xB0, 0xD7, 0xA1)
_is_gb_mark = _lead("gbk", 0xA1, 0xA3, 0xA1)
_is_big5_common = _lead("big5", 0xA1, 0xC6, 0x40)


def _is_japanese(char: str) -> bool:
    return _is_kana(char) or _is_cjk_mark(char) or _is_sjis_kanji(char)


def _is_japanese_euc(char: str) -> bool:
    return _is_kana(char) or _is_cjk_mark(char) or _is_euc_kanji(char)


def _is_korean(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3" or _is_cjk_mark(char)


def _is_simplified(char: str) -> bool:
    return _is_gb_common(char) or _is_gb_mark(char)


def _single_byte(data: bytes) -> str:
    runs = _HIGH.findall(data)[:_SAMPLE]
    high = b"".join(runs)
    letters = sum(byte >= 0xC0 or byte in b"\xa3\xa8\xb3\xb8" for byte in high)
    if len(high) >= 2.5 * len(runs) and len(high) >= 4 and letters >= 0.9 * len(high):
        small = sum(byte >= 0xE0 for byte in high)
        return "cp1251" if small * 2 > len(high) else "koi8-r"
    if sum(byte in _WESTERN for byte in high) < 0.9 * len(high):
        raise Undecodable("its bytes are no text in any encoding known here")
    codec = "cp1252" if any(byte < 0xA0 for byte in high) else "latin-1"
    if _round_trip(data, codec) is None:
        raise Undecodable("its bytes are no text in any encoding known here")
    return codec
