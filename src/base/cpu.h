/* cpu.h — instruction sets: which exist, which one to use. */
#ifndef LF_CPU_H
#define LF_CPU_H
#include <stddef.h>

typedef enum lf_isa_id { LF_ISA_REF, LF_ISA_AVX2, LF_ISA_AVX512, LF_ISA_COUNT } lf_isa_id;

const char *lf_isa_name(lf_isa_id isa);
int lf_isa_available(lf_isa_id isa); /* built in, and this processor runs it */
lf_isa_id lf_isa_chosen(void);       /* the best available, or the one named by LF_ISA; chosen once */
double lf_now_s(void);               /* monotonic clock, seconds */
double lf_machine_bytes(void);       /* of memory, in all */
#endif
