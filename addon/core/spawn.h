// stage.spawn and init.spawn: tsrunc-init out of a sealed memfd (docs/protocol.md, "The control socket").
#pragma once

#include "core/types.h"

namespace tsrunc::core {

Result<Spawned> spawn_init(const SpawnRequest& request);

// To be asked when a child has ended without a word: what kept it from becoming tsrunc-init.
Status check_spawn();

}  // namespace tsrunc::core
