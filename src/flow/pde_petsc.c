/* pde_petsc.c — M + tau S by PETSc: conjugate gradients, the rows shared among the processes of mpiexec.
 *
 * PETSc brings MPI and a hundred libraries: it is opened when a mesh first needs it, as OpenBLAS is (docs/decisions.md, on PETSc), with its own
 * signal handlers off, its errors handed back in silence, and its options untouched. Every process holds the whole mesh and the whole
 * vectors; rows of the matrix and the work of a solution are split, and what comes out is gathered to all. MPI is finished when the
 * program ends, as it cannot be begun twice. */
#include "pde_parts.h"
#ifndef LF_HAVE_PETSC
lf_status lf_fem_petsc(lf_fem_solver *out, const lf_fem *f)
{
  (void)f;
  *out = (lf_fem_solver){0};
  return LF_FAIL(LF_EUNSUP,
                 "this build has no PETSc, which solves the frequency equation in two and three dimensions and "
                 "under mpiexec: install the Debian package libpetsc-real-dev and build again");
}
#else
#include <dlfcn.h>
#include <petscksp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "linalg/blas.h"

/* ---- the library -------------------------------------------------------------------------------------------------------------------- */
/* clang-format off */
#define FUNCTION_LIST(X) \
  X(PetscOptionsSetValue) X(PetscInitializeNoArguments) X(PetscFinalize) X(PetscPushErrorHandler) \
  X(PetscErrorMessage) X(MPI_Comm_size) X(MPI_Comm_rank) X(MatCreate) X(MatSetSizes) X(MatSetType) \
  X(MatXAIJSetPreallocation) X(MatGetOwnershipRange) X(MatSetValues) X(MatAssemblyBegin) X(MatAssemblyEnd) \
  X(MatSetOption) X(MatCreateVecs) X(MatDestroy) X(VecGetArray) X(VecRestoreArray) X(VecDestroy) \
  X(VecScatterCreateToAll) X(VecScatterBegin) X(VecScatterEnd) X(VecScatterDestroy) X(KSPCreate) X(KSPSetType) \
  X(KSPSetTolerances) X(KSPGetPC) X(KSPSetOperators) X(KSPSetUp) X(KSPCGUseSingleReduction) X(KSPSolve) \
  X(KSPGetConvergedReason) X(KSPDestroy) X(PCSetType)
/* clang-format on */

static struct {
#define LF_X(name) __typeof__(name) *name##_;
  FUNCTION_LIST(LF_X)
#undef LF_X
  MPI_Comm *world;
  int processes, rank;
  lf_status status;
  char problem[512];
} petsc; /* written once, by open_library() under pthread_once */

/* A failure of PETSc, as a status and a line. */
static lf_status told(PetscErrorCode code, const char *what)
{
  const char *text = NULL;
  if (code == 0) return LF_OK;
  (void)petsc.PetscErrorMessage_(code, &text, NULL);
  return LF_FAIL(code == PETSC_ERR_MEM ? LF_ENOMEM : LF_EMATH, "PETSc: %s: %s", what, text ? text : "unknown error");
}
#define PETSC(name, ...) LF_TRY(told(petsc.name##_(__VA_ARGS__), #name))

static void give_up(const char *why, const char *detail)
{
  petsc.status = LF_EUNSUP;
  (void)snprintf(petsc.problem, sizeof petsc.problem, "%s (%s): install the Debian package libpetsc-real-dev", why,
                 detail);
}

static void finish(void) { (void)petsc.PetscFinalize_(); }

/* A process by itself needs no daemon, and MPI no signal handlers; both read that in the environment when they begin. */
static PetscErrorCode begin(void)
{
  static const char *const name[] = {"OMPI_MCA_ess_singleton_isolated", "OMPI_MCA_opal_signal"}, *const value[] = {"1",
                                                                                                                   ""};
  bool mine[2];
  for (int i = 0; i < 2; i++) {
    mine[i] = !getenv(name[i]);
    if (mine[i]) (void)setenv(name[i], value[i], 1);
  }
  PetscErrorCode code = petsc.PetscOptionsSetValue_(NULL, "-no_signal_handler", "true");
  if (code == 0) code = petsc.PetscInitializeNoArguments_();
  for (int i = 0; i < 2; i++)
    if (mine[i]) (void)unsetenv(name[i]);
  return code;
}

static void open_library(void)
{
  const lf_blas *blas;
  (void)lf_blas_get(&blas); /* OpenBLAS first, on our terms: PETSc would bring it in on its own */
  void *library = dlopen(LF_PETSC_FILE, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    give_up("this needs PETSc, which could not be opened", dlerror());
    return;
  }
#define LF_X(name)                                        \
  do {                                                    \
    void *found = dlsym(library, #name);                  \
    memcpy(&petsc.name##_, &found, sizeof found);         \
    if (!found) give_up("PETSc lacks a function", #name); \
  } while (0);
  FUNCTION_LIST(LF_X)
#undef LF_X
  petsc.world = dlsym(library, "PETSC_COMM_WORLD");
  void *quiet = dlsym(library, "PetscReturnErrorHandler");
  if (petsc.status == LF_OK && (!petsc.world || !quiet)) give_up("PETSc lacks a symbol", "PETSC_COMM_WORLD");
  if (petsc.status != LF_OK) return;
  PetscErrorCode (*handler)(MPI_Comm, int, const char *, const char *, PetscErrorCode, PetscErrorType, const char *,
                            void *) = NULL;
  memcpy(&handler, &quiet, sizeof handler);
  if (begin() != 0 || petsc.PetscPushErrorHandler_(handler, NULL) != 0) {
    give_up("PETSc and MPI could not be started", LF_PETSC_FILE);
    return;
  }
  (void)petsc.MPI_Comm_size_(*petsc.world, &petsc.processes);
  (void)petsc.MPI_Comm_rank_(*petsc.world, &petsc.rank);
  (void)atexit(finish);
}

/* ---- a matrix ------------------------------------------------------------------------------------------------------------------------- */
typedef struct shared {
  const lf_fem *f;
  Mat matrix;
  Vec right, solution, whole;
  VecScatter to_all;
  KSP solver;
  PetscInt first, last; /* rows of this process */
  PetscInt *column;
  PetscScalar *value; /* of one row, the longest */
} shared;

static size_t longest_row(const lf_fem *f)
{
  size_t most = 0;
  for (size_t i = 0; i < f->n; i++) most = LF_MAX(most, f->row[i + 1] - f->row[i]);
  return most;
}

/* Entries of each own row: in the columns of this process, and in others'. */
static lf_status preallocate(shared *s)
{
  const lf_fem *f = s->f;
  PetscInt *here = NULL, *there = NULL;
  size_t rows = (size_t)(s->last - s->first);
  lf_status st;
  LF_TRY(lf_calloc(&here, rows + 1, sizeof *here));
  LF_TRY(lf_calloc(&there, rows + 1, sizeof *there));
  for (size_t i = 0; i < rows; i++)
    for (size_t k = f->row[(size_t)s->first + i]; k < f->row[(size_t)s->first + i + 1]; k++) {
      bool own = (PetscInt)f->column[k] >= s->first && (PetscInt)f->column[k] < s->last;
      (own ? here : there)[i]++;
    }
  PETSC(MatXAIJSetPreallocation, s->matrix, 1, here, there, NULL, NULL);
done:
  lf_free(here);
  lf_free(there);
  return st;
}

/* Even shares of rows, the first processes one more: PETSc's own rule. */
static void take_rows(shared *s, PetscInt n)
{
  PetscInt rank = petsc.rank, of = petsc.processes;
  s->first = rank * (n / of) + LF_MIN(rank, n % of);
  s->last = s->first + n / of + (rank < n % of);
}

static lf_status make(shared *s)
{
  PetscInt n = (PetscInt)s->f->n;
  PC conditioner;
  lf_status st;
  LF_TRY(lf_calloc(&s->column, longest_row(s->f), sizeof *s->column));
  LF_TRY(lf_calloc(&s->value, longest_row(s->f), sizeof *s->value));
  take_rows(s, n);
  PETSC(MatCreate, *petsc.world, &s->matrix);
  PETSC(MatSetSizes, s->matrix, s->last - s->first, s->last - s->first, n, n);
  PETSC(MatSetType, s->matrix, MATAIJ);
  LF_TRY(preallocate(s));
  PETSC(MatSetOption, s->matrix, MAT_SPD, PETSC_TRUE);
  PETSC(MatGetOwnershipRange, s->matrix, &s->first, &s->last);
  PETSC(MatCreateVecs, s->matrix, &s->solution, &s->right);
  PETSC(VecScatterCreateToAll, s->solution, &s->to_all, &s->whole);
  PETSC(KSPCreate, *petsc.world, &s->solver);
  PETSC(KSPSetType, s->solver, KSPCG);
  PETSC(KSPCGUseSingleReduction, s->solver, PETSC_TRUE); /* processes wait for each other once an iteration */
  PETSC(KSPSetTolerances, s->solver, 1e-11, PETSC_DEFAULT, PETSC_DEFAULT, 2000);
  PETSC(KSPGetPC, s->solver, &conditioner);
  PETSC(PCSetType, conditioner, PCBJACOBI);
done:
  return st;
}

static lf_status factor(void *self, double tau)
{
  shared *s = self;
  const lf_fem *f = s->f;
  lf_status st = LF_OK;
  for (PetscInt i = s->first; i < s->last; i++) {
    size_t from = f->row[i], count = f->row[i + 1] - from;
    for (size_t k = 0; k < count; k++) {
      s->column[k] = (PetscInt)f->column[from + k];
      s->value[k] = f->mass[from + k] + tau * f->rate[from + k];
    }
    PETSC(MatSetValues, s->matrix, 1, &i, (PetscInt)count, s->column, s->value, INSERT_VALUES);
  }
  PETSC(MatAssemblyBegin, s->matrix, MAT_FINAL_ASSEMBLY);
  PETSC(MatAssemblyEnd, s->matrix, MAT_FINAL_ASSEMBLY);
  PETSC(KSPSetOperators, s->solver, s->matrix, s->matrix);
  PETSC(KSPSetUp, s->solver);
done:
  return st;
}

static lf_status solve_one(shared *s, double *x)
{
  size_t rows = (size_t)(s->last - s->first);
  KSPConvergedReason reason;
  PetscScalar *part;
  lf_status st;
  PETSC(VecGetArray, s->right, &part);
  memcpy(part, x + s->first, rows * sizeof *x);
  PETSC(VecRestoreArray, s->right, &part);
  PETSC(KSPSolve, s->solver, s->right, s->solution);
  PETSC(KSPGetConvergedReason, s->solver, &reason);
  if (reason < 0)
    LF_RAISE(LF_EMATH, "PETSc: conjugate gradients did not converge (%s)",
             reason == KSP_DIVERGED_ITS ? "2000 iterations" : "breakdown");
  PETSC(VecScatterBegin, s->to_all, s->solution, s->whole, INSERT_VALUES, SCATTER_FORWARD);
  PETSC(VecScatterEnd, s->to_all, s->solution, s->whole, INSERT_VALUES, SCATTER_FORWARD);
  PETSC(VecGetArray, s->whole, &part);
  memcpy(x, part, s->f->n * sizeof *x);
  PETSC(VecRestoreArray, s->whole, &part);
done:
  return st;
}

static lf_status solve(void *self, size_t columns, double *x)
{
  shared *s = self;
  lf_status st = LF_OK;
  for (size_t c = 0; c < columns && st == LF_OK; c++) st = solve_one(s, x + c * s->f->n);
  return st;
}

static void destroy(void *self)
{
  shared *s = self;
  if (!s) return;
  if (petsc.status == LF_OK) {
    (void)petsc.KSPDestroy_(&s->solver);
    (void)petsc.VecScatterDestroy_(&s->to_all);
    (void)petsc.VecDestroy_(&s->whole);
    (void)petsc.VecDestroy_(&s->solution);
    (void)petsc.VecDestroy_(&s->right);
    (void)petsc.MatDestroy_(&s->matrix);
  }
  lf_free(s->column);
  lf_free(s->value);
  lf_free(s);
}

lf_status lf_fem_petsc(lf_fem_solver *out, const lf_fem *f)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  shared *s = NULL;
  lf_status st;
  *out = (lf_fem_solver){.name = "petsc", .factor = factor, .solve = solve, .destroy = destroy};
  (void)pthread_once(&once, open_library);
  if (petsc.status != LF_OK) LF_RAISE(petsc.status, "%s", petsc.problem);
  out->processes = (size_t)petsc.processes;
  LF_TRY(lf_calloc(&s, 1, sizeof *s));
  out->self = s;
  s->f = f;
  LF_TRY(make(s));
done:
  return st;
}
#endif
