/* papers.c — the table of experiments. */
#include "papers.h"
#include <string.h>

static const paper_experiment experiment[] = {
    {"fp-1d", "Xu, Zhang, Luo, Xiao, Ma: Frequency Principle, arXiv:1901.06523; Xu, Zhang, Xiao, arXiv:1807.01251",
     "three tones are learned in order of frequency", "t_1 < t_3 < t_5, medians over seeds",
     "sin x + sin 3x + sin 5x, 600 points on [-3.1415, 3.1415], tanh 1-200-200-200-100-1, N(0, 1/200), Adam 1e-4, 10 "
     "000 steps",
     "20 s", "4 min", paper_fp_1d},
    {"fp-1d-amp", "Xu, Zhang, Xiao: Training behavior of deep neural network in frequency domain, arXiv:1807.01251",
     "low first even where high tones are larger", "t_1 < t_3 < t_5 for the smooth and for the rounded target",
     "sin x + 2 sin 3x + 3 sin 5x, as it is and rounded to multiples of 2, 101 points on [-5, 5], net of fp-1d, Adam "
     "2e-4; "
     "the number of steps, 10 000, is ours",
     "20 s", "2 min", paper_fp_1d_amp},
    {"fp-1d-script", "the authors' published script of arXiv:1807.01251",
     "two tones in the authors' own script, low first", "t_1 < t_4, and the loss falls below 3e-3 within 6e5 steps",
     "sin x + sin 4x, 61 points on [-10, 10], tanh 1-200-200-200-100-1, N(0, 0.05^2), Adam 2e-5", "1 min", "15 min",
     paper_fp_1d_script},
    {"fp-ratio", "Xu, Zhang, Xiao, arXiv:1807.01251", "the further apart, the later the high tone",
     "t_high/t_low > 1 for amplitudes a <= 1; it grows with k (Kendall tau > 0.6)",
     "sin x + a sin 4x, a = 0.1, 0.3, 1, 3; sin x + 0.2 sin kx, k = 2 ... 8; net of fp-1d; 201 points on [-3.1415, "
     "3.1415], Adam 1e-4 and "
     "20 000 steps are ours",
     "2 min", "40 min", paper_fp_ratio},
    {"fp-step", "Xu, Zhang, Xiao, arXiv:1807.01251", "a staircase is learned from low to high",
     "Kendall tau of learning step and frequency over the spectrum's peaks > 0.6",
     "round(sin x), 600 points on [-10, 10], net of fp-1d, Adam 1e-4; the number of steps, 30 000, is ours", "30 s",
     "12 min", paper_fp_step},
    {"fp-image", "Xu, Zhang, Luo, Xiao, Ma, arXiv:1901.06523; set-up of arXiv:1807.01251",
     "an image: outlines long before details",
     "relative error of the part below 3 cycles < 0.1 in at most half the steps that the rest needs",
     "64 x 64 grey picture (made by the program: the paper's is not at hand), every second column, relu "
     "2-500-400-300-200-200-100-1, "
     "Adam 5e-5; glorot init and 3 000 steps are ours",
     "1 min", "15 min", paper_fp_image},
    {"fp-early", "Xu, Zhang, Xiao, arXiv:1807.01251", "early stopping keeps the signal, drops noise",
     "clean test error has an interior minimum; there the sine is in (error < 0.5) and less than half of the noise's "
     "amplitude",
     "sin x + 0.2 N(0,1), 100 points on [-10, 10], net of fp-1d, Adam 1e-5, 30 000 steps", "20 s", "4 min",
     paper_fp_early},
    {"fp-zoo", "overview, arXiv:2201.07395; Xu, Zhang, Luo, Xiao, Ma, arXiv:1901.06523",
     "low first for every activation, optimiser, loss",
     "Kendall tau of learning step and frequency > 0 in every cell that learns two tones or more, and these are more "
     "than half of all",
     "data of fp-1d at 100 points; {tanh, relu, sin, sigmoid, softplus, gelu} x depth {1, 3, 5} x {gd 0.02, sgd 0.02 "
     "in batches of 25, momentum 0.002: 100 000 steps; adam 1e-3, rmsprop 3e-4: 20 000} x {mse, mae, huber}; width 50, "
     "N(0, 1/50), the rates and steps are ours; quick: 60 points, 20 000 and 5000 steps, depths 1 and 3, gd and adam, "
     "mse and huber",
     "30 s", "1 h", paper_fp_zoo},
    {"fp-nongrad", "Xu, Zhang, Luo, Xiao, Ma, arXiv:1901.06523; overview, arXiv:2201.07395",
     "low first without following the gradient",
     "error of sin x < 0.1 before that of sin 5x, for every optimiser (sin x must get there; sin 5x may not)",
     "sin x + sin 5x, small net by L-BFGS, truncated Newton-CG, Powell's BOBYQA, NEWUOA and PRAXIS, controlled random "
     "search, evolution (in place "
     "of particle swarm); tanh 1-10-1, 61 points on [-3.1415, 3.1415], double, 200 000 evaluations, 2 000 000 for the "
     "last two in a box of 5 are ours",
     "10 s", "4 min", paper_fp_nongrad},
    {"anti-init", "overview, arXiv:2201.07395", "large initial weights weaken the order",
     "t_5/t_1 falls as the scale of the initial weights grows (Kendall tau < 0) and is smaller at 10 than at 1",
     "fp-1d with initial weights and biases multiplied by 1, 2, 4, 7, 10; 200 points are ours", "1 min", "15 min",
     paper_anti_init},
    {"anti-ricker", "overview, arXiv:2201.07395", "high-frequency activations turn the order around",
     "with and without ASI: t_5 <= t_1, or a tie (intervals over seeds meet), for ricker 0.1 and sin 10x; t_1 < t_5 "
     "for tanh",
     "data and net of fp-1d, Adam 1e-5; ricker 0.3 (6000 steps), ricker 0.1 (1000), sin x (20 000), sin 10x (1000); "
     "tanh's 20 000 steps are ours; quick: 100 points, Adam "
     "1e-4 and a tenth of the steps",
     "1 min", "30 min", paper_anti_ricker},
    {"anti-sobolev", "overview, arXiv:2201.07395", "slopes in the loss bring high tones forward",
     "t_5/t_1 smaller with the loss mse(f) + mse(f') than with mse(f), medians over seeds",
     "data of fp-1d, tanh 1-100-200-100-1, both losses from the same initial weights; N(0, 1/200), Adam 1e-4 and 10 "
     "000 "
     "steps are ours; quick: 100 points, 5000 steps",
     "30 s", "6 min", paper_anti_sobolev},
    {"fp-tanh-spectrum", "Xu, Zhang, Xiao, arXiv:1807.01251; Luo, Ma, Xu, Zhang, arXiv:1906.09235",
     "a tanh unit feels frequency k by exp(-pi k/2w)",
     "formula of the net's spectrum against quadrature to 1e-10 of its largest value; slope of log |df^/da_j| over k "
     "within 10 % of -pi/2|w_j| for every unit",
     "trained tanh 1-20-1 in double, the data of fp-1d; 200 points, N(0,1), Adam 1e-3, 20 000 steps are ours; output "
     "weights' gradients, k = 0.5 ... 20 rad, units with pi k/2|w_j| in 3 ... 12 for four of these; quick: 2000 steps",
     "5 s", "20 s", paper_tanh_spectrum},
    {"lfp-1d", "Luo, Ma, Xu, Zhang: linear frequency principle, arXiv:2010.08153", "wide nets draw the LFP's splines",
     "RMS(net, LFP) < 0.015 (relu), < 0.02 (tanh); RMS(net, wrong spline) > 0.03; wrong: cubic for relu with large "
     "output weights, piecewise linear for the others",
     "five points, m = 10 000, ASI, no output bias, U(-v,v) laws, double, sse, gd until the loss is below 8e-5: relu "
     "cubic (v_b, v_a, v_w, rate 3, .1, 3, 5e-6) and linear (1, 1, .2, 1e-6), tanh-1 (3, 4, 1.5, 2e-5), tanh-0 (1, .1, "
     "3, 1e-5); the 800 points' range, -0.8 ... 0.1, and which spline is wrong for tanh are ours; quick: m = 1000, "
     "until 1e-3",
     "20 s", "45 min", paper_lfp_1d},
    {"lfp-width", "Luo, Ma, Xu, Zhang, arXiv:2010.08153", "the wider the net, the nearer to the LFP",
     "slope of log RMS(net, LFP) over log m within 0.1 of -0.39",
     "cubic case of lfp-1d, m = 500, 1000, ... 16 000; a rate of 0.05/m (5e-6 at 10 000) is ours; quick: up to 4000",
     "10 s", "4 min", paper_lfp_width},
    {"lfp-xor", "Luo, Ma, Xu, Zhang, arXiv:2010.08153", "the LFP holds in two dimensions: xor",
     "on a 30 x 30 grid: correlation of net and LFP > 0.99, RMS < 0.06",
     "relu, m = 8000, (+-1, +-1) with the product as label, w .8 N(0,I), a .2 N(0,1), b N(0,1), ASI, sse, gd 2e-5 "
     "until the loss is below 1e-5; the grid's range, [-1, 1]^2, is ours; quick: m = 1000",
     "1 s", "5 s", paper_lfp_xor},
    {"lfp-operator", "Luo, Ma, Xu, Zhang, arXiv:2010.08153", "the kernel acts as the LFP's rates A, B say",
     "relative error of the operator's action on a wave packet falls like sigma_b^-2: slope within 0.3 of -2 in every "
     "case",
     "exact limit kernel on a packet of frequency 1 and width s = 1.5; relu, tanh, softplus with sigma_w = 1, 3, 6, "
     "sigma_a = 0.2; spreads sigma_b/(s sigma_w) = 3, 10, 30 (relu: 100) in d = 1, 3, 10 (relu: 30) in d = 2: all "
     "ours, and no chance in them; quick: d = 1, 3 and 10",
     "5 s", "6 min", paper_lfp_operator},
    {"lfp-exponent", "Luo, Ma, Wang, Xu, Zhang, arXiv:2012.03238", "alpha <= d: spikes; alpha > d: a function",
     "h beside a sample: alpha < d, over the last two cut-offs it falls faster than cut-off^((alpha-d)/2); alpha > d, "
     "it changes by less than 5 %",
     "least int <xi>^alpha |h^|^2 through -1 at 0 and 1 at distance 1/2, period 4, seen at 0.05 from 0; d = 1: alpha = "
     "0.5, 1.5, 4, cut-offs 1e2 ... 1e5 multiples of 1/4; d = 2: alpha = 1, 3, 6, 10, 30, 100, 300: ours, and no "
     "chance in them; quick: no curves at the highest cut-off",
     "5 s", "30 s", paper_lfp_exponent},
    {"lfp-dynamics", "Luo, Ma, Xu, Zhang, arXiv:2010.08153", "net, limit kernel, LFP: one curve per band",
     "error of every band within 0.05 of the LFP's (RMS over the logarithm of the steps), for the net and for the "
     "limit kernel",
     "0.01 (cos 2 pi x + cos 4 pi x + cos 8 pi x) at 32 points of [-1, 1]; relu in double, m = 10 000, inverse-sqrt, "
     "sigma_w, sigma_b, sigma_a = 1, 3, 3, ASI, half_mse, gd 0.1, 30 000 steps; all ours, 0.05 too; quick: m = 2000, "
     "10 000 steps",
     "20 s", "5 min", paper_lfp_dynamics},
    {"lfp-init", "Luo, Ma, Xu, Zhang, arXiv:2010.08153", "a start f_0 stays, the LFP fits the rest",
     "LFP evolved from f_0 for long equals f_0 + the variational solution for y - f_0 to 1e-6 of the largest residual, "
     "in every seed",
     "points and loss of lfp-1d, relu, m = 10 000, inverse-sqrt, U(-v,v) with v_b, v_a, v_w = 3, 2, 3, no ASI, gd "
     "0.03: all ours; the trained net beside it; quick: m = 1000",
     "1 s", "5 s", paper_lfp_init},
    {"lfp-bound", "Luo, Ma, Xu, Zhang, arXiv:2010.08153; Zhang, Xu, Luo, Ma, arXiv:1905.10264",
     "FP-norm, test error and bound rise together",
     "Kendall tau of v with FP-norm, and with the median risk at every n, > 0.9; no draw of the samples above either "
     "bound",
     "sin 2 pi v x, v = 1 ... 10; n = 20, 50, 100, 200 uniform samples of the torus [0, 1); gamma^2 = A of a relu net "
     "with sigma_w, sigma_b, sigma_a = 1, 3, 1, gamma(0) = gamma(1), delta = 0.05, a seed's risk the mean of 20 draws: "
     "ours; quick: 5 draws",
     "3 s", "20 s", paper_lfp_bound},
    {"pde-1d", "a partial differential equation in frequency, arXiv:2405.14957",
     "net, kernel and frequency equation learn alike",
     "the errors of all bands, of the trained net (median over seeds), the exact kernel and the closed equation, "
     "within 0.05 of each other (RMS over "
     "the steps) for three laws",
     "exp(-x^2/0.1) (sin 2 pi x + sin 6 pi x + sin 12 pi x), 200 points on [-1, 1]; 8000 trained Fourier features, "
     "N(0, 2^2), N(0, 5^2) and "
     "uniform on [-9, 9], plain descent; target, laws, width and rate are ours",
     "1 min", "3 min", paper_pde_1d},
    {"pde-2d", "arXiv:2405.14957", "the same in two dimensions",
     "as pde-1d; order of convergence above 1.8 and 2.8 for elements of order 1 and 2 where the solution is known",
     "exp(-|x|^2/0.15) (sin 2 pi x1 + sin 6 pi x2), 32 x 32 points on [-1, 1]^2; 6000 features, N(0, 1), N(0, 2^2), "
     "uniform on [-4, 4]^2; all "
     "ours",
     "3 min", "7 min", paper_pde_2d},
    {"pde-control", "arXiv:2405.14957", "the frequencies' law sets what is learned first",
     "rates at 2 and 6 cycles within 10 % for a uniform law, in the ratio of the densities (within 20 %) for a "
     "Gaussian, in reversed order for a high "
     "pass; for net, kernel and equation alike",
     "exp(-x^2/0.2) (sin 4 pi x + sin 12 pi x), 240 points on [-1.5, 1.5]; 8000 features at the quantiles of four "
     "laws: uniform on [-8, 8], "
     "N(0, 4^2), like the target's spectrum, uniform on 4 to 9 cycles; all ours",
     "1 min", "10 min", paper_pde_control},
    {"pde-deep", "arXiv:2405.14957", "deep nets keep the order of the laws",
     "half-lives of the high tone across four laws in the same order (Kendall tau = 1) for 1, 2, 3 hidden layers "
     "behind the features as by the "
     "equation",
     "data of pde-control; 256 fixed features at the quantiles of N(0, 3^2), N(0, 5^2), uniform on [-8, 8], like the "
     "target's spectrum; tanh 200 wide, "
     "scaling ntk, plain descent; all ours",
     "1 min", "12 min", paper_pde_deep},
    {"pde-scale", "Tancik et al., arXiv:2006.10739", "a scale in the middle draws a picture best",
     "PSNR between the training pixels higher at sigma = 10 than at 1 and at 100; at the doctor's choice of sigma less "
     "than 1 dB below the best of the scan",
     "every second pixel each way, 256 Gaussian features, relu 2-256-256-256-256-1, Adam 1e-4, 2000 steps; sigma = 1 "
     "... "
     "100 cycles per 512 pixels, as there, on a piece of 64 x 64; the picture (dead leaves, made by the program: the "
     "paper's are not at hand), glorot init and an output without a sigmoid are ours; quick: 48 x 48, 64 features, "
     "128 wide, Adam 1e-3, 500 steps",
     "1 min", "25 min", paper_pde_scale},
};
enum { EXPERIMENTS = sizeof experiment / sizeof *experiment };

size_t paper_count(void) { return EXPERIMENTS; }
const paper_experiment *paper_at(size_t i) { return &experiment[i]; }

const paper_experiment *paper_find(const char *id)
{
  for (size_t i = 0; i < EXPERIMENTS; i++)
    if (strcmp(id, experiment[i].id) == 0) return &experiment[i];
  return NULL;
}
