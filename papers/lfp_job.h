/* lfp_job.h — what experiments on limit kernels and the linear frequency principle share: lfp_job.c. */
#ifndef LF_PAPERS_LFP_JOB_H
#define LF_PAPERS_LFP_JOB_H
#include "lowfirst/lfp.h"
#include "papers.h"

enum { PAPER_PATH = 600, PAPER_LINE = 5 };

/* The five points of the authors' experiments on a line. */
extern const double paper_line_x[PAPER_LINE], paper_line_y[PAPER_LINE];

/* OUT/name.npz of samples x (n,d), y (n,1), and OUT/name.npy of points z (q,d). path (PAPER_PATH) is what --data and --at take. */
lf_status paper_samples(const paper_job *job, const char *name, size_t n, size_t d, const double *x, const double *y,
                        char *path);
lf_status paper_points(const paper_job *job, const char *name, size_t q, size_t d, const double *z, char *path);

/* Even points from `low` to `high`, both included: z (q). */
void paper_even(size_t q, double low, double high, double *z);

/* What the LFP of this model makes of samples for t -> infinity, at z (q,d): values (q,1); the other, of other labels y at the five points. */
lf_status paper_lfp_limit(const lf_model *model, const lf_data *data, size_t q, const double *z, double *values);
lf_status paper_lfp_through(const lf_model *model, const double *y, size_t q, const double *z, double *values);

/* The function at the last record of a seed: (q,1) at --at. */
const double *paper_last_fit(const lf_run *run, size_t seed);
#endif
