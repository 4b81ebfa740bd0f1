// record_template: a text with places for what a record has: {topic}, {partition}, {key}, {offset}
// and {ts:%Y-%m-%d}; {{ and }} are braces. Compiled once, expanded for each batch. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "connect/sdk/outcome.hpp"

namespace weir::connectors::http {

// How what a record has is written: percent-encoded; for a header (what cannot stand there is
// percent-encoded); or for the name of an index (as it is, in lower case).
enum class escape : std::uint8_t { url, header, index };

class record_template {
  public:
    // The error says which place is not known.
    static std::expected<record_template, std::string> compile(std::string_view text);

    // Appends. The error says what the record lacks.
    std::expected<void, std::string> expand(const weir_record& of, escape how,
                                            std::string& into) const;

    // Whether the text is the same for all records; for all of a partition; for all of a key.
    bool is_constant() const { return parts_.empty() || (parts_.size() == 1 && !is_place(0)); }
    bool needs_key() const { return has(place::key); }
    bool needs_record() const { return has(place::offset) || has(place::time); }
    // What stands before the first place.
    std::string_view head() const;

  private:
    enum class place : std::uint8_t { literal, topic, partition, key, offset, time };
    struct part {
        place what = place::literal;
        std::string text;  // the literal; of time: the format
    };

    bool is_place(std::size_t index) const { return parts_[index].what != place::literal; }
    bool has(place what) const;
    std::expected<void, std::string> add_place(std::string_view name);
    void add_literal(std::string_view text);

    std::vector<part> parts_;
};

// UTC; %Y %m %d %H %M %S %j and %%.
void format_time(std::int64_t timestamp_ms, std::string_view format, std::string& into);

// The bytes of a key or value of the forms that a sink can wish for; empty for null.
inline std::string_view bytes_of(const weir_value& of) {
    const bool has_bytes = of.kind == WEIR_BYTES || of.kind == WEIR_STRING || of.kind == WEIR_JSON;
    return has_bytes ? std::string_view(of.of.data, of.count) : std::string_view();
}

}  // namespace weir::connectors::http
