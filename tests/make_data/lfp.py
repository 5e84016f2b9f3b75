#!/usr/bin/env python3
"""What LFP operators are made of, for t_lfp.c: python3 lfp.py ../data/lfp.npz

Brute force, sharing no formula with the library but the activations:
  spectrum  |transform|^2 of the first derivative that decays, by quadrature over t; of ramps, that derivative is a divided difference
            of the slope, whose factor |1 - e^{iw delta}|^2/delta^2 is divided out
  overlap   of act and its slope: E int (g(t) - 2 g(t + u s) + g(t + 2 u s))^2 dt = E [6 R(0) - 8 R(us) + 2 R(2us)], free of what R leaves
            open; u standard normal, or uniform on (-1,1)
  moment    E T^2(w/r) r^(2q-1) w^(-2q) and E T^2(w/r) r^(2q-3) w^(2-2q), r = |w| of a standard normal vector in 1, 2, 3, 5 dimensions, or
            uniform on (0,1); w = 2 pi xi. Of splines, over y = w/r in short panels up to y = 2e4
Rates that fall like an exponential are known relative to those at lower xi only. Checked against itself with other panels: see the last column. A minute."""
import sys
import numpy as np
from math import gamma, pi, sqrt
from dual_activations import ACT

ORDER = {"relu": 2, "leaky_relu": 2, "tanh": 1, "sigmoid": 1, "softplus": 2, "gelu": 2, "silu": 2, "elu": 2, "gauss": 0, "erf": 1, "ricker": 0,
         "srelu": 0, "phi": 0, "s2relu": 0}
SPLINES = ("srelu", "phi", "s2relu")
OMEGA = np.array([0.01, 0.3, 1.0, 2.5, 6.0])
SCALE = np.array([0.3, 1.0, 4.0])
XI = np.array([0.05, 0.5, 3.0])
DIMENSION = [1, 2, 3, 5, 0]  # 0: uniform, one dimension
NODE, WEIGHT = np.polynomial.legendre.leggauss(20)


def panels(ends):
    ends = np.unique(ends)
    half, mid = np.diff(ends)[:, None] / 2, (ends[1:] + ends[:-1])[:, None] / 2
    return (mid + half * NODE).ravel(), (half * WEIGHT).ravel()


def spectrum(name, omega, width=0.25):
    """T^2 at omega (m)"""
    a, kinks, f = ACT[name]
    q = ORDER[name]
    if name in ("relu", "leaky_relu"):
        return np.full(len(omega), (1.0 - a) ** 2)
    if name == "elu":  # (1-a) delta + a e^t below 0
        return abs((1 - a) + a / (1 - 1j * omega)) ** 2
    shift = 0.05 if q == 2 else 0
    t, w = panels(np.concatenate([np.arange(-45, 45 + width, width), kinks, [k - shift for k in kinks]]))
    g = (f(t + shift, a)[1] - f(t, a)[1]) / shift if q == 2 else f(t, a)[1 if q == 1 else 0]
    keep = abs(g) > 1e-30
    value = np.array([np.sum(w[keep] * g[keep] * np.exp(-1j * o * t[keep])) for o in omega])
    if q == 2:
        factor = np.where(omega * shift > 0, 2 * np.sin(omega * shift / 2) / shift / np.where(omega > 0, omega, 1), 1)
        value = value / factor
    return abs(value) ** 2


def overlap_at(name, h, width):
    a, kinks, f = ACT[name]
    cuts = [k - j * h for k in kinks for j in range(3)]
    t, w = panels(np.concatenate([np.arange(-45 - 2 * h, 45, width), cuts]))
    g = [f(t + j * h, a) for j in range(3)]
    return [np.sum(w * (g[0][i] - 2 * g[1][i] + g[2][i]) ** 2) for i in range(2)]


def overlap(name, scale, uniform, width=0.5):
    steps = np.concatenate([0.5 ** np.arange(0, 16), [0]])
    u, w = panels(np.concatenate([steps, [] if uniform else np.arange(1, 9.6, 0.5), np.array([1, 2, 3, .5, 1.5]) / scale]))
    inside = u < (1 if uniform else 9.5)
    u, w = u[inside], w[inside] * (1 if uniform else np.exp(-u[inside] ** 2 / 2) * sqrt(2 / pi))
    return np.sum([wi * np.array(overlap_at(name, ui * scale, width)) for ui, wi in zip(u, w)], axis=0)


def closed_spline(name, y):
    """Written down anew; agrees with `spectrum` where that can follow (main checks)."""
    h = y / 2
    with np.errstate(all="ignore"):
        parabola = lambda h: np.where(abs(h) < 0.05, 1 / 6 - h * h / 60 + h ** 4 / 1680, (np.sin(h) - h * np.cos(h)) / (2 * h ** 3))
        if name == "phi":
            return 4 * np.where(abs(h) < 1e-4, 1 - h * h, (np.sin(h) / h) ** 6)
        if name == "srelu":
            return parabola(h) ** 2
        return (parabola(h - pi) - parabola(h + pi)) ** 2 / 4


def density(d, r):
    return np.where(r < 1, 1.0, 0.0) if d == 0 else r ** (d - 1) * np.exp(-r * r / 2) / (2 ** (d / 2 - 1) * gamma(d / 2))


def moments(name, d, xi, fine=1.0):
    omega, q = 2 * pi * xi, ORDER[name]
    if name in SPLINES:
        y, w = panels(np.concatenate([[omega / 13] if d else [omega], np.geomspace(omega / 13 if d else omega, 1, 30) if omega < 1 else [],
                                      np.arange(max(1, omega / 13 if d else omega), 2e4, 2.0 * fine)]))
        r, w = omega / y, w * omega / y ** 2
        t2 = closed_spline(name, y)
    else:
        top = 1.0 if d == 0 else 13 + 2 * sqrt(omega)
        r, w = panels(top * 2.0 ** (-np.arange(0, 30, 0.5 * fine)))
        y = omega / r
        t2 = np.zeros_like(r)
        seen = y < (np.inf if name in ("relu", "leaky_relu", "elu") else 40)
        t2[seen] = spectrum(name, y[seen])
        t2[t2 < 1e-28 * t2.max()] = 0  # rounding of the transform
    p = w * t2 * density(d, r)
    return np.array([np.sum(p * r ** (2 * q - 1)) * omega ** (-2 * q), np.sum(p * r ** (2 * q - 3)) * omega ** (2 - 2 * q)])


def main():
    out = {"omega": OMEGA, "scale": SCALE, "xi": XI, "dimension": np.array(DIMENSION, float)}
    for name in ORDER:
        out[name + "_param"] = np.array(float(ACT[name][0]))
        out[name + "_spectrum"] = spectrum(name, OMEGA)
        if name in SPLINES:
            assert abs(closed_spline(name, OMEGA) - out[name + "_spectrum"]).max() < 1e-14
        out[name + "_overlap"] = np.array([[overlap(name, s, u) for s in SCALE] for u in (False, True)])
        out[name + "_moment"] = np.array([[moments(name, d, x) for x in XI] for d in DIMENSION])
        check = [spectrum(name, OMEGA, 0.2) / out[name + "_spectrum"] - 1, overlap(name, SCALE[1], False, 0.3) / out[name + "_overlap"][0, 1] - 1,
                 moments(name, 2, XI[1], 0.7) / out[name + "_moment"][1, 1] - 1]
        print(name, *("%.1e" % abs(c).max() for c in check), flush=True)
    np.savez(sys.argv[1], **out)


if __name__ == "__main__":
    main()
