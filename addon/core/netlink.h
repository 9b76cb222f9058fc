// Network devices from one network namespace to another, with rtnetlink(7) alone.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// A device that has been moved: what it is called now, whether it was up, and the addresses that it has lost by the move, each as
// one RTM_NEWADDR message in hexadecimal without its header.
struct MovedDevice {
  std::string name;
  bool up = false;
  std::vector<std::string> addresses;
};
template <class V>
void fields(V& v, MovedDevice& x) {
  v("name", x.name);
  v("up", x.up);
  v("addresses", x.addresses);
}

// Moves `device` from the network namespace at descriptor `from` (-1: the caller's) to that at `to` (-1 likewise), renamed to
// `name` in the same call, so that it never has its old name there. `name` may hold one %d, for which the kernel finds a number.
// All or nothing: EEXIST (the name is taken), ENODEV (no such device), EINVAL (a device that is bound to its namespace: lo) leave
// it as it was. A moved device is down and without addresses; the permanent ones of global scope are returned
// (config-linux.md, Network Devices). The calling thread is in the other namespace for one system call.
Result<MovedDevice> net_device_move(int from, int to, const std::string& device, const std::string& name);

// Gives the device in the namespace at `ns` (-1: the caller's) these addresses, then brings it up if it is to be.
Status net_device_configure(int ns, const std::string& device, const std::vector<std::string>& addresses, bool up);

}  // namespace tsrunc::core
