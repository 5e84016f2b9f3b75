/* format.h — numbers as people read them, and the colours; shared by the terminal, the tables, the figures and the sentence. */
#ifndef LF_FORMAT_H
#define LF_FORMAT_H
#include <stddef.h>
#include <stdint.h>
#include "lowfirst/history.h"

/* A short text by value, so that one printf can hold several: printf("%s", lf_word_count(k).text). */
typedef struct lf_word {
  char text[32];
} lf_word;

lf_word lf_word_count(int64_t n);         /* "10 000": groups of three from five digits on, or from four: "1 680" */
lf_word lf_word_rounded(double x);        /* two significant digits, without more pretence: "25 000", "4e+07" */
lf_word lf_word_foretold(int64_t step);   /* "1 680"; without pretence from 1e7 on: "4e+07"; "never" for -1 */
lf_word lf_word_percent(double share);    /* 0.081 -> "8.1 %"; "<0.01 %", ">999 %" */
lf_word lf_word_loss(double loss);        /* "3.1e-02" */
lf_word lf_word_duration(double seconds); /* "3 s", "2 min 10 s", "1 h 05 min", "3 d 4 h" */
lf_word lf_word_rate(double per_s);       /* "3 100/s" */
/* |xi| with so many significant digits, no trailing zeros: "0.159", "47.7", "1 590". */
lf_word lf_word_frequency(double xi, int digits);
/* Names of a history's peaks and bands: "0.159", in more dimensions "(3,-2)" where that is short; "0.08-0.24". */
lf_word lf_word_peak(const lf_history_view *v, size_t k);
lf_word lf_word_band(const lf_history_view *v, size_t k);

/* Columns a UTF-8 text takes in a terminal when every character is one column wide; escape sequences take none. */
size_t lf_text_columns(const char *text);

/* viridis (van der Walt and Smith 2015, CC0): perceptually even, readable for the colour-blind; s in [0,1] -> red, green, blue. */
void lf_viridis(double s, unsigned char rgb[3]);
#endif
