"""How risky it is to call a number: an example set of prefixes, which the operator's own list extends (row 148).

The set is a small one of our own making: premium, special and shared-cost ranges as national numbering plans publish
them. It comes from no fraud database. The toll-fraud class holds, as examples, premium ranges of countries where such
ranges can be reached from abroad; which ranges are abused changes by the week, and only the operator's carriers know.
"""

from collections.abc import Mapping
from typing import Final

from trunkline.domain.trunk.facts import Risk
from trunkline.kit.ids import E164

_SPECIAL: Final = """
+1900 +1976
+30901 +30909 +31900 +31906 +31909 +32900 +32901 +32902 +32903 +32904 +32905 +32906 +32907 +32909
+3381 +3382 +3389 +34803 +34806 +34807 +34905 +3690 +39892 +39893 +39894 +39895 +39899 +40900 +40903 +40906
+41900 +41901 +41906 +43810 +43820 +43821 +43900 +43901 +43930 +43931 +43939
+4484 +4487 +449 +45901 +45902 +45903 +46900 +46939 +46944 +4782 +4870 +49137 +49180 +49900
+611900 +611901 +611902 +64900 +81990 +351601 +351607 +351608 +35315 +358600 +358700 +420900 +420906 +420909
"""
_TOLLFRAUD: Final = "+37090 +37190 +37290 +38690 +37390 +38190"

EXAMPLES: Final[Mapping[str, Risk]] = {
    **dict.fromkeys(_SPECIAL.split(), Risk.SPECIAL),
    **dict.fromkeys(_TOLLFRAUD.split(), Risk.TOLLFRAUD),
}
"""Risk by prefix."""


def risk_of(number: E164, risks: Mapping[str, Risk]) -> Risk:
    """That of the longest prefix of the number that is listed; low where none is."""
    if risks:
        for length in range(len(number), 1, -1):
            found = risks.get(number[:length])
            if found is not None:
                return found
    return Risk.LOW
