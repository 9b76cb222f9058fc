// Which blocks of the snapshot a command writes to. An engine that counts references writes to whatever it looks at, and each page that is
// written to costs a fault and a copy: 250 pages for `run`, though the blocks themselves would fit into 40. So when the executable is built,
// commands are rehearsed, and what they write to gets pages of its own. A command that was not rehearsed only takes more faults.
#pragma once

#include "quickjs/arena.h"

namespace tsrunc::quickjs {

// For the engine whose blocks are to be told apart. Null with errno: no memory.
Layout* count_blocks();

// In a process of its own, in which `command` ends or returns: notes what it writes to. False: it could not be done.
bool rehearse(void (*command)(void* argument), void* argument);

// For the next engine, whose blocks come in the same order; the one before is gone. `size`: of all blocks that were written to.
Layout* place_blocks(size_t& size);

}  // namespace tsrunc::quickjs
