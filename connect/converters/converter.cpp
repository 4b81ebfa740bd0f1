#include "connect/converters/converter.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "base/utf8.hpp"
#include "connect/converters/java_text.hpp"
#include "connect/converters/json_converter.hpp"

namespace weir::connect::converters {
namespace {

using bytes = std::optional<base::bytes_view>;

// A schema of optional text or bytes, looked up once a store.
class optional_schema {
  public:
    explicit optional_schema(weir_kind type) : type_(type) {}
    const data::schema* in(data::schema_store& store) {
        if (store_ != &store) {
            schema_ = store.plain(type_, true);
            store_ = &store;
        }
        return schema_;
    }

  private:
    weir_kind type_;
    data::schema_store* store_ = nullptr;
    const data::schema* schema_ = nullptr;
};

class string_converter final : public converter {
  public:
    converted<data::value> to_value(bytes data, data::arena& memory,
                                    data::schema_store& schemas) override {
        const auto* const schema = schema_.in(schemas);
        if (!data) return data::make_null(schema);
        const auto text = base::as_text(*data);
        if (is_utf8(text)) return data::make_string(text, schema);
        return data::make_string(memory.copy(base::to_valid_utf8(text)), schema);
    }

    converted<bytes> to_bytes(const data::value& from, data::arena& memory) override {
        if (data::is_null(from)) return std::nullopt;
        if (from.kind == WEIR_STRING || from.kind == WEIR_BYTES || from.kind == WEIR_JSON)
            return base::as_bytes(data::text(from));
        text_.clear();
        append_java_text(text_, from);
        return base::as_bytes(memory.copy(text_));
    }

  private:
    optional_schema schema_{WEIR_STRING};
    std::string text_;
};

class bytes_converter final : public converter {
  public:
    converted<data::value> to_value(bytes data, data::arena&,
                                    data::schema_store& schemas) override {
        const auto* const schema = schema_.in(schemas);
        if (!data) return data::make_null(schema);
        return data::make_text(WEIR_BYTES, base::as_text(*data), schema);
    }

    converted<bytes> to_bytes(const data::value& from, data::arena&) override {
        if (from.schema != nullptr && from.schema->type != WEIR_BYTES)
            return std::unexpected(
                fmt::format("Invalid schema type for ByteArrayConverter: {}",
                            data::kind_name(static_cast<weir_kind>(from.schema->type))));
        if (data::is_null(from)) return std::nullopt;
        if (from.kind != WEIR_BYTES)
            return std::unexpected(
                fmt::format("ByteArrayConverter is not compatible with values of type {}",
                            data::kind_name(static_cast<weir_kind>(from.kind))));
        return base::as_bytes(data::text(from));
    }

  private:
    optional_schema schema_{WEIR_BYTES};
};

class auto_converter final : public converter {
  public:
    auto_converter(json_rules rules, bool expand) : expand_(expand), writer_(rules) {}

    converted<data::value> to_value(bytes data, data::arena& memory, data::schema_store&) override {
        if (!data) return data::make_null();
        const auto text = base::as_text(*data);
        const auto first = text.find_first_not_of(" \t\r\n");
        if (first != std::string_view::npos && (text[first] == '{' || text[first] == '[')) {
            if (expand_) {
                auto read = reader_.read(text, memory);
                if (read) return *read;
            } else if (reader_.is_document(text)) {
                return data::make_text(WEIR_JSON, one_line(text, memory));
            }
        }
        return data::make_text(is_utf8(text) ? WEIR_STRING : WEIR_BYTES, text);
    }

    converted<bytes> to_bytes(const data::value& from, data::arena& memory) override {
        if (data::is_null(from)) return std::nullopt;
        if (from.kind == WEIR_STRING || from.kind == WEIR_BYTES || from.kind == WEIR_JSON)
            return base::as_bytes(data::text(from));
        writer_.clear();
        if (auto written = writer_.write(from.schema, from); !written)
            return std::unexpected(std::move(written.error()));
        return base::as_bytes(memory.copy(writer_.view()));
    }

  private:
    static std::string_view one_line(std::string_view text, data::arena& memory) {
        const bool has_break = std::memchr(text.data(), '\n', text.size()) != nullptr ||
                               std::memchr(text.data(), '\r', text.size()) != nullptr;
        return has_break ? minified_json(text, memory) : text;
    }

    bool expand_;
    json_reader reader_;
    json_writer writer_;
};

enum class form : std::uint8_t { automatic, json, json_schema, string, bytes };

struct named_form {
    std::string_view name;
    std::string_view class_name;  // of Kafka
    form made;
};
constexpr std::array forms = {
    named_form{"auto", "", form::automatic}, named_form{"json", "", form::json},
    // The class itself has schemas.enable=true; who reads its options turns it into `json`.
    named_form{"json_schema", "org.apache.kafka.connect.json.JsonConverter", form::json_schema},
    named_form{"string", "org.apache.kafka.connect.storage.StringConverter", form::string},
    named_form{"bytes", "org.apache.kafka.connect.converters.ByteArrayConverter", form::bytes}};

std::expected<json_rules, std::string> rules_of(const converter_options& options) {
    json_rules rules{.replace_null_with_default = options.replace_null_with_default};
    std::string format(options.decimal_format);
    for (auto& each : format)
        each = each >= 'a' && each <= 'z' ? static_cast<char>(each - 'a' + 'A') : each;
    rules.numeric_decimals = format == "NUMERIC";
    if (!rules.numeric_decimals && format != "BASE64")
        return std::unexpected(
            fmt::format("decimal.format is BASE64 or NUMERIC, not \"{}\"", options.decimal_format));
    return rules;
}

}  // namespace

std::expected<std::unique_ptr<converter>, std::string> make_converter(
    const converter_options& options) {
    const auto rules = rules_of(options);
    if (!rules) return std::unexpected(rules.error());
    for (const auto& each : forms) {
        const bool is_class = !each.class_name.empty() && options.name == each.class_name;
        if (options.name != each.name && !is_class) continue;
        switch (each.made) {
            case form::automatic:
                return std::make_unique<auto_converter>(*rules, options.expand_json);
            case form::json:
                return std::make_unique<json_converter>(*rules);
            case form::json_schema:
                return std::make_unique<json_schema_converter>(*rules);
            case form::string:
                return std::make_unique<string_converter>();
            case form::bytes:
                return std::make_unique<bytes_converter>();
        }
    }
    return std::unexpected(fmt::format(
        "there is no converter \"{}\"; the converters are auto, json, json_schema, string and "
        "bytes, or Kafka's JsonConverter, StringConverter and ByteArrayConverter by the names of "
        "their classes",
        options.name));
}

converted<data::value> to_json(const data::value& from, data::arena& memory) {
    if (data::is_null(from) || from.kind == WEIR_JSON) return from;
    json_writer writer({.numeric_decimals = true});
    if (auto written = writer.write(from.schema, from); !written)
        return std::unexpected(std::move(written.error()));
    return data::make_text(WEIR_JSON, memory.copy(writer.view()));
}

}  // namespace weir::connect::converters
