// org.freedesktop.systemd1.Manager, the calls of the cgroup driver (org.freedesktop.systemd1(5)).
#pragma once

#include <sys/types.h>

#include "systemd/library.h"
#include "systemd/text.h"

namespace tsrunc::systemd {

// Each call returns true, or has printed what failed.
class Manager {
 public:
  // `address` is a bus; `direct`, if not empty, systemd's own socket, where there is no bus (a machine without dbus).
  bool connect(const char* address, const char* direct);

  // StartTransientUnit, and the end of its job. A unit of this name that has failed or is just ending is waited for (a second). Its cgroup
  // must be `group` then, if that is not empty.
  bool start(const char* unit, const char* group, Tokens& properties);
  // SetUnitProperties, until the next boot.
  bool set(const char* unit, Tokens& properties);
  // StopUnit, the end of its job, ResetFailedUnit. It is fine when there is no such unit, and one whose first Documentation is another than
  // `mark` is somebody else's.
  bool stop(const char* unit, const char* mark);
  // AttachProcessesToUnit (238), into the cgroup `path` below the unit's.
  bool attach(const char* unit, const char* path, unsigned pid);

 private:
  class Call;

  bool open(const char* address, bool is_bus);
  unsigned long version();
  bool start_once(const char* unit, Tokens properties, unsigned long version, char** job, bool& exists);
  bool wait_for(const char* call, const char* unit, const char* job, const char** result);
  // "active", "failed"...; "inactive" when there is no such unit.
  const char* state_of(const char* unit);
  bool property_of(const char* unit, const char* interface, const char* name, char** value);
  bool is_foreign(const char* unit, const char* mark);
  void reset_failed(const char* unit);

  sd_bus* bus_ = nullptr;
};

}  // namespace tsrunc::systemd
