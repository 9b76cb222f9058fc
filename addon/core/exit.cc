#include "core/exit.h"

#include <unistd.h>

namespace tsrunc::core {

Status exit_process(int code) { ::_exit(code & 0xff); }

}  // namespace tsrunc::core
