#!/usr/bin/env python3
"""fit_hold_out.py — the poles and weights of src/advise/hold_out.c: best rational approximation of exp(-x), x >= 0, by the method of Caratheodory and Fejer
(Trefethen, Weideman, Schmelzer 2006), its partial fractions divided so that they stand for (1 - exp(-x))/x.

Run by hand: prints the error and the table. Needs NumPy."""
import numpy

POLES, TERMS, NODES, SCALE = 6, 75, 1024, 9


def hankel(column):
    n = len(column)
    return numpy.array([[column[i + j] if i + j < n else 0 for j in range(n)] for i in range(n)])


def fit(n):
    """exp(z) for z <= 0 as the sum of c_k/(z - z_k): z, c"""
    w = numpy.exp(2j * numpy.pi * numpy.arange(NODES) / NODES)
    values = numpy.exp(SCALE * (w.real - 1) / (w.real + 1 + 1e-16))  # of exp, on the half line seen as a circle
    c = numpy.fft.fft(values).real / NODES
    u, s, vh = numpy.linalg.svd(hankel(c[1:TERMS + 1]))
    zeros = numpy.zeros(NODES - TERMS)
    b = numpy.fft.fft(numpy.r_[u[::-1, n], zeros]) / numpy.fft.fft(numpy.r_[vh[n], zeros])
    r = numpy.polyval(c[TERMS::-1], w) - s[n] * w**TERMS * b
    q = numpy.roots(vh[n])
    q = q[abs(q) > 1]
    p = (numpy.fft.fft(r * numpy.polyval(numpy.poly(q), w)) / NODES).real[n::-1]
    weight = numpy.array([numpy.polyval(p, x) / numpy.polyval(numpy.poly(q[q != x]), x) for x in q])
    z = SCALE * (q - 1)**2 / (q + 1)**2
    return z, 4 * weight * z / (q**2 - 1)


z, c = fit(POLES)
weight = -c / z
x = numpy.logspace(-6, 8, 20001)
told = (weight / (x[:, None] + z)).sum(1).real
print('relative error of (1 - exp(-x))/x: %.1e' % abs(told * x / -numpy.expm1(-x) - 1).max())
for a, b in sorted(zip(z, 2 * weight), key=lambda pair: pair[0].imag):
    if a.imag > 0:
        print('{%.17g, %.17g, %.17g, %.17g},' % (a.real, a.imag, b.real, b.imag))
