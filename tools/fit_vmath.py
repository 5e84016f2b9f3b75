#!/usr/bin/env python3
"""fit_vmath.py — the coefficients of src/linalg/vmath_coef.h: near-minimax (Chebyshev) fits in 50 digits.

tanh in float has 16 polynomials besides, one for each quarter octave of r |x| + 1, in |x| - centre: the centres are floats whose tanh happens to lie
very near a float (after Gal, Bachelis 1991), so that looking it up costs no digits.

Run by hand when a degree changes:  tools/fit_vmath.py > src/linalg/vmath_coef.h
Needs mpmath. Each polynomial is printed lowest power first with the largest error of the fit (before rounding)."""
from mpmath import atanh, chebyfit, cos, erf, erfc, exp, expm1, floor, log, mp, mpf, nstr, pi, polyval, sin, sqrt, tanh

mp.dps = 50
TINY = mpf(10) ** -12  # below, the first terms of the series: the quotients cancel


def exp_q(r):
    return (expm1(r) - r) / r**2 if abs(r) > TINY else mpf(1) / 2 + r / 6


def log_w(z):
    s = sqrt(z)
    return 2 * (atanh(s) - s) / (s * z) if z > TINY else mpf(2) / 3 + 2 * z / 5


def sin_s(z):
    r = sqrt(z)
    return (sin(r) - r) / r**3 if z > TINY else -mpf(1) / 6 + z / 120


def cos_c(z):
    return (cos(sqrt(z)) - 1 + z / 2) / z**2 if z > TINY else mpf(1) / 24 - z / 720


def erf_p(z):
    return (erf(sqrt(z)) / sqrt(z) if z > TINY else 2 / sqrt(pi) * (1 - z / 3)) - 1


MILLS = 4  # t = (z - 4)/(z + 4)


def mills_g(t):
    z = MILLS * (1 + t) / (1 - t)
    return erfc(z / sqrt(2)) * exp(z * z / 2) / 2 * (z + MILLS)


def mills_end(z):
    return mpf(z - MILLS) / (z + MILLS)


HALF_LN2 = log(2) / 2 * mpf("1.001")  # the margins are for the rounding of the multiple
EIGHTH = (pi / 4 * mpf("1.02")) ** 2
LOG_END = ((sqrt(2) - 1) / (sqrt(2) + 1) * mpf("1.001")) ** 2

# name, formula, function, interval (float, double), coefficients (float, double)
FITS = [
    ("exp_q", "(exp r - 1 - r)/r^2, |r| <= ln 2/2", exp_q, [(-HALF_LN2, HALF_LN2)] * 2, (5, 11)),
    ("log_w", "(log((1+s)/(1-s)) - 2 s)/s^3 in s^2, s <= 0.1716", log_w, [(0, LOG_END)] * 2, (3, 8)),
    ("sin_s", "(sin r - r)/r^3 in r^2, |r| <= pi/4", sin_s, [(0, EIGHTH)] * 2, (3, 6)),
    ("cos_c", "(cos r - 1 + r^2/2)/r^4 in r^2, |r| <= pi/4", cos_c, [(0, EIGHTH)] * 2, (3, 6)),
    ("erf_p", "erf(x)/x - 1 in x^2, |x| <= 1", erf_p, [(0, 1)] * 2, (7, 13)),
    ("mills_g", "(z + 4) Q(z)/exp(-z^2/2) in t = (z-4)/(z+4), Q the normal distribution's upper tail", mills_g,
     [(-1, mills_end(mpf("14.5"))), (-1, mills_end(39))], (11, 24)),
]


# ---- tanh in float, by table --------------------------------------------------------------------------------------------------
ROWS, QUARTERS, BITS = 16, 4, 24
TOP, COUNT = mpf("9.02"), 5  # where tanh rounds to 1; coefficients after tanh(centre)


def digit(x):
    """The value of x's last digit in float."""
    return mpf(2) ** (floor(log(abs(x), 2)) + 1 - BITS)


def rounded(x):
    return floor(x / digit(x) + mpf(1) / 2) * digit(x)


def lucky_centre(low, high):
    """The float near the middle whose tanh is nearest to a float, in its last digit."""
    middle = rounded((low + high) / 2)
    return min(
        (middle + j * digit(middle) for j in range(-400, 400)),
        key=lambda c: abs(tanh(c) - rounded(tanh(c))) / digit(tanh(c)),
    )


def row_of(low, high):
    """Centre c, tanh c, coefficients of (tanh(c + d) - tanh c)/d; the first row is that of |x| itself, whose slope is 1."""
    if low == 0:
        fit = chebyfit(lambda d: (tanh(d) / d - 1) / d if d > TINY else -d / 3, [mpf(0), high], COUNT - 1)
        return [mpf(0), mpf(0), mpf(1)] + fit[::-1]
    c = lucky_centre(low, high)
    ends = [low - c, high - c]
    fit = chebyfit(lambda d: (tanh(c + d) - tanh(c)) / d if abs(d) > TINY else 1 - tanh(c) ** 2, ends, COUNT)
    return [c, rounded(tanh(c))] + fit[::-1]


def worst_of(rows, edge):
    """The largest relative error of a row's polynomial, before its coefficients are rounded."""
    worst = mpf(0)
    for (c, *poly), low, high in zip(rows, edge, edge[1:]):
        for x in (low + (high - low) * j / 40 for j in range(1, 40)):
            worst = max(worst, abs(polyval(poly[::-1], x - c) / tanh(x) - 1))
    return worst


def print_tanh():
    """r |x| + 1 goes through 4 octaves while |x| goes to TOP, which lies in the last row: a row for each quarter of an octave."""
    value = [(1 + mpf(i % QUARTERS) / QUARTERS) * 2 ** (i // QUARTERS) for i in range(ROWS + 1)]
    r = rounded((value[-1] - 1) / TOP * (1 - mpf("1e-6")))
    edge = [(v - 1) / r for v in value]
    rows = [row_of(low, high) for low, high in zip(edge, edge[1:])]
    turned = [rows[(i - QUARTERS * 127) % ROWS] for i in range(ROWS)]  # as the exponent's and the quarter's low four bits count
    print("\n/* tanh |x| by quarter octaves of r |x| + 1, |x| up to `top`: row by row the centres, tanh there, and the coefficients */")
    print(f"/* error {nstr(worst_of(rows, edge), 2)} */")
    print(f"static const float tanh_top = {nstr(TOP, 3)}f, tanh_r = {nstr(r, 9)}f;")
    lines = ["{" + ", ".join(nstr(row[k], 9, min_fixed=0, max_fixed=0) + "f" for row in turned) + "}" for k in range(COUNT + 2)]
    print(f"_Alignas(64) static const float tanh_rows[][{ROWS}] = {{{', '.join(lines)}}};")


def main():
    print("/* vmath_coef.h — polynomials of vmath.tmpl.h, lowest power first. Made by tools/fit_vmath.py: change that. */")
    print("#ifndef LF_VMATH_COEF_H\n#define LF_VMATH_COEF_H")
    for name, formula, f, ends, counts in FITS:
        print(f"\n/* {formula} */")
        for suffix, real, digits, mark, interval, count in (("f32", "float", 9, "f", ends[0], counts[0]),
                                                            ("f64", "double", 17, "", ends[1], counts[1])):
            poly, error = chebyfit(f, [mpf(interval[0]), mpf(interval[1])], count, error=True)
            print(f"/* error {nstr(error, 2)} */")
            body = ",\n    ".join(nstr(c, digits, min_fixed=0, max_fixed=0) + mark for c in reversed(poly))
            print(f"static const {real} {name}_{suffix}[] = {{{body}}};")
    print_tanh()
    print("#endif")


main()
