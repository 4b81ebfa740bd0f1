// DropHeaders: headers left out by name.
#include <array>

#include "transforms/smt/fields.hpp"
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

constexpr std::array options = {
    option{.name = "headers", .type = option_type::list, .required = true, .filled = true}};

class drop_headers final : public step {
  public:
    explicit drop_headers(std::vector<std::string> names) : names_(std::move(names)) {}

    outcome apply(data::record& change, data::arena& memory) override {
        const std::span before(change.headers, change.header_count);
        const auto is_dropped = [&](const data::header& each) {
            return names_.contains(data::view(each.key));
        };
        if (std::ranges::none_of(before, is_dropped)) return true;
        const auto kept = memory.take_array<data::header>(before.size());
        const auto end = std::ranges::remove_copy_if(before, kept.begin(), is_dropped).out;
        change.headers = kept.data();
        change.header_count = static_cast<std::uint32_t>(end - kept.begin());
        return true;
    }

  private:
    name_set names_;
};

}  // namespace

made_step make_drop_headers(const making& from) {
    const settings given(from.options, options, from.problems);
    return std::make_unique<drop_headers>(given.names("headers"));
}

}  // namespace weir::transforms::smt
