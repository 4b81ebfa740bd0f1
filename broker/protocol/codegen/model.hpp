// What a schema file says, as the generator sees it. See ../schema/README.md for the notation.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace weir::codegen {

// Versions `from` to `to`, both included.
struct range {
    int from = 0;
    int to = 0;
    bool covers(const range& other) const { return from <= other.from && to >= other.to; }
};

struct field {
    std::string name;
    std::string type;    // a primitive, or the name of a structure
    std::string strong;  // the C++ type of an id; empty for none
    bool is_array = false;
    bool is_structure = false;
    range versions;
    std::optional<range> nullable;
    std::optional<int> tag;
    std::optional<std::string> initial;  // the default, as written
    bool plain = false;                  // never in compact form
    bool sensitive = false;              // never printed
};

struct structure {
    std::string name;
    std::vector<field> fields;
};

enum class message_kind { request, response, data };

struct message {
    message_kind kind = message_kind::data;
    std::string name;        // FetchRequest
    std::optional<int> key;  // the API key, or the record type
    range versions;
    std::optional<int> flexible;   // the first version with compact forms and tagged fields
    std::vector<structure> inner;  // in order of use: an inner one before the outer
    std::vector<field> fields;
    bool is_record = false;  // a durable record or other data, not an API's message
};

// fetch_request for FetchRequest.
std::string snake_case(const std::string& name);

}  // namespace weir::codegen
