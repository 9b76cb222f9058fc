// Properties of a unit, from their text to a D-Bus message.
#pragma once

#include "systemd/library.h"
#include "systemd/text.h"

namespace tsrunc::systemd {

// The rest of the request, a list of `NAME SINCE SIGNATURE VALUES...`, as the a(sv) that StartTransientUnit and SetUnitProperties take.
// Values are as busctl(1) has them: an array is its length and then its elements, a structure its fields. A property whose SINCE is above
// `version` is left out: this systemd would refuse all of the call. False when something is malformed.
bool append_properties(sd_bus_message* message, Tokens& tokens, unsigned long version);

}  // namespace tsrunc::systemd
