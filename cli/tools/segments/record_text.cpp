#include "cli/tools/segments/record_text.hpp"

#include <fmt/format.h>

#include "base/crc32c.hpp"
#include "base/endian.hpp"
#include "base/utf8.hpp"
#include "broker/protocol/json_writer.hpp"
#include "cli/tools/coordinator_records.hpp"
#include "cli/tools/segments/metadata_text.hpp"

namespace weir::cli::tools::segments {
namespace {

using broker::protocol::json_writer;
using broker::protocol::record_view;

using decoder = tool_result<std::string> (*)(base::bytes_view);

tool_result<std::string> decode_string(base::bytes_view data) {
    return base::to_valid_utf8(base::as_text(data));
}

// byte[].toString is a name and a hash of no meaning.
tool_result<std::string> decode_bytes(base::bytes_view data) {
    return fmt::format("[B@{:x}", base::crc32c(data));
}

template <class Int>
tool_result<std::string> decode_number(base::bytes_view data) {
    if (data.size() < sizeof(Int)) {
        return std::unexpected(
            tool_error{.exception = "java.nio.BufferUnderflowException", .message = ""});
    }
    return fmt::format("{}", base::load_be<Int>(data.data()));
}

struct decoder_class {
    std::string_view name;
    decoder decode;
};

constexpr decoder_class decoder_table[] = {
    {string_decoder, decode_string},
    {"org.apache.kafka.tools.api.DefaultDecoder", decode_bytes},
    {"org.apache.kafka.tools.api.IntegerDecoder", decode_number<std::int32_t>},
    {"org.apache.kafka.tools.api.LongDecoder", decode_number<std::int64_t>},
};

decoder find_decoder(std::string_view name) {
    for (const auto& each : decoder_table) {
        if (each.name == name) return each.decode;
    }
    return nullptr;
}

class class_parser : public record_parser {
  public:
    class_parser(decoder key, decoder value) : key_(key), value_(value) {}

    tool_result<record_text> parse(std::int64_t, const record_view& record) const override {
        record_text out;
        if (record.key) {
            auto text = key_(*record.key);
            if (!text) return std::unexpected(text.error());
            out.key = std::move(*text);
        }
        if (record.value) {
            auto text = value_(*record.value);
            if (!text) return std::unexpected(text.error());
            out.value = std::move(*text);
        }
        return out;
    }

  private:
    decoder key_;
    decoder value_;
};

class coordinator_parser : public record_parser {
  public:
    explicit coordinator_parser(coordinator of) : options_{.of = of, .open_members = true} {}

    tool_result<record_text> parse(std::int64_t offset, const record_view& record) const override {
        if (!record.key) {
            return std::unexpected(tool_error{
                .exception = "java.lang.RuntimeException",
                .message = fmt::format("Failed to decode message at offset {} using the specified "
                                       "decoder (message had a missing key)",
                                       offset)});
        }
        const auto read = read_coordinator_record(options_, *record.key, record.value);
        if (!read) return record_text{.key = skipped(offset, read.error()), .value = std::nullopt};
        record_text out{.key = tagged("type", read->type, read->key_json), .value = "<DELETE>"};
        if (read->value) out.value = tagged("version", read->value->version, read->value->json);
        return out;
    }

  private:
    static std::string skipped(std::int64_t offset, const unreadable_record& why) {
        if (why.unknown_type) {
            return fmt::format("Unknown record type {} at offset {}, skipping.", *why.unknown_type,
                               offset);
        }
        return fmt::format("Error at offset {}, skipping. {}", offset, why.message);
    }
    static std::string tagged(std::string_view name, std::int16_t number, const std::string& data) {
        json_writer out;
        out.begin_object();
        out.key(name);
        out.put_text(fmt::format("{}", number));
        out.key("data");
        out.put_raw(data);
        out.end_object();
        return std::move(out).take();
    }

    coordinator_options options_;
};

class metadata_parser : public record_parser {
  public:
    tool_result<record_text> parse(std::int64_t offset, const record_view& record) const override {
        const auto json = metadata_json(record.value.value_or(base::bytes_view()));
        if (json) return record_text{.key = std::nullopt, .value = *json};
        return record_text{.key = std::nullopt,
                           .value = fmt::format("Error at {}, skipping. {}", offset, json.error())};
    }
};

}  // namespace

tool_result<std::unique_ptr<record_parser>> make_class_parser(const decoder_classes& classes) {
    const auto value = find_decoder(classes.value);
    const auto key = find_decoder(classes.key);
    if (value == nullptr || key == nullptr) {
        return std::unexpected(tool_error{.exception = "java.lang.RuntimeException",
                                          .message = "Failed to load decoder class"});
    }
    return std::make_unique<class_parser>(key, value);
}

std::unique_ptr<record_parser> make_offsets_parser() {
    return std::make_unique<coordinator_parser>(coordinator::group);
}

std::unique_ptr<record_parser> make_transaction_parser() {
    return std::make_unique<coordinator_parser>(coordinator::transaction);
}

std::unique_ptr<record_parser> make_metadata_parser() {
    return std::make_unique<metadata_parser>();
}

}  // namespace weir::cli::tools::segments
