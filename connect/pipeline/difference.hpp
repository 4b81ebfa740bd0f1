// difference: what a reload changes. Pure. What it shows has no secrets.
#pragma once

#include <string>
#include <vector>

#include "connect/pipeline/pipeline.hpp"

namespace weir::connect::pipeline {

enum class change_kind : std::uint8_t { unchanged, added, removed, changed };

struct component_change {
    change_kind kind = change_kind::unchanged;
    component_kind of = component_kind::source;
    std::string name;
    std::vector<std::string> keys;  // changed: "rate: 1 -> 2"
    // "~ sink.hook: rate: 1 -> 2; dlq: - -> bad"
    std::string text() const;
};

struct difference {
    // Those that are gone, then those of the file now, in its order.
    std::vector<component_change> components;
    // What of [node], [broker] and [kafka] is another: it needs a restart.
    std::vector<std::string> needs_restart;

    bool nothing() const;
};

difference difference_of(const pipeline& before, const pipeline& now);

}  // namespace weir::connect::pipeline
