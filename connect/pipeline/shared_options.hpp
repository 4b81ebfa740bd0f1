// shared_options: the options that components have whatever their connector is, under Weir's names
// and under Connect's; one table (shared_options.tbl). Pure.
//
// A key belongs to the connector if its table has it, and else to these; so a connector may have
// options of its own below `retry.`. Only `type` and `smt` are never the connector's, and `topic`
// of a source is both: the connector may take it for a template.
#pragma once

#include <span>

#include "connect/pipeline/pipeline.hpp"
#include "connect/plugin/option_row.hpp"

namespace weir::connect::pipeline {

enum class option_use : std::uint8_t { both, source, sink };

struct shared_option {
    plugin::option_row row;
    option_use use = option_use::both;
    std::string_view same_as;  // of one of Connect's names: ours
};

std::span<const shared_option> shared_options();
// Null when there is none for this kind.
const shared_option* find_shared(component_kind kind, std::string_view name);

// What was read by the table, with the place of each.
struct shared_setting {
    plugin::component_setting value;
    std::string place;
};
using shared_settings = std::vector<shared_setting>;

// Takes them over into `to`; problems have the option's name as their key.
void apply_shared(const shared_settings& from, component& to, std::vector<config::problem>& errors);

}  // namespace weir::connect::pipeline
