"""Which country a number belongs to, and whether an account may call it (sip.md 3.2 step 12; rows 35, 148).

The table holds the assignments of ITU-T E.164 as ISO 3166 codes: a calling code belongs to one country, except where a
longer prefix says otherwise. Left out on purpose: networks of no country (satellites +870, +881, +882, +883, freephone
+800, shared cost +808, premium +979 and their like), which therefore nobody may call.
"""

from collections.abc import Mapping
from typing import Final

from trunkline.domain.call.release_cause import COUNTRY_NOT_ALLOWED, ReleaseCause
from trunkline.domain.trunk.facts import AccountFacts, Risk
from trunkline.domain.trunk.number.risk import risk_of
from trunkline.kit.ids import E164

_CALLING_CODES: Final = """
1 US  7 RU  20 EG  27 ZA  30 GR  31 NL  32 BE  33 FR  34 ES  36 HU  39 IT  40 RO  41 CH  43 AT  44 GB  45 DK  46 SE
47 NO  48 PL  49 DE  51 PE  52 MX  53 CU  54 AR  55 BR  56 CL  57 CO  58 VE  60 MY  61 AU  62 ID  63 PH  64 NZ  65 SG
66 TH  81 JP  82 KR  84 VN  86 CN  90 TR  91 IN  92 PK  93 AF  94 LK  95 MM  98 IR
211 SS  212 MA  213 DZ  216 TN  218 LY  220 GM  221 SN  222 MR  223 ML  224 GN  225 CI  226 BF  227 NE  228 TG  229 BJ
230 MU  231 LR  232 SL  233 GH  234 NG  235 TD  236 CF  237 CM  238 CV  239 ST  240 GQ  241 GA  242 CG  243 CD  244 AO
245 GW  246 IO  247 AC  248 SC  249 SD  250 RW  251 ET  252 SO  253 DJ  254 KE  255 TZ  256 UG  257 BI  258 MZ  260 ZM
261 MG  262 RE  263 ZW  264 NA  265 MW  266 LS  267 BW  268 SZ  269 KM  290 SH  291 ER  297 AW  298 FO  299 GL
350 GI  351 PT  352 LU  353 IE  354 IS  355 AL  356 MT  357 CY  358 FI  359 BG  370 LT  371 LV  372 EE  373 MD  374 AM
375 BY  376 AD  377 MC  378 SM  380 UA  381 RS  382 ME  383 XK  385 HR  386 SI  387 BA  389 MK  420 CZ  421 SK  423 LI
500 FK  501 BZ  502 GT  503 SV  504 HN  505 NI  506 CR  507 PA  508 PM  509 HT  590 GP  591 BO  592 GY  593 EC  594 GF
595 PY  596 MQ  597 SR  598 UY  599 CW  670 TL  672 NF  673 BN  674 NR  675 PG  676 TO  677 SB  678 VU  679 FJ  680 PW
681 WF  682 CK  683 NU  685 WS  686 KI  687 NC  688 TV  689 PF  690 TK  691 FM  692 MH  850 KP  852 HK  853 MO  855 KH
856 LA  880 BD  886 TW  960 MV  961 LB  962 JO  963 SY  964 IQ  965 KW  966 SA  967 YE  968 OM  970 PS  971 AE  972 IL
973 BH  974 QA  975 BT  976 MN  977 NP  992 TJ  993 TM  994 AZ  995 GE  996 KG  998 UZ
"""

_WITHIN: Final = """
CA 1204 1226 1236 1249 1250 1257 1263 1273 1289 1306 1343 1354 1365 1367 1368 1382 1403 1416 1418 1428 1431 1437 1438
CA 1450 1468 1474 1506 1514 1519 1548 1579 1581 1584 1587 1600 1604 1613 1622 1633 1639 1647 1672 1683 1705 1709 1742
CA 1753 1778 1780 1782 1807 1819 1825 1867 1873 1879 1902 1905 1942
AG 1268  AI 1264  AS 1684  BB 1246  BM 1441  BS 1242  DM 1767  DO 1809 1829 1849  GD 1473  GU 1671  JM 1658 1876
KN 1869  KY 1345  LC 1758  MP 1670  MS 1664  PR 1787 1939  SX 1721  TC 1649  TT 1868  VC 1784  VG 1284  VI 1340
GG 441481 447781 447839 447911  JE 441534 447509 447700 447797 447829 447937  IM 441624 447524 447624 447924
KZ 76 77  VA 3906698  SJ 4779  AX 35818  EH 2125288 2125289  TA 2908  YT 262269 262639 2629398
CC 6189162  CX 6189164  BQ 5993 5994 5997
"""


def _countries() -> dict[str, str]:
    words = _CALLING_CODES.split()
    table = dict(zip(words[::2], words[1::2], strict=True))
    country = ""
    for word in _WITHIN.split():
        if word.isdecimal():
            table[word] = country
        else:
            country = word
    return table


_COUNTRIES: Final = _countries()
_LENGTHS: Final = tuple(sorted({len(prefix) + 1 for prefix in _COUNTRIES}, reverse=True))
"""Of the prefixes with their `+`, longest first."""


def calling_codes(country: str) -> tuple[str, ...]:
    """The calling codes of a country with their `+`, ascending; a code that countries share is each one's."""
    prefixes = (prefix for prefix, owner in _COUNTRIES.items() if owner == country)
    return tuple(sorted({f"+{_calling_code(prefix)}" for prefix in prefixes}))


def _calling_code(prefix: str) -> str:
    return next(prefix[:length] for length in range(1, 4) if prefix[:length] in _COUNTRIES)


def countries() -> frozenset[str]:
    """Every country that has a number."""
    return frozenset(_COUNTRIES.values())


def country_of(number: E164) -> str | None:
    """ISO 3166 alpha-2 code of the country that the number's prefix belongs to; None for one of no country."""
    for length in _LENGTHS:
        country = _COUNTRIES.get(number[1:length])
        if country is not None:
            return country
    return None


def country_refusal(account: AccountFacts, callee: E164, risks: Mapping[str, Risk]) -> ReleaseCause | None:
    """Rows 35, 148: an account calls the countries that are enabled for it, for each class of risk by itself.

    An empty set allows none.
    """
    allowed = country_of(callee) in _enabled(account, risk_of(callee, risks))
    return None if allowed else COUNTRY_NOT_ALLOWED


def _enabled(account: AccountFacts, risk: Risk) -> frozenset[str]:
    match risk:
        case Risk.LOW:
            return account.countries
        case Risk.SPECIAL:
            return account.special_countries
        case Risk.TOLLFRAUD:
            return account.tollfraud_countries
