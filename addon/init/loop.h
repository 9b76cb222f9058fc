// The one loop over the steps of a plan.
#pragma once

#include "init/channel.h"
#include "init/context.h"

namespace tsrunc::init {

// Carries out the plan, as the stage and, behind process.clone, as init. Returns only with the failure that ended it:
// the last step of a plan is process.exec, and the stage exits in process.clone.
Status run_plan(Context& context, const Blob& blob);

}  // namespace tsrunc::init
