#!/usr/bin/env python3
"""fit_dual.py — the polynomial of src/theory/dual_coef.h: a near-minimax (Chebyshev) fit in 50 digits.

Run by hand when its degree changes:  tools/fit_dual.py > src/theory/dual_coef.h
Needs mpmath. Lowest power first, with the largest error of the fit (before rounding)."""
from mpmath import asin, chebyfit, mp, mpf, nstr, sqrt

mp.dps = 50
COUNT = 19
END = mpf("0.5001")  # a little beyond sin^2 45 degrees: the rounding of the argument


def asin_p(z):
    x = sqrt(z)
    return (asin(x) - x) / x**3 if z > mpf(10) ** -12 else mpf(1) / 6 + 3 * z / 40


poly, error = chebyfit(asin_p, [mpf(0), END], COUNT, error=True)
print("/* dual_coef.h — the polynomial of dual.tmpl.h, lowest power first. Made by tools/fit_dual.py: change that. */")
print("#ifndef LF_DUAL_COEF_H\n#define LF_DUAL_COEF_H")
print("\n/* (asin x - x)/x^3 in x^2, x^2 <= 1/2 */")
print(f"/* error {nstr(error, 2)} */")
body = ",\n    ".join(nstr(c, 17, min_fixed=0, max_fixed=0) for c in reversed(poly))
print(f"static const double asin_p_f64[] = {{{body}}};\n#endif")
