// document: a TOML file as a tree of values, each with its place, in the order of the file. What
// the broker's file and the pipeline's files are read from. Plain values; reading is pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace weir::config {

enum class value_kind : std::uint8_t { text, boolean, integer, real, date, list, table };

struct document_entry;

struct document_value {
    value_kind kind = value_kind::table;
    std::string place;                    // "pipeline.toml:12:7"
    std::string text;                     // as text; of a list or table empty
    std::int64_t integer = 0;             // integer; boolean: 0, 1
    double real = 0;                      // real, integer
    std::vector<document_value> items;    // list
    std::vector<document_entry> entries;  // table
    // Of a text with ${...}: as it is written, and what came out of each ${...}; nothing else may
    // be shown (config/substitution.hpp).
    std::string written;
    std::vector<std::string> secrets;

    bool is_secret() const;  // something in it came out of ${...}
};

struct document_entry {
    std::string key;
    std::string place;  // of the key
    document_value value;
};

struct document {
    document_value root;
    std::vector<problem> errors;
};

// toml++ stops at the first error of the syntax: then there is that one, and no root.
document read_document(std::string_view text, const std::string& file);

// A value in a table and the tables within it: "batch.max" of batch = { max = 1 }, of batch.max
// and of "batch.max".
struct flat_entry {
    std::string name;
    std::string place;  // of the key
    const document_value* value = nullptr;
};
// Views `table`. Lists are values, also those of tables.
std::vector<flat_entry> flattened(const document_value& table);

const document_entry* find_entry(const document_value& table, std::string_view key);

// A text, number, truth or a list of them, joined by commas; nothing for tables and dates.
std::optional<std::string> text_of(const document_value& value);
// As one would write it, with ${...} and not what came out of it.
std::string written_form(const document_value& value);

}  // namespace weir::config
