#include "connect/pipeline/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace weir::connect::pipeline {
namespace {

// A key of a component: what is compared, and what is shown of it.
struct described {
    std::string identity;
    std::string shown;
};
using description = std::map<std::string, described>;

class describer {
  public:
    description take(const component& of) {
        add("type", of.type);
        add("topic", of.topic);
        add("partitions", std::to_string(of.partitions));
        add("delivery",
            of.delivery == delivery_mode::exactly_once ? "exactly_once" : "at_least_once");
        add("commit_interval", fmt::format("{}ms", of.commit_interval.count()));
        add("from", fmt::format("{}", fmt::join(of.from, ",")));
        add("group", of.group);
        add("start", of.from_beginning ? "beginning" : "end");
        add("tasks", std::to_string(of.tasks));
        add("key_converter", converter(of.key_converter));
        add("converter", converter(of.value_converter));
        add("dlq", of.errors.dead_letter_topic);
        add("tolerance", of.errors.tolerated == tolerance::all ? "all" : "none");
        add("retry.for", fmt::format("{}ms", of.errors.retry_for.count()));
        add("retry.backoff", fmt::format("{}ms..{}ms", of.errors.retry_backoff_min.count(),
                                         of.errors.retry_backoff_max.count()));
        add("log_errors", of.errors.log ? "true" : "false");
        add("log_records", of.errors.log_with_message ? "true" : "false");
        add_steps(of);
        const auto shown = of.settings.shown();
        for (std::size_t index = 0; index < of.settings.all().size(); ++index) {
            const auto& each = of.settings.all()[index];
            auto identity = fmt::format("{} {} {} {}", static_cast<int>(each.type), each.integer,
                                        each.real, each.text);
            for (const auto& item : each.items)
                identity += fmt::format(" {}:{}", item.size(), item);
            out_[each.name] = {std::move(identity), shown[index].second};
        }
        return std::move(out_);
    }

  private:
    static std::string converter(const converter_config& of) {
        return of.decimal_format == "BASE64" ? of.name
                                             : fmt::format("{} {}", of.name, of.decimal_format);
    }
    void add(const std::string& name, std::string value) { out_[name] = {value, std::move(value)}; }
    // The options of a step may have secrets in them: only the types are shown.
    void add_steps(const component& of) {
        described steps;
        for (const auto& each : of.smt) {
            steps.shown += steps.shown.empty() ? each.type : ", " + each.type;
            steps.identity += fmt::format("{}|{}|{}|", each.type, each.predicate, each.negate);
            for (const auto* options : {&each.options, &each.predicate_options}) {
                for (const auto& [name, value] : *options)
                    steps.identity +=
                        fmt::format("{}:{}={}:{};", name.size(), name, value.size(), value);
                steps.identity += '|';
            }
        }
        if (!of.smt.empty()) steps.shown = "[" + steps.shown + "]";
        out_["smt"] = std::move(steps);
    }

    description out_;
};

description describe(const component& of) {
    return describer().take(of);
}

std::string shown_of(const description& in, const std::string& name) {
    const auto found = in.find(name);
    return found == in.end() || found->second.shown.empty() ? "-" : found->second.shown;
}

std::vector<std::string> changed_keys(const component& before, const component& now) {
    const auto left = describe(before);
    const auto right = describe(now);
    std::map<std::string, bool> names;
    for (const auto* each : {&left, &right}) {
        for (const auto& [name, value] : *each)
            names.emplace(name, true);
    }
    std::vector<std::string> out;
    for (const auto& [name, is_there] : names) {
        const auto was = left.find(name);
        const auto is = right.find(name);
        const bool same =
            was != left.end() && is != right.end() && was->second.identity == is->second.identity;
        if (same) continue;
        const auto before_text = shown_of(left, name);
        const auto now_text = shown_of(right, name);
        // The same text over another value: a secret, or what a step has in it.
        out.push_back(before_text == now_text
                          ? fmt::format("{}: {} (another value)", name, now_text)
                          : fmt::format("{}: {} -> {}", name, before_text, now_text));
    }
    return out;
}

const component* find(const pipeline& in, const component& like) {
    const auto found = std::ranges::find_if(in.components, [&](const auto& each) {
        return each.kind == like.kind && each.name == like.name;
    });
    return found == in.components.end() ? nullptr : &*found;
}

std::vector<std::string> node_changes(const pipeline& before, const pipeline& now) {
    std::vector<std::string> out;
    const auto compare = [&out](std::string_view name, const auto& was, const auto& is) {
        if (was != is) out.emplace_back(name);
    };
    compare("node.data_dir", before.data_dir, now.data_dir);
    compare("node.http", before.http, now.http);
    compare("kafka.bootstrap", before.bootstrap, now.bootstrap);
    compare("kafka", before.client_settings, now.client_settings);
    std::map<std::string, std::pair<std::string, std::string>> values;
    if (before.broker) {
        for (const auto& [name, each] : before.broker->values)
            values[name].first = "=" + each.value;
    }
    if (now.broker) {
        for (const auto& [name, each] : now.broker->values)
            values[name].second = "=" + each.value;
    }
    for (const auto& [name, both] : values) {
        if (name != "log.dirs") compare("broker." + name, both.first, both.second);
    }
    return out;
}

}  // namespace

bool component::same_as(const component& other) const {
    return kind == other.kind && name == other.name && changed_keys(*this, other).empty();
}

std::string component_change::text() const {
    constexpr std::string_view marks[] = {"=", "+", "-", "~"};
    auto out = fmt::format("{} {}.{}", marks[static_cast<std::size_t>(kind)],
                           of == component_kind::source ? "source" : "sink", name);
    if (!keys.empty()) out += fmt::format(": {}", fmt::join(keys, "; "));
    return out;
}

bool difference::nothing() const {
    return needs_restart.empty() && std::ranges::all_of(components, [](const auto& each) {
               return each.kind == change_kind::unchanged;
           });
}

difference difference_of(const pipeline& before, const pipeline& now) {
    difference out;
    out.needs_restart = node_changes(before, now);
    for (const auto& each : before.components) {
        if (find(now, each) != nullptr) continue;
        out.components.push_back(
            {.kind = change_kind::removed, .of = each.kind, .name = each.name});
    }
    for (const auto& each : now.components) {
        component_change change{.kind = change_kind::added, .of = each.kind, .name = each.name};
        if (const auto* was = find(before, each)) {
            change.keys = changed_keys(*was, each);
            change.kind = change.keys.empty() ? change_kind::unchanged : change_kind::changed;
        }
        out.components.push_back(std::move(change));
    }
    return out;
}

}  // namespace weir::connect::pipeline
