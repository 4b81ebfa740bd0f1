// chain: the single message transforms of one component, in order: Kafka's, under their names and
// option names, with its predicates. Behaves as Kafka's classes do (connect-transforms 4.3). Pure;
// one thread at a time.
#pragma once

#include <expected>
#include <memory>
#include <vector>

#include "connect/data/transform.hpp"

namespace weir::transforms::smt {

// All problems of all steps at once. No steps: a chain that keeps every record as it is.
std::expected<std::unique_ptr<connect::data::record_transform>,
              std::vector<connect::data::transform_problem>>
make_chain(const std::vector<connect::data::transform_step>& steps);

}  // namespace weir::transforms::smt
