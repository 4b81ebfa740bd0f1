// transform: what the worker knows of the transforms of a component: their configuration, and
// something that changes one record at a time. transforms/smt has those of Kafka; the program gives
// the worker the function that makes them.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connect/data/value.hpp"

namespace weir::connect::data {

// One step as it is written: type "MaskField$Value", options under Kafka's names (lists joined by
// commas). `predicate` is the type of one of Kafka's predicates with its options; empty for none.
struct transform_step {
    std::string type;
    std::vector<std::pair<std::string, std::string>> options;
    std::string predicate;
    std::vector<std::pair<std::string, std::string>> predicate_options;
    bool negate = false;

    bool operator==(const transform_step&) const = default;
};

// A finding about step number `step`: the option (empty: the step itself) and the reason.
struct transform_problem {
    std::size_t step = 0;
    std::string option;
    std::string reason;
};

// Why a record could not be transformed; `transform` is the type of the step that failed.
struct transform_error {
    std::string transform;
    std::string reason;
};

class record_transform {
  public:
    virtual ~record_transform() = default;
    // Whether the record goes on. What it is made of then lives in `memory`; its schemas as long as
    // the transform, or as they did.
    virtual std::expected<bool, transform_error> apply(record& change, arena& memory) = 0;
};

using transform_factory =
    std::function<std::expected<std::unique_ptr<record_transform>, std::vector<transform_problem>>(
        const std::vector<transform_step>&)>;

}  // namespace weir::connect::data
