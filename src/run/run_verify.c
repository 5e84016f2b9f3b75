/* run_verify.c — the doctor's word kept: both nets trained to the end. */
#include "run/run_internal.h"

lf_status lf_run_verify(lf_run *run)
{
  lf_doctor *d = run->doctor;
  lf_advice_view look = lf_advice_look(d->advice);
  lf_status st = LF_OK;
  for (size_t i = 0; i < 2 && look.candidates > 0; i++) {
    lf_verified v;
    size_t which = i ? look.best : 0;
    LF_TRY(lf_advice_verify(d->advice, which, true, &v));
    d->verified_step[i] = v.band_step;
    d->verify[i] = (lf_run_verified){.label = look.candidate[which].label,
                                     .foretold = look.candidate[which].expected,
                                     .measured = v.error,
                                     .step = v.band_step};
    d->verified = i + 1;
  }
done:
  return st;
}
