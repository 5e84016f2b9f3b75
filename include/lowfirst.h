/** @file  lowfirst.h — all public headers at once; each may be included alone. */
#ifndef LOWFIRST_H
#define LOWFIRST_H
#include "lowfirst/advise.h"
#include "lowfirst/array.h"
#include "lowfirst/data.h"
#include "lowfirst/files.h"
#include "lowfirst/flow.h"
#include "lowfirst/history.h"
#include "lowfirst/kernel.h"
#include "lowfirst/lens.h"
#include "lowfirst/log.h"
#include "lowfirst/model.h"
#include "lowfirst/net.h"
#include "lowfirst/nudft.h"
#include "lowfirst/random.h"
#include "lowfirst/report.h"
#include "lowfirst/run.h"
#include "lowfirst/snapshot.h"
#include "lowfirst/status.h"
#include "lowfirst/system.h"
#include "lowfirst/train.h"
#endif
