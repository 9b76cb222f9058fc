// sd_notify(3) out of a container.
#pragma once

namespace tsrunc::core {

// Passes one datagram on from `inside` to `host`, without the lines that mean something only where they were written (pids, descriptors) and
// without its descriptors, which are closed: a barrier of the container's is answered by that. Errors are nobody's business: the container
// runs on.
void relay_notification(int inside, int host);

}  // namespace tsrunc::core
