// InsertHeader: a header of the configuration, a literal that is parsed to the type it looks like.
#include <algorithm>
#include <array>

#include "transforms/smt/literal.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::array options = {option{.name = "header", .required = true},
                                option{.name = "value.literal", .required = true}};

class insert_header final : public step {
  public:
    insert_header(const making& from, const settings& given)
        : name_(given.text_or_empty("header")),
          value_(parse_literal(given.text_or_empty("value.literal"), memory_, from.schemas)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        const auto headers = memory.take_array<data::header>(change.header_count + 1UL);
        std::copy_n(change.headers, change.header_count, headers.begin());
        headers.back() = {data::text_of(name_), value_};
        change.headers = headers.data();
        ++change.header_count;
        return true;
    }

  private:
    data::arena memory_;
    std::string name_;
    data::value value_;
};

}  // namespace

made_step make_insert_header(const making& from) {
    const settings given(from.options, options, from.problems);
    return std::make_unique<insert_header>(from, given);
}

}  // namespace weir::transforms::smt
