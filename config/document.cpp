#include "config/document.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

void flatten(const document_value& table, const std::string& path, std::vector<flat_entry>& into) {
    for (const auto& each : table.entries) {
        auto name = path.empty() ? each.key : path + "." + each.key;
        if (each.value.kind == value_kind::table) {
            flatten(each.value, name, into);
        } else {
            into.push_back({.name = std::move(name), .place = each.place, .value = &each.value});
        }
    }
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char each : text) {
        if (each == '"' || each == '\\') out += '\\';
        out += each;
    }
    return out + '"';
}

}  // namespace

bool document_value::is_secret() const {
    return !secrets.empty() ||
           std::ranges::any_of(items, [](const auto& each) { return each.is_secret(); }) ||
           std::ranges::any_of(entries, [](const auto& each) { return each.value.is_secret(); });
}

std::vector<flat_entry> flattened(const document_value& table) {
    std::vector<flat_entry> out;
    flatten(table, "", out);
    return out;
}

const document_entry* find_entry(const document_value& table, std::string_view key) {
    const auto found = std::ranges::find(table.entries, key, &document_entry::key);
    return found == table.entries.end() ? nullptr : &*found;
}

std::optional<std::string> text_of(const document_value& value) {
    if (value.kind == value_kind::table || value.kind == value_kind::date) return std::nullopt;
    if (value.kind != value_kind::list) return value.text;
    std::string joined;
    for (const auto& each : value.items) {
        const auto text = text_of(each);
        if (!text) return std::nullopt;
        if (!joined.empty()) joined += ',';
        joined += *text;
    }
    return joined;
}

std::string written_form(const document_value& value) {
    std::string out;
    switch (value.kind) {
        case value_kind::text:
            return value.written.empty() ? value.text : value.written;
        case value_kind::list:
            for (const auto& each : value.items) {
                const auto form = written_form(each);
                out += out.empty() ? "" : ", ";
                out += each.kind == value_kind::text ? quoted(form) : form;
            }
            return "[" + out + "]";
        case value_kind::table:
            for (const auto& each : value.entries) {
                const auto form = written_form(each.value);
                out += out.empty() ? "" : ", ";
                out += fmt::format("{} = {}", each.key,
                                   each.value.kind == value_kind::text ? quoted(form) : form);
            }
            return "{" + out + "}";
        default:
            return value.text;
    }
}

}  // namespace weir::config
