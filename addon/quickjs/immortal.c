// The end of the engine's quickjs.c (scripts/lib/engine.mjs): what it takes to know its objects.

int js_keep_shapes;

// Far above JS_IMMORTAL: the search for cycles takes one for each edge, also for those that were never counted, before it gives them back.
static void immortalize(int* count) {
  if (*count < JS_IMMORTAL) *count += JS_IMMORTAL + JS_IMMORTAL / 2;
}

// Objects and functions are found in the runtime's list; strings and big integers are only in their values.
static void immortalize_value(JSValueConst value) {
  if (JS_VALUE_HAS_REF_COUNT(value)) immortalize(&((JSRefCountHeader*)JS_VALUE_GET_PTR(value))->ref_count);
}

static void immortalize_values(const JSValue* values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) immortalize_value(values[i]);
}

static void immortalize_properties(const JSObject* object) {
  const JSShapeProperty* shape = get_shape_prop(object->shape);
  for (int i = 0; i < object->shape->prop_count; i++) {
    if (shape[i].atom != JS_ATOM_NULL && !(shape[i].flags & JS_PROP_TMASK)) immortalize_value(object->prop[i].u.value);
  }
}

static void immortalize_map(const struct JSMapState* map) {
  struct list_head* el;
  list_for_each(el, &map->records) {
    const JSMapRecord* record = list_entry(el, JSMapRecord, link);
    immortalize_value(record->key);
    immortalize_value(record->value);
  }
}

static void immortalize_object(const JSObject* object) {
  immortalize_properties(object);
  switch (object->class_id) {
    case JS_CLASS_ARRAY:
      if (object->fast_array) immortalize_values(object->u.array.u.values, object->u.array.count);
      break;
    case JS_CLASS_MAP:
    case JS_CLASS_SET:
      immortalize_map(object->u.map_state);
      break;
    case JS_CLASS_REGEXP:
      immortalize(&object->u.regexp.pattern->header.ref_count);
      immortalize(&object->u.regexp.bytecode->header.ref_count);
      break;
  }
}

void JS_MakeImmortal(JSRuntime* rt) {
  struct list_head* el;
  list_for_each(el, &rt->gc_obj_list) {
    JSGCObjectHeader* header = list_entry(el, JSGCObjectHeader, link);
    immortalize(&header->ref_count);
    if (header->gc_obj_type == JS_GC_OBJ_TYPE_JS_OBJECT) immortalize_object((JSObject*)header);
    if (header->gc_obj_type == JS_GC_OBJ_TYPE_FUNCTION_BYTECODE) {
      const JSFunctionBytecode* code = (JSFunctionBytecode*)header;
      immortalize_values(code->cpool, code->cpool_count);
    }
    if (header->gc_obj_type == JS_GC_OBJ_TYPE_VAR_REF) immortalize_value(*((JSVarRef*)header)->pvalue);
  }
  for (int i = 0; i < rt->atom_size; i++) {
    if (!atom_is_free(rt->atom_array[i])) immortalize(&rt->atom_array[i]->header.ref_count);
  }
}
