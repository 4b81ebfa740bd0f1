// One [source.NAME] or [sink.NAME]: its keys by the tables of its connector and of all components.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/nearest_name.hpp"
#include "connect/pipeline/reader.hpp"
#include "connect/pipeline/shared_options.hpp"
#include "connect/plugin/connector_check.hpp"

namespace weir::connect::pipeline {
namespace {

using config::document_entry;
using config::flat_entry;
using config::value_kind;
using plugin::option_row;

constexpr std::string_view steps_key = "smt";

bool is_component_name(std::string_view name) {
    constexpr std::size_t name_size_max = 100;
    const auto fits = [](char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
               (each >= '0' && each <= '9') || each == '_' || each == '-' || each == '.';
    };
    return !name.empty() && name.size() <= name_size_max && !name.starts_with('.') &&
           std::ranges::all_of(name, fits);
}

plugin::connector_kind kind_of(component_kind kind) {
    return kind == component_kind::source ? plugin::connector_kind::source
                                          : plugin::connector_kind::sink;
}

class component_reader {
  public:
    component_reader(component_kind kind, const document_entry& from,
                     const component_context& context)
        : from_(from), context_(context), key_(fmt::format("{}.{}", table_of(kind), from.key)) {
        made_.kind = kind;
        made_.name = from.key;
        made_.place = from.place;
        if (kind == component_kind::sink) made_.group = "connect-" + from.key;
    }

    void read() {
        const auto errors_before = context_.into.errors.size();
        if (from_.value.kind != value_kind::table) {
            return error(
                from_.place, "",
                fmt::format("is a table: name the component, [{}.NAME]", table_of(made_.kind)));
        }
        if (!is_component_name(made_.name)) {
            error(from_.place, "", "a component's name has letters, digits, _ - and . only");
        }
        entries_ = config::flattened(from_.value);
        find_connector();
        for (const auto& each : entries_)
            read_entry(each);
        std::vector<config::problem> problems;
        apply_shared(shared_, made_, problems);
        for (auto& each : problems)
            error(each.place, each.key, std::move(each.reason));
        if (connector_ != nullptr) {
            complete();
            check_required();
        }
        made_.settings = plugin::component_settings(made_.name, directory(), std::move(settings_));
        const bool sound = context_.into.errors.size() == errors_before && connector_ != nullptr;
        if (sound) ask_connector();
        context_.into.result.components.push_back(std::move(made_));
    }

  private:
    static std::string_view table_of(component_kind kind) {
        return kind == component_kind::source ? "source" : "sink";
    }

    void error(const std::string& place, std::string_view option, std::string reason) {
        context_.into.errors.push_back(problem_of(place, option, std::move(reason)));
    }
    void warn(const std::string& place, std::string_view option, std::string reason) {
        context_.into.warnings.push_back(problem_of(place, option, std::move(reason)));
    }
    config::problem problem_of(const std::string& place, std::string_view option,
                               std::string reason) const {
        return {.place = place,
                .key = option.empty() ? key_ : fmt::format("{}.{}", key_, option),
                .reason = std::move(reason)};
    }

    void find_connector() {
        const auto* type = config::find_entry(from_.value, "type");
        if (type == nullptr || type->value.kind != value_kind::text) {
            return error(type == nullptr ? from_.place : type->value.place, "type",
                         "is needed: the connector, as type = \"file\"; `weir plugins` lists them");
        }
        made_.type = type->value.text;
        const auto& all = context_.options.connectors;
        const auto* found = all.find(kind_of(made_.kind), made_.type);
        if (found != nullptr) {
            connector_ = found->table;
            rows_ = plugin::rows_of(*connector_);
            return;
        }
        error(type->value.place, "type", unknown_type(type->value.is_secret()));
    }

    std::string unknown_type(bool secret) const {
        const auto& all = context_.options.connectors;
        const auto types = all.types(kind_of(made_.kind));
        if (secret) return fmt::format("there is no such {}", table_of(made_.kind));
        auto out = fmt::format("there is no {} of type '{}'", table_of(made_.kind), made_.type);
        for (const auto& each : all.broken()) {
            if (std::filesystem::path(each.file).stem() != made_.type) continue;
            return fmt::format("{}: {}: {}", out, each.file, each.reason);
        }
        const auto nearest = config::nearest_of(types, made_.type);
        if (!nearest.empty()) return fmt::format("{}; did you mean {}?", out, nearest);
        std::string list;
        for (const auto each : types)
            list += fmt::format("{}{}", list.empty() ? "" : ", ", each);
        return fmt::format("{}; there are: {}", out, list.empty() ? "none" : list);
    }

    const option_row* row_of(std::string_view name) const {
        const auto found = std::ranges::find(rows_, name, &option_row::name);
        return found == rows_.end() ? nullptr : &*found;
    }
    const option_row* map_of(std::string_view name) const {
        for (const auto& each : rows_) {
            const bool below = name.size() > each.name.size() && name.starts_with(each.name) &&
                               name[each.name.size()] == '.';
            if (each.type == WEIR_OPTION_MAP && below) return &each;
        }
        return nullptr;
    }

    void read_entry(const flat_entry& each) {
        if (each.name == "type") return;
        if (each.name == steps_key) {
            made_.smt = read_steps(*each.value, fmt::format("{}.{}", key_, steps_key), context_);
            return;
        }
        const auto* own = row_of(each.name);
        const auto* shared = find_shared(made_.kind, each.name);
        const bool both = own != nullptr && each.name == "topic";
        if (own != nullptr) read_own(*own, each);
        if (shared != nullptr && (own == nullptr || both)) return read_shared(*shared, each, both);
        if (own != nullptr || read_into_map(each)) return;
        // Of a connector that is not known no key can be judged.
        if (connector_ != nullptr) unknown(each);
    }

    void read_own(const option_row& row, const flat_entry& each) {
        auto value = plugin::read_value(row, *each.value);
        if (!value) return error(each.value->place, each.name, std::move(value.error()));
        remember(row, *each.value);
        if (row.accepted) {
            warn(each.place, each.name,
                 fmt::format("has no effect here{}{}", row.text.empty() ? "" : ": ", row.text));
        }
        settings_.push_back(std::move(*value));
    }

    // A secret may be written in the file itself: that is kept out of sight, too.
    void remember(const option_row& row, const config::document_value& value) const {
        const bool plain = value.secrets.empty() && !value.text.empty();
        if (row.type == WEIR_OPTION_SECRET && plain) context_.into.secrets.push_back(value.text);
    }

    void read_shared(const shared_option& of, const flat_entry& each, bool told) {
        auto value = plugin::read_value(of.row, *each.value);
        if (value) return shared_.push_back({std::move(*value), each.value->place});
        if (!told) error(each.value->place, each.name, std::move(value.error()));
    }

    // True when the key is in a map of the connector's.
    bool read_into_map(const flat_entry& each) {
        const auto* row = map_of(each.name);
        if (row == nullptr) return false;
        const auto there =
            std::ranges::find(settings_, row->name, &plugin::component_setting::name);
        if (there != settings_.end()) return true;  // all of them were read with the first one
        std::vector<flat_entry> below;
        for (const auto& other : entries_) {
            if (map_of(other.name) == row && row_of(other.name) == nullptr) below.push_back(other);
        }
        auto value = plugin::read_map(*row, below);
        if (value) {
            settings_.push_back(std::move(*value));
        } else {
            error(each.value->place, row->name, std::move(value.error()));
        }
        return true;
    }

    void unknown(const flat_entry& each) {
        std::vector<std::string_view> names;
        std::string below;
        for (const auto& row : rows_) {
            names.push_back(row.name);
            if (!row.name.starts_with(each.name + ".")) continue;
            below += fmt::format("{}{}", below.empty() ? "" : ", ",
                                 row.name.substr(each.name.size() + 1));
        }
        for (const auto& shared : shared_options()) {
            if (find_shared(made_.kind, shared.row.name) != nullptr)
                names.push_back(shared.row.name);
        }
        names.push_back(steps_key);
        if (!below.empty()) {
            return error(each.place, each.name, fmt::format("is a table with the keys {}", below));
        }
        const auto other =
            made_.kind == component_kind::source ? component_kind::sink : component_kind::source;
        if (find_shared(other, each.name) != nullptr) {
            return error(
                each.place, each.name,
                fmt::format("is for a {}; this is a {}", table_of(other), table_of(made_.kind)));
        }
        const auto nearest = config::nearest_of(names, each.name);
        error(each.place, each.name,
              nearest.empty() ? fmt::format("unknown key; `weir plugins {}` lists them", made_.type)
                              : fmt::format("unknown key; did you mean {}?", nearest));
    }

    // What is not written: the defaults, and what may not be missing.
    void complete() {
        for (const auto& row : rows_) {
            const auto written = std::ranges::any_of(
                settings_, [&](const auto& each) { return each.name == row.name; });
            if (written) continue;
            auto initial = plugin::read_initial(row);
            if (initial && *initial) settings_.push_back(std::move(**initial));
            const bool tried = std::ranges::any_of(
                entries_, [&](const auto& each) { return each.name == row.name; });
            if (row.required && !tried && !(initial && *initial)) {
                error(from_.place, row.name,
                      fmt::format("is needed: {}{}{}", plugin::wanted(row.type),
                                  row.text.empty() ? "" : ". ", row.text));
            }
        }
    }

    bool is_written(std::string_view name) const {
        return std::ranges::any_of(entries_, [&](const auto& each) {
            const auto* shared = find_shared(made_.kind, each.name);
            return each.name == name || (shared != nullptr && shared->same_as == name);
        });
    }
    void check_required() {
        if (made_.kind == component_kind::sink && !is_written("from")) {
            error(from_.place, "from", "is needed: the topics to read, as [\"logs.*\"]");
        }
        const bool topic = is_written("topic") || row_of("topic") != nullptr;
        if (made_.kind == component_kind::source && !topic) {
            error(from_.place, "topic", "is needed: the topic to write to");
        }
    }

    std::string directory() const {
        return fmt::format("{}/connectors/{}", context_.data_dir, made_.name);
    }

    void ask_connector() {
        for (auto& each :
             plugin::check_settings(*connector_, made_.settings, context_.options.reach)) {
            const auto there = std::ranges::find(entries_, each.option, &flat_entry::name);
            const auto& place = there == entries_.end() ? from_.place : there->value->place;
            error(place, each.option,
                  config::without_secrets(std::move(each.reason), context_.into.secrets));
        }
    }

    const document_entry& from_;
    const component_context& context_;
    std::string key_;  // "sink.hook"
    component made_;
    const weir_connector* connector_ = nullptr;
    std::vector<option_row> rows_;
    std::vector<flat_entry> entries_;
    std::vector<plugin::component_setting> settings_;
    shared_settings shared_;
};

}  // namespace

void read_component(component_kind kind, const document_entry& from,
                    const component_context& context) {
    component_reader(kind, from, context).read();
}

}  // namespace weir::connect::pipeline
