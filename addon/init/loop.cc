#include "init/loop.h"

#include "init/ops/ops.h"
#include "init/sys.h"
#include "init/times.h"
#include "wire/protocol.h"

namespace tsrunc::init {
namespace {

// What ops.gen.h's dispatch hands the decoded verb to.
struct Handler {
  Context& context;
  template <class Op>
  Status carry_out(const Op& op) {
    return run(context, op);
  }
  Status malformed(const char* verb) {
    return refuse("plan", {"the fields of ", verb, " are not what the op table says"});
  }
  Status unknown(uint16_t code) { return refuse("plan", {"no verb has the code ", code}); }
};

Status attempt(Context& context, wire::Step& step) {
  Handler handler{context};
  Status status = op::dispatch(step.code, step.fields, handler);
  if (status || step.tolerates(status.err())) return done();
  // A plan that does not decode, or a state that a verb refuses for safety's sake, has no other way.
  if (!step.has_or_else() || status.err() == 0) return status;
  return op::dispatch(step.else_code, step.else_fields, handler);
}

Status timed(Context& context, wire::Step& step) {
  StepTime* time = begin_step(context, step.index);
  if (step.code == op::SeccompLoad::kCode) context.filtered = true;
  Status status = attempt(context, step);
  end_step(context, time);
  return status;
}

Status carry_out(Context& context, wire::Step& step) {
  context.step = step.index;
  if (step.who != static_cast<uint8_t>(context.who)) {
    return refuse("plan", {"step ", step.id, " is for another process"});
  }
  TSRUNC_TRY(timed(context, step));
  // After process.clone the stage has said for init whose turn it is.
  if (step.code == op::ProcessClone::kCode) return await_go(context);
  if (!step.turn_after()) return done();
  TSRUNC_TRY(give_turn(context, step.index));
  // The id maps are written: nobody outside has to write to our /proc files any more.
  return context.who == Actor::stage && context.own_user_namespace ? become_undumpable() : done();
}

}  // namespace

Status run_plan(Context& context, const Blob& blob) {
  size_t room = wire::Arena::for_wire(blob.size);
  auto memory = allocate(room);
  if (!memory) return memory.status();
  wire::Arena arena(*memory, room);
  wire::Reader in(blob.data, blob.size, arena);
  uint32_t count = 0;
  if (!wire::decode_head(in, count)) return refuse("plan", {"not a plan of this version"});
  for (uint32_t i = 0; i < count; i++) {
    arena.reset();
    wire::Step step;
    if (!wire::decode_step(in, step)) return refuse("plan", {"step ", i, " of the plan does not decode"});
    TSRUNC_TRY(carry_out(context, step));
  }
  return refuse("plan", {"the plan ends without process.exec"});
}

}  // namespace tsrunc::init
