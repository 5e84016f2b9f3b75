#!/usr/bin/env python3
"""What b_kernel races against: kernel_peer.py limit|empirical FOLDER REPEATS. Reads FOLDER/x.npy (and w.npz), writes FOLDER/K.npy, prints a line that
says who it is, then seconds of the processor,
one line per repetition.

limit: the recursion of Jacot et al. 2018 for relu, depth 3, in NumPy on whole matrices. empirical: functorch's Jacobian contraction."""
import sys
import time
import numpy as np

kind, folder, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
x = np.load(f"{folder}/x.npy")


def limit(std_w=1.4, std_b=0.3, layers=3):
    s = std_w**2 * (x @ x.T) / x.shape[1] + std_b**2
    k = s.copy()
    for _ in range(layers):
        d = np.diag(s)
        r = np.sqrt(np.outer(d, d))
        sine = np.sqrt(np.maximum(r * r - s * s, 0))
        rest = np.pi - np.arctan2(sine, s)
        q, slope = (sine + rest * s) / (2 * np.pi), rest / (2 * np.pi)
        s = std_w**2 * q + std_b**2
        k = s + std_w**2 * k * slope
    return k


def empirical():
    import torch
    from functorch import jacrev, vmap

    torch.set_num_threads(1)
    stored = np.load(f"{folder}/w.npz")
    p = [torch.from_numpy(stored[f"p{i}"]) for i in range(len(stored.files))]
    points = torch.from_numpy(x)

    def net(p, x):
        for i in range(0, len(p), 2):
            x = x @ p[i].T + p[i + 1]
            if i + 2 < len(p):
                x = torch.tanh(x)
        return x[0]

    def run():
        jacobian = vmap(jacrev(net), (None, 0))(p, points)
        k = 0
        for j in jacobian:
            j = j.flatten(1)
            k = k + j @ j.T
        return k.numpy()

    return run


run = limit if kind == "limit" else empirical()
print("NumPy " + np.__version__ if kind == "limit" else "functorch", flush=True)
for _ in range(repeats):
    start = time.process_time()
    k = run()
    print(time.process_time() - start, flush=True)
np.save(f"{folder}/K.npy", k)
