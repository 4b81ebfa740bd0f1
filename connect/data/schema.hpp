// schema: makes, compares and keeps schemas. A schema that is kept lives as long as its store;
// equal ones are kept once, so that a pointer tells whether a schema is one that was seen before.
// Pure; one thread at a time.
//
// Source: org.apache.kafka.connect.data.Schema; the logical types' names are Kafka's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connect/data/value.hpp"

namespace weir::connect::data {

inline constexpr std::string_view decimal_name = "org.apache.kafka.connect.data.Decimal";
inline constexpr std::string_view date_name = "org.apache.kafka.connect.data.Date";
inline constexpr std::string_view time_name = "org.apache.kafka.connect.data.Time";
inline constexpr std::string_view timestamp_name = "org.apache.kafka.connect.data.Timestamp";

// What a schema is made of; the schemas it names must be kept ones.
struct schema_parts {
    weir_kind type = WEIR_STRING;
    bool optional = false;
    std::string_view name = {};
    std::string_view doc = {};
    std::optional<std::int32_t> version = {};
    const value* initial = nullptr;
    std::vector<weir_field> fields = {};
    std::vector<weir_parameter> parameters = {};
    const schema* key = nullptr;
    const schema* item = nullptr;
};

schema_parts parts_of(const schema& of);

class schema_store {
  public:
    schema_store();
    ~schema_store();
    schema_store(const schema_store&) = delete;
    schema_store& operator=(const schema_store&) = delete;

    // A schema of these parts: one that is kept already, or a copy of everything in them.
    const schema* keep(const schema_parts& parts);
    // The same with everything it names.
    const schema* keep_all(const schema& of);
    const schema* plain(weir_kind type, bool optional = false);
    std::size_t count() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

// Whether they mean the same: all of it, names, versions and documentation included.
bool equal(const schema& left, const schema& right);
// Equal ones have equal hashes.
std::uint64_t hash_of(const schema& of);
// The kind of the values of a schema: the logical one where the name says so.
weir_kind value_kind(const schema& of);

}  // namespace weir::connect::data
