// Writes the C++ of a message: a header with plain structs, and a source with encode and decode.
#pragma once

#include <string>
#include <vector>

#include "broker/protocol/codegen/model.hpp"

namespace weir::codegen {

// "broker/protocol/messages/fetch_request" (records: "broker/protocol/records/topic_record").
std::string include_stem(const message& of);

std::string emit_header(const message& of);
std::string emit_source(const message& of);

// messages/api_keys.hpp and .cpp: the API keys, their names and header versions.
std::string emit_api_keys_header(const std::vector<message>& all);
std::string emit_api_keys_source(const std::vector<message>& all);
// messages/all.hpp and messages/all.tbl: every message and record, for tests that go over all.
std::string emit_all_header(const std::vector<message>& all);
std::string emit_all_table(const std::vector<message>& all);

// json.hpp and json.cpp: write_json of every durable record, or of every message of an API.
std::string emit_json_header(const std::vector<message>& all, bool records);
std::string emit_json_source(const std::vector<message>& all, bool records);

// messages/random.cpp: fill() of every message with random values, for the round-trip properties.
std::string emit_random_source(const std::vector<message>& all);

// The C++ type of a field, of one element of it, and its default as an initializer ("" for none).
std::string type_of(const message& owner, const field& of);
std::string element_type(const message& owner, const field& of);
std::string initializer_of(const field& of);
// The member's name; a keyword of C++ gets an underscore.
std::string member_name(const field& of);
// True when the member is a std::optional.
bool is_optional(const field& of);

}  // namespace weir::codegen
