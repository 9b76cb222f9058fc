#pragma once

#include "quickjs/env.h"

namespace tsrunc::quickjs {

// encodeSteps(rows, segments): src/plan/encode.ts, where the rows are told. null for what has no form; TypeScript then says why.
JSValue encode_steps(JSContext* context, JSValueConst self, int count, JSValueConst* values);

// isPlainJson(bytes): whether JSON.parse reads this text exactly, as far as that can be told at a glance (src/spec/json.ts).
JSValue is_plain_json(JSContext* context, JSValueConst self, int count, JSValueConst* values);

}  // namespace tsrunc::quickjs
