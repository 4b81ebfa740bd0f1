// step: one transform, and what all of them share: the side of the record they work on, what
// operatingValue() and operatingSchema() are in Kafka's classes, and the texts of their errors.
// Pure.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "connect/data/arena.hpp"
#include "connect/data/schema.hpp"
#include "connect/data/value.hpp"

namespace weir::transforms::smt {

namespace data = connect::data;

// Of X$Key and X$Value.
enum class side : std::uint8_t { key, value };

// Whether the record goes on; the error is a sentence.
using outcome = std::expected<bool, std::string>;

class step {
  public:
    virtual ~step() = default;
    virtual outcome apply(data::record& change, data::arena& memory) = 0;
};

class sided_step : public step {
  protected:
    explicit sided_step(side on) : on_(on) {}
    data::value& operand(data::record& of) const { return on_ == side::key ? of.key : of.value; }

  private:
    side on_;
};

// The class that Kafka has for such a value: "java.lang.Integer", "[B".
std::string_view java_class(const data::value& of);
// "class java.lang.Integer"
std::string class_text(const data::value& of);

using refusal = std::unexpected<std::string>;

// Requirements.requireMap and requireStruct: what they say when they are not met.
refusal no_map(const data::value& of, std::string_view purpose);
refusal no_struct(const data::value& of, std::string_view purpose);
// Struct.put's refusal of null where the schema wants a value.
refusal null_in(const weir_field& field);

}  // namespace weir::transforms::smt
