#pragma once

#include "quickjs/env.h"

namespace tsrunc::quickjs {

// joinParts(parts): src/plan/parts.ts, where the forms are told. null for what has none; joinParts of TypeScript then says why.
JSValue join_parts(JSContext* context, JSValueConst self, int count, JSValueConst* values);

// isPlainJson(bytes): whether JSON.parse reads this text exactly, as far as that can be told at a glance (src/spec/json.ts).
JSValue is_plain_json(JSContext* context, JSValueConst self, int count, JSValueConst* values);

}  // namespace tsrunc::quickjs
