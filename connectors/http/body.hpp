// body: the bodies of requests, each built once into one buffer. Pure.
//
// In mode "bulk" a body is what Elasticsearch and OpenSearch take at _bulk: for each record a line
// that says what to do, and but for deletions a line with the document.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "connectors/http/record_template.hpp"

namespace weir::connectors::http {

enum class bulk_operation : std::uint8_t { index, create, update };

struct body_shape {
    std::string prefix;
    std::string separator;
    std::string suffix;
    std::string_view null_text = "null";  // of a record without a value
};

struct bulk_shape {
    record_template index;
    bulk_operation operation = bulk_operation::index;
    bool id_is_key = false;  // else topic-partition-offset
    bool has_id = true;
};

// The values of `records` with these numbers, one after the other, into `into`, which is emptied.
void build_body(std::span<const weir_record> records, std::span<const std::uint32_t> numbers,
                const body_shape& shape, std::string& into);

// Appends one record as an action. The error says why there is none: no index, no id.
std::expected<void, std::string> append_action(const weir_record& of, const bulk_shape& shape,
                                               std::string& into);

// An idempotency key: the same records have the same key, other records another one.
// TOPIC-PARTITION-FIRST-LAST for a run of offsets; else a hash of all of them follows.
std::string idempotency_key(std::span<const weir_record> records,
                            std::span<const std::uint32_t> numbers);

// Inside of a JSON string: quotes, backslashes and control characters escaped, bytes that are no
// UTF-8 replaced.
void append_json_text(std::string_view text, std::string& into);

}  // namespace weir::connectors::http
