// The notation of smt_tool (README there): values, schemas and records from it and to it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "connect/data/schema.hpp"
#include "connect/data/value.hpp"

namespace weir::golden {

class notation {
  public:
    using json = nlohmann::ordered_json;

    connect::data::value read(const json& of);
    connect::data::record read_record(const json& of);
    static json write(const connect::data::value& of);
    static json write(const connect::data::record& of);

    connect::data::arena memory;
    connect::data::schema_store schemas;

  private:
    const connect::data::schema* read_schema(const json& of);
    connect::data::value read_value(const connect::data::schema* with, const json& of);
    connect::data::value read_items(const connect::data::schema* with, const json& of);
    std::string_view kept(const json& text);

    static json write_schema(const connect::data::schema& of);
    static json write_value(const connect::data::value& of);
};

}  // namespace weir::golden
