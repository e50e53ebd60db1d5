"""Names of languages: two letters (ISO 639-1), three letters (ISO 639-2/T), and tags of BCP 47."""

from __future__ import annotations

import re

_PAIRS = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul bi:bis bm:bam
bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu cv:chv cy:cym da:dan de:deu dv:div dz:dzo
ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas ff:ful fi:fin fj:fij fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg
gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat hu:hun hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii
ik:ipk io:ido is:isl it:ita iu:iku ja:jpn jv:jav ka:kat kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau
ks:kas ku:kur kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri
mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld nn:nno no:nor nr:nbl nv:nav
ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron ru:rus rw:kin
sa:san sc:srd sd:snd se:sme sg:sag si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp ss:ssw st:sot su:sun sv:swe
sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr
ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho zu:zul
"""
_THREE = dict(pair.split(":") for pair in _PAIRS.split())
_TWO = {three: two for two, three in _THREE.items()}
_LIBRARY = {"alb": "sqi", "arm": "hye", "baq": "eus", "bur": "mya", "chi": "zho", "cze": "ces", "dut": "nld"}
_LIBRARY |= {"fre": "fra", "geo": "kat", "ger": "deu", "gre": "ell", "ice": "isl", "mac": "mkd", "mao": "mri"}
_LIBRARY |= {"may": "msa", "per": "fas", "rum": "ron", "slo": "slk", "tib": "bod", "wel": "cym"}
"""The older names that libraries use, which Matroska keeps: ISO 639-2/B."""

_QUICKTIME = """
alb amh ara arm asm aym aze baq bel ben bul bur cat ces chi dan dut dzo eng epo est fin fra geo ger gre grn guj heb hin
hun ice ind ita jav jpn kan kas kaz khm kin kir kor kur lao lat lav lit mac mal mar may mlg mlt mon nep nor nya ori orm
per pol por pus que ron run rus san sin slk slv snd som spa sve swa tam tat tel tgk tgl tha tib tir tuk tur uig ukr urd
uzb vie wel yid
"""
_MACINTOSH = frozenset(_QUICKTIME.split())

_TAG = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{1,8})*)")


def short_tag(language: str | None) -> str | None:
    """The shortest tag of BCP 47, as RFC 5646, 2.2.1 asks: ``eng`` is ``en``; ``None`` for what is no language."""
    primary, rest = _parts(language)
    return f"{_TWO.get(primary, primary)}{rest}" if primary else None


def three_letters(language: str | None) -> str:
    """The three letters of ISO 639-2/T, as ISO files and transport streams want them; ``und`` when undetermined."""
    return _parts(language)[0] or "und"


def macintosh(language: str | None) -> str:
    """The three letters that QuickTime's list of languages has, which is older than ISO 639-2/T, or ``und``."""
    three = three_letters(language)
    names = (three, {new: old for old, new in _LIBRARY.items()}.get(three), "sve" if three == "swe" else None)
    return next((name for name in names if name in _MACINTOSH), "und")


def _parts(language: str | None) -> tuple[str, str]:
    """The primary language in three letters, ``""`` when there is none, and what stands behind it."""
    found = _TAG.fullmatch(language or "")
    if found is None:
        return "", ""
    primary = found[1].lower()
    primary = _LIBRARY.get(primary, primary) if len(primary) > 2 else _THREE.get(primary, "")  # noqa: PLR2004  # letters
    return ("", "") if primary == "und" else (primary, found[2])
