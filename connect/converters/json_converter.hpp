// json_converter: JSON without and with a schema, as Kafka's JsonConverter. The schema of the
// envelope is read once for each different text, and written once for each schema: a schema that
// to_bytes() was given must live as long as the converter. Pure; one thread at a time.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "connect/converters/converter.hpp"
#include "connect/converters/json_reader.hpp"
#include "connect/converters/json_writer.hpp"

namespace weir::connect::converters {

// Different schemas in one topic; beyond them records are refused, as their schemas stay in memory.
inline constexpr std::size_t json_schemas_max = 100'000;

class json_converter final : public converter {
  public:
    explicit json_converter(json_rules rules) : writer_(rules) {}
    converted<data::value> to_value(std::optional<base::bytes_view> data, data::arena& memory,
                                    data::schema_store& schemas) override;
    converted<std::optional<base::bytes_view>> to_bytes(const data::value& from,
                                                        data::arena& memory) override;

  private:
    json_reader reader_;
    json_writer writer_;
};

class json_schema_converter final : public converter {
  public:
    explicit json_schema_converter(json_rules rules)
        : rules_(rules), writer_(rules), schema_writer_(rules) {}
    converted<data::value> to_value(std::optional<base::bytes_view> data, data::arena& memory,
                                    data::schema_store& schemas) override;
    converted<std::optional<base::bytes_view>> to_bytes(const data::value& from,
                                                        data::arena& memory) override;

  private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    converted<const data::schema*> schema_of(std::string_view text, data::arena& memory,
                                             data::schema_store& schemas);
    converted<std::string_view> text_of(const data::schema* schema);

    json_rules rules_;
    json_reader reader_;
    json_writer writer_;
    json_writer schema_writer_;
    // Schemas by their text, all in `store_`; the last one is most often the next one, too.
    data::schema_store* store_ = nullptr;
    std::unordered_map<std::string, const data::schema*, text_hash, std::equal_to<>> by_text_;
    std::string_view last_text_;
    const data::schema* last_ = nullptr;
    // And the other way.
    std::unordered_map<const data::schema*, std::string> texts_;
};

}  // namespace weir::connect::converters
