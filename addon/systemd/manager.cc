#include "systemd/manager.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cerrno>

#include "systemd/values.h"

namespace tsrunc::systemd {
namespace {

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kPath = "/org/freedesktop/systemd1";
constexpr const char* kInterface = "org.freedesktop.systemd1.Manager";
constexpr const char* kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
constexpr const char* kUnitExists = "org.freedesktop.systemd1.UnitExists";
constexpr const char* kJobRemoved =
    "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"
    "interface='org.freedesktop.systemd1.Manager',member='JobRemoved'";
// Both as runc has them.
constexpr uint64_t kJobUsec = 30'000'000;
constexpr uint64_t kCallUsec = 30'000'000;
constexpr int kLeftoverTries = 20;
constexpr unsigned kLeftoverPauseUsec = 50'000;

uint64_t now_usec() {
  struct timespec time {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_nsec) / 1000;
}

bool failed(const char* call, const char* unit, const char* name, const char* message) {
  char* made = join(call, "(", unit);
  answer("failed");
  answer(made ? join(made, ")", "") : call);
  answer(name);
  answer(message);
  return false;
}

struct Job {
  const char* path;
  char result[32];
  bool ended;
};

// JobRemoved(u id, o job, s unit, s result)
int removed(sd_bus_message* message, void* data, BusError*) {
  Job& job = *static_cast<Job*>(data);
  uint32_t id = 0;
  const char* path = "";
  const char* unit = "";
  const char* result = "";
  if (bus_message_read_basic(message, 'u', &id) < 0 || bus_message_read_basic(message, 'o', &path) < 0 ||
      bus_message_read_basic(message, 's', &unit) < 0 || bus_message_read_basic(message, 's', &result) < 0) {
    return 0;
  }
  if (!job.path || !equal(path, job.path)) return 0;
  strncpy(job.result, result, sizeof job.result - 1);
  job.ended = true;
  return 0;
}

// One for the whole process: the match stays for as long as the connection.
Job awaited = {};

}  // namespace

// One method call of the manager.
class Manager::Call {
 public:
  Call(sd_bus* bus, const char* method) : bus_(bus), method_(method) {
    ok_ = bus_message_new_method_call(bus, &message_, kService, kPath, kInterface, method) >= 0;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    bus_error_free(&error_);
    if (message_) bus_message_unref(message_);
    if (reply_) bus_message_unref(reply_);
  }

  sd_bus_message* message() { return message_; }
  Call& text(const char* value) {
    ok_ = ok_ && bus_message_append_basic(message_, 's', value) >= 0;
    return *this;
  }
  Call& boolean(int value) {
    ok_ = ok_ && bus_message_append_basic(message_, 'b', &value) >= 0;
    return *this;
  }
  Call& check(bool ok) {
    ok_ = ok_ && ok;
    return *this;
  }

  bool send() {
    if (!ok_) return false;
    result_ = bus_call(bus_, message_, kCallUsec, &error_, &reply_);
    return result_ >= 0;
  }
  // The object that the reply names; the caller's for ever.
  char* object() {
    const char* path = nullptr;
    return bus_message_read_basic(reply_, 'o', &path) >= 0 ? strdup(path) : nullptr;
  }
  bool is(const char* name) const { return error_.name && equal(error_.name, name); }
  bool report(const char* unit) const {
    if (!ok_) return failed(method_, unit, "tsrunc-systemd", "the request is malformed");
    return failed(method_, unit, error_.name ? error_.name : "", error_.message ? error_.message : strerror(-result_));
  }

 private:
  sd_bus* bus_;
  const char* method_;
  sd_bus_message* message_ = nullptr;
  sd_bus_message* reply_ = nullptr;
  BusError error_;
  int result_ = 0;
  bool ok_;
};

bool Manager::open(const char* address, bool is_bus) {
  int result = bus_new(&bus_);
  if (result >= 0) result = bus_set_address(bus_, address);
  if (result >= 0) result = bus_set_bus_client(bus_, is_bus);
  if (result >= 0) result = bus_start(bus_);
  // Only now is there an answer: starting does not wait for it.
  if (result >= 0) result = bus_add_match(bus_, nullptr, kJobRemoved, removed, &awaited);
  if (result >= 0) return true;
  if (bus_) bus_flush_close_unref(bus_);
  bus_ = nullptr;
  errno = -result;
  return false;
}

bool Manager::connect(const char* address, const char* direct) {
  if (open(address, true)) return true;
  const int reason = errno;
  if (*direct && open(direct, false)) return true;
  answer("unreachable");
  answer(address);
  answer(strerror(reason));
  return false;
}

// "252 (252.39-1~deb12u2)", "v245.4-4ubuntu3"; 0 when it does not say.
unsigned long Manager::version() {
  BusError error;
  char* text = nullptr;
  const int result = bus_get_property_string(bus_, kService, kPath, kInterface, "Version", &error, &text);
  bus_error_free(&error);
  if (result < 0) return 0;
  const char* digits = strpbrk(text, "0123456789");
  const unsigned long number = digits ? strtoul(digits, nullptr, 10) : 0;
  free(text);
  return number;
}

bool Manager::start_once(const char* unit, Tokens properties, unsigned long version, char** job, bool& exists) {
  Call call(bus_, "StartTransientUnit");
  call.text(unit).text("replace").check(append_properties(call.message(), properties, version));
  // No units beside it.
  call.check(bus_message_open_container(call.message(), 'a', "(sa(sv))") >= 0 &&
             bus_message_close_container(call.message()) >= 0);
  if (call.send()) {
    *job = call.object();
    return true;
  }
  exists = call.is(kUnitExists);
  return exists ? false : call.report(unit);
}

bool Manager::start(const char* unit, const char* group, Tokens& properties) {
  const unsigned long known = version();
  char* job = nullptr;
  char* const text = properties.rest();
  for (int tries = 1;; ++tries) {
    bool exists = false;
    // Tokens are taken apart in place: each try has a copy of its own.
    if (start_once(unit, Tokens(strdup(text)), known, &job, exists)) break;
    if (!exists) return false;
    const char* state = state_of(unit);
    if (equal(state, "active") || equal(state, "activating") || equal(state, "reloading") || tries == kLeftoverTries) {
      return failed("StartTransientUnit", unit, kUnitExists, "the unit exists already");
    }
    reset_failed(unit);
    ::usleep(kLeftoverPauseUsec);
  }
  const char* result = nullptr;
  if (!wait_for("StartTransientUnit", unit, job, &result)) return false;
  if (!equal(result, "done")) {
    reset_failed(unit);
    return failed("StartTransientUnit", unit, "", join("the result of its job is ", result, ""));
  }
  if (!*group) return true;
  char* actual = nullptr;
  const size_t length = strlen(unit);
  const bool slice = length > 6 && equal(unit + length - 6, ".slice");
  if (!property_of(unit, slice ? "org.freedesktop.systemd1.Slice" : "org.freedesktop.systemd1.Scope", "ControlGroup",
                   &actual)) {
    return failed("StartTransientUnit", unit, "", "the unit was gone at once: its process has ended");
  }
  return equal(actual, group) ||
         failed("StartTransientUnit", unit, "", join("its cgroup is ", actual, join(", not ", group, "")));
}

bool Manager::set(const char* unit, Tokens& properties) {
  Call call(bus_, "SetUnitProperties");
  call.text(unit).boolean(1).check(append_properties(call.message(), properties, version()));
  return call.send() || call.report(unit);
}

bool Manager::stop(const char* unit, const char* mark) {
  if (is_foreign(unit, mark)) return true;
  Call call(bus_, "StopUnit");
  if (!call.text(unit).text("replace").send()) {
    if (!call.is(kNoSuchUnit)) return call.report(unit);
    return true;
  }
  const char* result = nullptr;
  if (!wait_for("StopUnit", unit, call.object(), &result)) return false;
  const char* state = equal(result, "done") ? "inactive" : state_of(unit);
  reset_failed(unit);
  if (equal(state, "inactive") || equal(state, "failed")) return true;
  return failed("StopUnit", unit, "", join("the result of its job is ", result, ""));
}

bool Manager::attach(const char* unit, const char* path, unsigned pid) {
  Call call(bus_, "AttachProcessesToUnit");
  call.text(unit).text(path);
  call.check(bus_message_open_container(call.message(), 'a', "u") >= 0 &&
             bus_message_append_basic(call.message(), 'u', &pid) >= 0 &&
             bus_message_close_container(call.message()) >= 0);
  return call.send() || call.report(unit);
}

bool Manager::wait_for(const char* call, const char* unit, const char* job, const char** result) {
  awaited = {job, {}, false};
  const uint64_t end = now_usec() + kJobUsec;
  while (!awaited.ended) {
    int done = bus_process(bus_, nullptr);
    const uint64_t now = now_usec();
    if (done == 0 && now < end) done = bus_wait(bus_, end - now);
    if (done < 0)
      return failed(call, unit, "", join("the connection was lost while waiting for its job: ", strerror(-done), ""));
    if (!awaited.ended && now >= end) return failed(call, unit, "", "timeout: its job did not end within 30 s");
  }
  *result = awaited.result;
  return true;
}

const char* Manager::state_of(const char* unit) {
  char* state = nullptr;
  return property_of(unit, "org.freedesktop.systemd1.Unit", "ActiveState", &state) ? state : "inactive";
}

bool Manager::property_of(const char* unit, const char* interface, const char* name, char** value) {
  Call call(bus_, "GetUnit");
  if (!call.text(unit).send()) return false;
  char* object = call.object();
  if (!object) return false;
  BusError error;
  const int result = bus_get_property_string(bus_, kService, object, interface, name, &error, value);
  bus_error_free(&error);
  free(object);
  return result >= 0;
}

bool Manager::is_foreign(const char* unit, const char* mark) {
  Call call(bus_, "GetUnit");
  if (!call.text(unit).send()) return false;
  char* object = call.object();
  if (!object) return false;
  BusError error;
  char** list = nullptr;
  const int result =
      bus_get_property_strv(bus_, kService, object, "org.freedesktop.systemd1.Unit", "Documentation", &error, &list);
  bus_error_free(&error);
  free(object);
  // Before 238 no transient unit could have any.
  return result >= 0 && list && *list && !equal(*list, mark);
}

void Manager::reset_failed(const char* unit) {
  // NoSuchUnit is the rule: a unit that has not failed is gone by now.
  Call call(bus_, "ResetFailedUnit");
  call.text(unit).send();
}

}  // namespace tsrunc::systemd
