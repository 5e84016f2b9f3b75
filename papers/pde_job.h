/* pde_job.h — what the experiments on the frequency equation share: predictions as runs, decay of single frequencies, laws of frequencies. */
#ifndef LF_PAPERS_PDE_JOB_H
#define LF_PAPERS_PDE_JOB_H
#include "papers.h"

enum { PDE_WAYS = 3 }; /* net, kernel, equation */
extern const char *const pde_way_name[PDE_WAYS];

/* Option texts name, value, ..., NULL; those of `more` after those of `common`. */
enum { PDE_OPTIONS = 48 };
void pde_join(const char *out[PDE_OPTIONS], paper_options common, paper_options more);

/* The same data and features three times: nets trained by plain descent, the exact flow of their limit kernel, and the frequency equation. Runs named
 * NAME-net, NAME-kernel, NAME-pde; `density` is --pde-density. The caller destroys run[]. Only training understands `quick`. */
lf_status pde_three_ways(paper_job *job, const char *name, paper_options options, paper_options quick,
                         const char *density, size_t n, const double *tones, lf_run *run[PDE_WAYS]);
void pde_destroy(lf_run *run[PDE_WAYS]);

/* The times at which the error of frequency j, relative to its first, fell to one half, seed by seed of a run, out (PAPER_MAX_SEEDS): linear in log(error)
 * between records; INFINITY: never. Gives how many there are; of a prediction, one. */
size_t pde_half_lives(const lf_run *run, size_t j, double *out);

/* Largest RMS difference of a band's error between any two of the three, over the nets' seeds. */
lf_status pde_apart(lf_run *const run[PDE_WAYS], size_t seeds, paper_span *worst);
#endif
