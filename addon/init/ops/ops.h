// What the body of a verb includes. Each is `Status run(Context&, const op::NAME&)`, NAME in PascalCase of the verb
// (mount.bind: MountBind), declared with its fields in the generated ops.gen.h; the wording of its row in
// src/plan/optable.ts is what it has to do.
//
//   Status run(Context& context, const op::UtsHostname& op) {
//     if (sethostname(op.name.c_str(), op.name.size()) != 0) return fail(errno, op.name, {"sethostname(",
//     Quoted{op.name}, ")"}); return done();
//   }
//
// Strings are followed by a NUL (Str::c_str()), lists of strings by a null pointer (Strs::argv()); both live until the
// step has ended. The loop in plan.cc tolerates errors and tries orElse; a body only does its one thing and reports the
// errno of what failed.
#pragma once

#include <errno.h>

#include "init/context.h"
#include "init/status.h"
#include "ops.gen.h"
