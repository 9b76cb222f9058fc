// UTF-8 as the web's Encoding Standard decodes it, and V8 with it: what is not well-formed becomes U+FFFD, one for each maximal subpart.
#pragma once

#include <cstddef>
#include <string>

namespace tsrunc::quickjs {

// Offset of the first byte that is not part of well-formed UTF-8 (Unicode, table 3-7); `size` when there is none.
size_t first_invalid(const char* text, size_t size);

// Each ill-formed part replaced by U+FFFD.
std::string well_formed(const char* text, size_t size);

// A lone surrogate, which the engine writes as three bytes, becomes one U+FFFD.
void replace_surrogates(std::string& text);

}  // namespace tsrunc::quickjs
