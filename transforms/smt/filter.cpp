// Filter: drops what its predicate lets through to it.
#include "transforms/smt/steps.hpp"

namespace weir::transforms::smt {
namespace {

class filter final : public step {
  public:
    outcome apply(data::record&, data::arena&) override { return false; }
};

}  // namespace

made_step make_filter(const making& from) {
    const settings given(from.options, {}, from.problems);
    return std::make_unique<filter>();
}

}  // namespace weir::transforms::smt
