// json_reader: the gateway to simdjson: one JSON document as values without a schema, or checked
// only. Objects become maps, arrays arrays, whole numbers int64 and others float64, as Kafka's
// JsonConverter has them. Bounded: depth, and the length of a number; memory is a small multiple of
// the document. Pure; one thread at a time; the memory of one document serves for the next.
//
// Accepted is what Jackson accepts for Kafka (also leading zeros), but for text that follows the
// document.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "connect/data/value.hpp"

namespace weir::connect::converters {

inline constexpr std::size_t json_depth_max = 1000;
inline constexpr std::size_t json_number_size_max = 1000;

enum class json_numbers : std::uint8_t {
    typed,
    // Kind WEIR_JSON with the number's text, for those who know what it is to become.
    raw
};

struct json_envelope {
    std::string_view schema;  // its text; empty: there is none
    data::value payload;      // numbers are raw
};

class json_reader {
  public:
    json_reader();
    ~json_reader();
    json_reader(const json_reader&) = delete;
    json_reader& operator=(const json_reader&) = delete;

    // Views `text` and `memory`. Null for a text of white space, as Jackson has it. The error is a
    // sentence.
    std::expected<data::value, std::string> read(std::string_view text, data::arena& memory,
                                                 json_numbers numbers = json_numbers::typed);
    // An object with the members "schema" and "payload" and no others.
    std::expected<json_envelope, std::string> read_envelope(std::string_view text,
                                                            data::arena& memory);
    // Whether it is one object or array, all of it valid.
    bool is_document(std::string_view text);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

// What it is without the white space between its parts; `text` is a valid document.
std::string_view minified_json(std::string_view text, data::arena& memory);
// As fast as memory is read.
bool is_utf8(std::string_view text);
// Whether a token is a number of JSON, and a whole one.
enum class json_number : std::uint8_t { none, whole, fraction };
json_number kind_of_number(std::string_view token);

}  // namespace weir::connect::converters
