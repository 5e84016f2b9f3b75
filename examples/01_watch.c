/* 01_watch.c — a network learns three tones, the low one first: the road through the library, from samples to a page.
 *
 *     cc 01_watch.c $(pkg-config --cflags --libs lowfirst) -o watch && ./watch */
#include <lowfirst.h>
#include <stdio.h>

/* Every call that can fail returns a status, and lf_last_error() says in one line what was wrong. */
#define TRY(call) \
  if ((call) != LF_OK) goto failed

int main(void)
{
  lf_data *data = NULL;
  lf_lens *lens = NULL;
  lf_net *net = NULL;
  lf_history *seen = NULL;
  lf_order order = {0};
  int code = 1;

  /* samples: x (n,1), y (n,1) */
  lf_data_options sampling = {0};
  TRY(lf_range_parse(&sampling, "-pi:pi"));
  TRY(lf_points_parse(&sampling, "128"));
  TRY(lf_data_target(&data, "sin(x)+sin(3*x)+sin(5*x)", &sampling));

  /* which frequencies these samples carry, measured how: all chosen from the data */
  TRY(lf_lens_create(&lens, data, NULL));

  /* a description, and a net of finite width made from it */
  lf_model model = lf_model_default();
  TRY(lf_model_layers(&model, "1-64-64-1"));
  TRY(lf_model_complete(&model, data->d, data->c));
  TRY(lf_net_create(&net, &model, LF_F32, 1));

  /* training calls an observer at recorded steps; here it is the history, which looks through the lens */
  TRY(lf_history_create(&seen, lens, data, NULL));
  lf_train_options how = lf_train_options_default();
  how.lr = 2e-3;
  how.steps = 3000;
  TRY(lf_train(net, data, &how, lf_history_record, seen));

  TRY(lf_history_order(seen, &order));
  for (size_t k = 0; k < order.peaks; k++)
    printf("%.3f cycles/unit: learned at step %lld, error now %.1f %%\n", order.xi[k], (long long)order.step[k],
           100 * order.last[k]);

  TRY(lf_report_html("report.html", 1, (const lf_history *[]){seen}, 0, NULL));
  puts("report.html shows it all");
  code = 0;

failed:
  if (code) printf("%s\n", lf_last_error());
  lf_order_free(&order);
  lf_history_destroy(seen);
  lf_net_destroy(net);
  lf_lens_destroy(lens);
  lf_data_destroy(data);
  return code;
}
