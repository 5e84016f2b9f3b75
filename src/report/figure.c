/* figure.c — figures through gnuplot: a script and its data are written, for the user to keep and edit, and gnuplot draws them. */
#include "figure.h"
#include <stdio.h>
#include <string.h>
#include "format.h"
#include "gnuplot.h"
#include "lowfirst/files.h"

/* ---- the figures ------------------------------------------------------------------------------------------------------- */
typedef lf_status (*panel)(lf_plot *p);
typedef struct figure {
  const char *name;
  panel draw; /* NULL: the summary */
  const char *caption;
} figure;

static const figure figures[] = {
    [LF_FIGURE_BANDS] =
        {"bands", lf_panel_bands,
         "Relative error of each frequency band (cycles/unit) against the training step. Below the dashed line a "
         "band counts as learned."},
    [LF_FIGURE_HEATMAP] =
        {"heatmap", lf_panel_heatmap,
         "Error left at each frequency against the training step, relative to the largest coefficient of the "
         "target. Circles: the step at which a peak of the target was learned for good."},
    [LF_FIGURE_SPECTRUM] = {"spectrum", lf_panel_spectrum,
                            "Amplitude spectrum of the target (grey) and of the fit at several steps."},
    [LF_FIGURE_FUNCTION] = {"function", lf_panel_function, "The target (grey) and the fit at several steps."},
    [LF_FIGURE_LOSS] = {"loss", lf_panel_loss,
                        "Loss on the training samples (solid) and on held-out samples (dashed)."},
    [LF_FIGURE_ORDER] =
        {"order", lf_panel_order,
         "Step from which each peak of the target counts as learned, against its frequency. Several runs: the "
         "median and its interval; small dots are the runs."},
    [LF_FIGURE_SUMMARY] = {"summary", NULL,
                           "What was learned, and when: function, spectrum, error by band and by frequency."},
};
enum { FIGURES = sizeof figures / sizeof *figures };

const char *lf_figure_name(lf_figure f) { return (size_t)f < FIGURES ? figures[f].name : "unknown"; }

lf_status lf_figure_parse(lf_figure *out, const char *text)
{
  const char *names[FIGURES];
  for (size_t i = 0; i < FIGURES; i++) {
    names[i] = figures[i].name;
    if (strcmp(text, names[i]) == 0) {
      *out = (lf_figure)i;
      return LF_OK;
    }
  }
  return LF_FAIL(
      LF_EARG, "figure '%s' is not known; the nearest is %s (bands, heatmap, spectrum, function, loss, order, summary)",
      text, lf_nearest(text, FIGURES, names));
}

/* ---- formats ------------------------------------------------------------------------------------------------------------- */
typedef struct format {
  const char *ending, *terminal, *size, *size_large, *size_wide, *note;
} format;

/* The sizes keep text and lines in the same proportion in every format. */
static const format formats[] = {
    {"svg", "svg enhanced font 'sans-serif,14' linewidth 1.4 background 'white' dynamic", "800,500", "1200,840",
     "1000,400", ""},
    {"pdf", "pdfcairo enhanced font 'Sans,10' linewidth 1.5 pointscale 0.55 rounded", "16cm,10cm", "24cm,16.8cm",
     "20cm,8cm", ""},
    {"png", "pngcairo enhanced font 'Sans,22' linewidth 2.6 pointscale 2 rounded", "1600,1000", "2400,1680", "2000,800",
     ""},
    {"tex", "tikz", "14cm,9cm", "17cm,14cm", "17cm,7cm",
     "# In the paper's preamble: \\usepackage{gnuplot-lua-tikz} (gnuplot makes it: set terminal tikz createstyle); "
     "then \\input{...}.\n"},
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const format *format_of(const char *path)
{
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && i < FORMATS; i++)
    if (strcmp(dot + 1, formats[i].ending) == 0) return &formats[i];
  return NULL;
}

static const char *size_of(const format *as, const lf_plot *p, const figure *f)
{
  bool maps = f->draw == lf_panel_function && p->view[0].d == 2;
  return !f->draw ? as->size_large : maps ? as->size_wide : as->size;
}

/* ---- the script ------------------------------------------------------------------------------------------------------------ */
static void add_head(lf_plot *p, const figure *f, const format *as, const char *stem)
{
  lf_text *s = &p->script;
  lf_text_add(s, "# %s.gp - made by lowfirst, yours to edit. Draws %s.%s from %s:  gnuplot %s.gp\n", stem, stem,
              as->ending, p->data_name, stem);
  lf_text_add(s, "# Caption: %s\n%s", f->caption, as->note);
  for (size_t i = 0; i < p->n; i++)
    if (p->view[i].title[0]) lf_text_add(s, "# Run %zu: %s\n", i + 1, p->view[i].title);
  lf_text_add(s, "\nset encoding utf8\nset terminal %s size %s\nset output '%s.%s'\n", as->terminal, size_of(as, p, f),
              stem, as->ending);
  for (const format *other = formats; other < formats + FORMATS; other++)
    if (other != as && (strcmp(other->ending, "tex") == 0) == p->tex)
      lf_text_add(s, "# set terminal %s size %s; set output '%s.%s'\n", other->terminal, size_of(other, p, f), stem,
                  other->ending);
  lf_text_add(s, "\nset border 3 linewidth 0.7 linecolor rgb '#555555'\n"
                 "set tics nomirror out scale 0.6\n"
                 "set grid linewidth 0.4 linecolor rgb '#dddddd'\n"
                 "set style fill solid noborder\n"
                 "# viridis (van der Walt and Smith 2015, CC0)\n"
                 "set palette defined (");
  for (int i = 0; i <= 10; i++) {
    unsigned char c[3];
    lf_viridis(i / 10.0, c);
    lf_text_add(s, "%s%.1f '#%02x%02x%02x'", i ? ", " : "", i / 10.0, c[0], c[1], c[2]);
  }
  lf_text_add(s, ")\n");
  lf_plot_key(p);
}

/* Four panels. With inputs in more dimensions than can be drawn the loss stands in for the function; with many runs the order of
 * learning with its interval stands in for the spectrum of the first. */
static lf_status add_summary(lf_plot *p)
{
  enum { PANELS = 4, SEEDS = 3 };
  lf_status st = LF_OK;
  bool curve = p->view[0].d == 1 && p->view[0].fit;
  const panel draw[PANELS] = {curve ? lf_panel_function : lf_panel_loss,
                              p->n >= SEEDS && p->order[0].peaks > 0 ? lf_panel_order : lf_panel_spectrum,
                              lf_panel_bands, lf_panel_heatmap};
  lf_text_add(&p->script, "\nset multiplot layout 2,2\nset tmargin 3.5\n");
  for (size_t i = 0; i < PANELS; i++) {
    p->panel = i + 1;
    lf_text_add(&p->script, "\nset label 9 '(%c)' at graph -0.02,1.07 right\n", (int)('a' + i));
    LF_TRY(draw[i](p));
  }
  lf_text_add(&p->script, "\nunset multiplot\n");
done:
  return st;
}

/* ---- from histories to files ------------------------------------------------------------------------------------------------ */
static lf_status gather(lf_plot *p, size_t n, const lf_history *const *h)
{
  lf_status st = LF_OK;
  if (n == 0) LF_RAISE(LF_EARG, "a figure needs at least one history");
  LF_TRY(lf_calloc(&p->view, n, sizeof *p->view));
  LF_TRY(lf_calloc(&p->order, n, sizeof *p->order));
  p->n = n;
  for (size_t i = 0; i < n; i++) {
    p->view[i] = lf_history_look(h[i]);
    if (p->view[i].r == 0)
      LF_RAISE(LF_EARG, "history %zu (%s) holds no record: there is nothing to draw", i + 1, p->view[i].title);
    LF_TRY(lf_history_order(h[i], &p->order[i]));
  }
done:
  return st;
}

static void release(lf_plot *p)
{
  for (size_t i = 0; p->order && i < p->n; i++) lf_order_free(&p->order[i]);
  lf_free(p->order);
  lf_free(p->view);
  lf_text_free(&p->script);
  lf_text_free(&p->data);
}

/* DIR/STEM.ending -> DIR (or "."), STEM, STEM.dat and STEM.gp, and these two with DIR before them. */
typedef struct paths {
  char *directory, *stem, *data_name, *script_name, *script, *data;
} paths;

static lf_status name_files(paths *out, const char *path)
{
  lf_status st = LF_OK;
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  int folder = (int)(base - path), stem = (int)(strlen(base) - strlen(strrchr(base, '.')));
  if (stem == 0) LF_RAISE(LF_EARG, "%s: a figure needs a name before its ending", path);
  LF_TRY(lf_asprintf(&out->directory, "%.*s", folder ? folder : 1, folder ? path : "."));
  LF_TRY(lf_asprintf(&out->stem, "%.*s", stem, base));
  LF_TRY(lf_asprintf(&out->data_name, "%s.dat", out->stem));
  LF_TRY(lf_asprintf(&out->script_name, "%s.gp", out->stem));
  LF_TRY(lf_asprintf(&out->script, "%.*s%s", folder, path, out->script_name));
  LF_TRY(lf_asprintf(&out->data, "%.*s%s", folder, path, out->data_name));
done:
  return st;
}

static void forget_files(paths *names)
{
  char *all[] = {names->directory, names->stem, names->data_name, names->script_name, names->script, names->data};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) lf_free(all[i]);
}

lf_status lf_report_figure(const char *path, lf_figure which, size_t n, const lf_history *const *h)
{
  lf_status st = LF_OK;
  lf_plot p = {0};
  paths names = {0};
  const format *as = format_of(path);
  if ((size_t)which >= FIGURES) LF_RAISE(LF_EARG, "figure %d is not known", (int)which);
  if (!as) LF_RAISE(LF_EARG, "%s: a figure's name must end in .svg, .pdf, .png or .tex", path);
  const figure *f = &figures[which];
  LF_TRY(name_files(&names, path));
  if (strpbrk(names.stem, "'\\\n")) LF_RAISE(LF_EARG, "%s: a figure's name must not hold ' or \\", path);
  p.tex = strcmp(as->ending, "tex") == 0;
  p.data_name = names.data_name;
  LF_TRY(gather(&p, n, h));
  add_head(&p, f, as, names.stem);
  lf_text_add(&p.data, "# %s - data of %s.gp, made by lowfirst: blocks with their name, then columns\n", p.data_name,
              names.stem);
  LF_TRY(f->draw ? f->draw(&p) : add_summary(&p));
  LF_TRY(p.script.status);
  LF_TRY(p.data.status);
  LF_TRY(lf_file_write(names.data, p.data.at, p.data.used));
  LF_TRY(lf_file_write(names.script, p.script.at, p.script.used));
  st = lf_gnuplot_run(names.directory, names.script_name);
  if (st == LF_EIO) (void)remove(path); /* no half a picture */
  if (st != LF_OK) (void)lf_fail_prefix(st, "%s (script and data are kept beside it)", path);
done:
  forget_files(&names);
  release(&p);
  return st;
}
