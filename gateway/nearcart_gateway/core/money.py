"""Amounts of money as people read them."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip
"""Currencies whose minor unit is not a hundredth (ISO 4217, list one)."""


def money(amount: Decimal, currency: str) -> str:
    """``amount``, in major units, with the decimals and the code of its currency: ``42.50 EUR``, ``500 JPY``."""
    unit = Decimal(1).scaleb(-_DECIMALS.get(currency, 2))
    try:
        return f"{amount.quantize(unit, ROUND_HALF_EVEN)} {currency}"
    except InvalidOperation:  # more digits than any price has: a shop's mistake, and not worth an offer
        return f"{amount:.6g} {currency}"
