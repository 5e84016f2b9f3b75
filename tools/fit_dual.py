#!/usr/bin/env python3
"""fit_dual.py — the polynomials of src/theory/dual_coef.h: near-minimax (Chebyshev) fits in 50 digits.

Run by hand when a degree changes:  tools/fit_dual.py > src/theory/dual_coef.h
Needs mpmath. Lowest power first, with the largest error of each fit (before rounding)."""
from mpmath import acos, asin, chebyfit, mp, mpf, nstr, sqrt

mp.dps = 50
ASIN_COUNT, ANGLE_COUNT = 19, 20
ASIN_END = mpf("0.5001")  # a little beyond sin^2 45 degrees: the rounding of the argument


def asin_p(z):
    x = sqrt(z)
    return (asin(x) - x) / x**3 if z > mpf(10) ** -12 else mpf(1) / 6 + 3 * z / 40


def angle_p(g):
    return (acos(1 - g) / sqrt(g * (2 - g)) - 1) / g if g > mpf(10) ** -12 else mpf(1) / 3 + 2 * g / 15


def show(name, what, function, end, count):
    poly, error = chebyfit(function, [mpf(0), end], count, error=True)
    body = ",\n    ".join(nstr(c, 17, min_fixed=0, max_fixed=0) for c in reversed(poly))
    print(f"\n/* {what} */\n/* error {nstr(error, 2)} */\nstatic const double {name}[] = {{{body}}};")


print("/* dual_coef.h — the polynomials of dual.tmpl.h, lowest power first. Made by tools/fit_dual.py: change that. */")
print("#ifndef LF_DUAL_COEF_H\n#define LF_DUAL_COEF_H")
show("asin_p_f64", "(asin x - x)/x^3 in x^2, x^2 <= 1/2", asin_p, ASIN_END, ASIN_COUNT)
show("angle_p_f64", "(acos(1-g)/sqrt(g (2-g)) - 1)/g, 0 <= g <= 1", angle_p, mpf(1), ANGLE_COUNT)
print("#endif")
