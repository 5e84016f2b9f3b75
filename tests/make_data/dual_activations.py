#!/usr/bin/env python3
"""E[act(u) act(v)] and E[act'(u) act'(v)] for t_dual.c: python3 dual_activations.py ../data/dual.npz

(u,v) normal with standard deviations r, t and correlation rho, given by its defect m = 1 - |rho| with the sign of rho. Brute force, sharing
nothing with the library: nested Gauss-Legendre rules of 20 points on panels that halve towards every kink or centre of both u and v, down
to 1e-9 of a standard deviation. Checked against itself with 14 points and twice as many panels: see the last lines. Takes some minutes."""
import sys
import numpy as np
from math import erf, pi, sqrt

NODE, WEIGHT = np.polynomial.legendre.leggauss(20)
erf_of = np.vectorize(erf, otypes=[float])
try:
    from scipy.special import erf as erf_of  # the same, faster
except ImportError:
    pass
SQRT_2PI = sqrt(2 * pi)


def normal(z):
    return 0.5 * (1 + erf_of(z / sqrt(2)))


def gelu(z, a):
    density = np.exp(-z * z / 2) / SQRT_2PI
    return z * normal(z), normal(z) + z * density


def sigmoid(z, a):
    s = 0.5 * (1 + np.tanh(z / 2))
    return s, 0.25 / np.cosh(np.clip(z, -700, 700) / 2) ** 2


def silu(z, a):
    s, d = sigmoid(z, a)
    return z * s, s + z * d


def ricker(z, a):
    u = z / a
    g = pi ** 0.25 / (15 * a) * np.exp(-u * u / 2)
    return (1 - u * u) * g, u * (u * u - 3) * g / a


def phi(z, a):
    p = lambda b: np.maximum(z - b, 0)
    inside = (z > 0) & (z < 3)
    value = p(0) ** 2 - 3 * p(1) ** 2 + 3 * p(2) ** 2 - p(3) ** 2
    slope = 2 * (p(0) - 3 * p(1) + 3 * p(2) - p(3))
    return value * inside, slope * inside


def s2relu(z, a):
    inside = (z > 0) & (z < 1)
    y = np.where(inside, z, 0)
    s, c = np.sin(2 * pi * y), np.cos(2 * pi * y)
    return inside * s * y * (1 - y), inside * (2 * pi * c * y * (1 - y) + s * (1 - 2 * y))


def elu(z, a):
    low = np.minimum(z, 0)
    return np.where(z > 0, z, a * np.expm1(low)), np.where(z > 0, 1.0, a * np.exp(low))


# name: parameter, kinks or centres, value and slope
ACT = {
    "identity": (0, [], lambda z, a: (z, np.ones_like(z))),
    "relu": (0, [0], lambda z, a: (np.maximum(z, 0), (z > 0) * 1.0)),
    "leaky_relu": (0.2, [0], lambda z, a: (np.where(z > 0, z, a * z), np.where(z > 0, 1.0, a))),
    "tanh": (0, [0], lambda z, a: (np.tanh(z), 1 / np.cosh(np.clip(z, -700, 700)) ** 2)),
    "sigmoid": (0, [0], sigmoid),
    "softplus": (0, [0], lambda z, a: (np.maximum(z, 0) + np.log1p(np.exp(-abs(z))), sigmoid(z, a)[0])),
    "gelu": (0, [0], gelu),
    "silu": (0, [0], silu),
    "elu": (0.7, [0], elu),
    "sin": (1.3, [], lambda z, a: (np.sin(a * z), a * np.cos(a * z))),
    "cos": (0.8, [], lambda z, a: (np.cos(a * z), -a * np.sin(a * z))),
    "gauss": (0, [0], lambda z, a: (np.exp(-z * z / 2), -z * np.exp(-z * z / 2))),
    "erf": (0, [0], lambda z, a: (erf_of(z), 2 / sqrt(pi) * np.exp(-z * z))),
    "ricker": (0.6, [0], ricker),
    "srelu": (0, [0, 1], lambda z, a: (np.maximum(z, 0) * np.maximum(1 - z, 0), ((z > 0) & (z < 1)) * (1 - 2 * z))),
    "phi": (0, [0, 1, 2, 3], phi),
    "s2relu": (0, [0, 1], s2relu),
}

# r, t, m
CASES = [(1, 1, 0.5), (0.25, 2, -0.375), (5, 4, 0.125), (1.5, 1.5, 2.0**-20), (2, 2.0009765625, 2.0**-30), (30, 20, 0.75),
         (96, 128, 0.015625), (2.0**-13, 2.0**-12, 0.5), (1, 3, 2.0**-10), (2, 1, -(2.0**-13)), (8, 0.5, -1.0),
         (512, 512, 2.0**-12)]
REACH, LEVELS = 9.5, 26


def rule(centres, fine, points=(NODE, WEIGHT), width=0.5):
    """Nodes and weights for the standard normal; panels of `width`, halving towards each centre down to `fine`."""
    ends = [np.arange(-REACH, REACH + width / 2, width)]
    for c in centres:
        if abs(c) < REACH + 1:
            steps = width * 0.5 ** np.arange(LEVELS)
            steps = steps[steps > fine / 4]
            ends += [[c], c - steps, c + steps]
    ends = np.unique(np.clip(np.concatenate(ends), -REACH, REACH))
    half, mid = np.diff(ends)[:, None] / 2, (ends[1:] + ends[:-1])[:, None] / 2
    z = (mid + half * points[0]).ravel()
    return z, (half * points[1]).ravel() * np.exp(-z * z / 2) / SQRT_2PI


def dual(name, r, t, m, **how):
    a, centres, f = ACT[name]
    g = abs(m)
    rho, s = np.copysign(1 - g, m), t * sqrt(g * (2 - g))
    along = t * rho
    around = [c / r for c in centres] + ([c / along for c in centres] if along else [])
    z, w = rule(around, min(1 / r, s / t), **how)
    value, slope = f(r * z, a)
    keep = (value != 0) | (slope != 0)
    q = d = 0.0
    for zi, wi, vi, di in zip(z[keep], w[keep], value[keep], slope[keep]):
        inner, weight = rule([(c - along * zi) / s for c in centres], 1 / s, **how)
        v, dv = f(along * zi + s * inner, a)
        q += wi * vi * (weight @ v)
        d += wi * di * (weight @ dv)
    return q, d


def main():
    out = {"cases": np.array(CASES)}
    for name, (a, _, _) in ACT.items():
        out[name] = np.array([dual(name, *case) for case in CASES])
        out[name + "_param"] = np.array(float(a))
        other = np.polynomial.legendre.leggauss(14)
        check = dual(name, *CASES[2], points=other, width=0.25)
        print(name, out[name][2], "changes by", np.abs(np.array(check) - out[name][2]).max(), flush=True)
    np.savez(sys.argv[1], **out)


if __name__ == "__main__":
    main()
