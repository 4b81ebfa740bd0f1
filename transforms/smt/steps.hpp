// steps: the transforms and predicates there are, one file each. Made from their options; what is
// wrong with these goes to `problems`, and then nothing may be made.
#pragma once

#include <memory>

#include "transforms/smt/settings.hpp"
#include "transforms/smt/step.hpp"

namespace weir::transforms::smt {

struct making {
    const written_options& options;
    side on;
    data::schema_store& schemas;  // lives as long as what is made
    findings& problems;

    void refuse(std::string_view option, std::string reason) const {
        problems.push_back({std::string(option), std::move(reason)});
    }
};

using made_step = std::unique_ptr<step>;

made_step make_cast(const making& from);
made_step make_drop_headers(const making& from);
made_step make_extract_field(const making& from);
made_step make_filter(const making& from);
made_step make_flatten(const making& from);
made_step make_header_from(const making& from);
made_step make_hoist_field(const making& from);
made_step make_insert_field(const making& from);
made_step make_insert_header(const making& from);
made_step make_mask_field(const making& from);
made_step make_regex_router(const making& from);
made_step make_replace_field(const making& from);
made_step make_set_schema_metadata(const making& from);
made_step make_timestamp_converter(const making& from);
made_step make_timestamp_router(const making& from);
made_step make_value_to_key(const making& from);

class predicate {
  public:
    virtual ~predicate() = default;
    virtual bool test(const data::record& of) const = 0;
};

using made_predicate = std::unique_ptr<predicate>;

// Null when there is no predicate of this type (its name, or the one of its class), or when its
// options are wrong.
made_predicate make_predicate(std::string_view type, const making& from);

}  // namespace weir::transforms::smt
